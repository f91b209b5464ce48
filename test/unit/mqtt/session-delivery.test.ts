import { describe, expect, it } from 'vitest'
import { quiet, type ScriptedConnection } from '../../support/broker.ts'
import { Harness } from './harness.ts'
import { fallBack, names, reconnect, up } from './scripts.ts'

describe('births', () => {
  it('leave before all that waits, and values only after open', async () => {
    const harness = new Harness()
    for (const topic of names('value', 3)) harness.publish(topic)
    harness.onUp = () => {
      harness.publishFirst('online', { retain: true })
      harness.publishFirst('presence')
    }
    harness.session.start()
    const connection = await up(harness)
    expect(await connection.takeAll(2)).toEqual(['online', 'presence'])
    await quiet()
    expect(connection.publications()).toHaveLength(2)
    harness.session.open()
    expect(await connection.takeAll(3)).toEqual(names('value', 3))
  })

  it('leave before all that was in flight at a reconnect, and end with their connection', async () => {
    const harness = new Harness()
    let births = 0
    harness.onUp = () => {
      births++
      harness.publishFirst(`online${births}`)
      harness.session.open()
    }
    harness.session.start()
    const first = await up(harness)
    for (const topic of names('value', 3)) harness.publish(topic)
    while (first.publications().length < 4) await quiet(1)
    first.break('ECONNABORTED')
    const second = await reconnect(harness)
    expect(harness.settled).toEqual(['online1 mqtt_unreachable'])
    expect(await second.takeAll(4)).toEqual(['online2', ...names('value', 3)])
  })

  it('are not taken while the broker is away', () => {
    const harness = new Harness()
    harness.session.start()
    expect(harness.publishFirst('online')).toBe(false)
  })
})

describe('a reconnect', () => {
  it('sends again, in order and at the head, what was in flight', async () => {
    const harness = new Harness({ inFlight: 5 })
    harness.session.start()
    const first = await up(harness)
    for (const topic of names('t', 12)) harness.publish(topic)
    const [zero] = [await first.next('publish'), await first.next('publish')]
    first.ack(zero)
    await quiet()
    first.break('ETIMEDOUT')
    await quiet()
    harness.publish('t12')
    const second = await reconnect(harness)
    expect(await second.takeAll(12)).toEqual(names('t', 13).slice(1))
    await quiet()
    expect(harness.settled).toEqual(names('t', 13).map((topic) => `${topic} ok`))
  })

  it('delivers all and in order, however often the connection breaks', async () => {
    const harness = new Harness({ inFlight: 7 })
    harness.session.start()
    const arrived: string[] = []
    for (const topic of names('t', 100)) harness.publish(topic)
    for (let breaks = 0; arrived.length < 300 && harness.settled.length < 100; breaks++) {
      const connection = breaks === 0 ? await up(harness) : await reconnect(harness)
      for (let index = 0; index < 9 && harness.settled.length + index < 100; index++) {
        const publish = await connection.next('publish')
        arrived.push(publish.topic)
        if (index < 8) connection.ack(publish)
      }
      await quiet()
      connection.break('ECONNRESET')
    }
    expect(harness.settled).toEqual(names('t', 100).map((topic) => `${topic} ok`))
    const firstSeen = [...new Set(arrived)]
    expect(firstSeen).toEqual(names('t', 100))
  })

  it('takes no PUBACK of an earlier connection for its own', async () => {
    const harness = new Harness({ inFlight: 1 })
    harness.session.start()
    const first = await up(harness)
    harness.publish('a')
    const publish = await first.next('publish')
    first.break('ETIMEDOUT')
    first.ack(publish)
    const second = await reconnect(harness)
    await second.next('publish')
    await quiet()
    expect(harness.settled).toEqual([])
  })
})

describe('a refusal by the broker', () => {
  it('of MQTT 5 fails the publication with its reason and is not repeated', async () => {
    const harness = new Harness()
    harness.session.start()
    const first = await up(harness)
    harness.publish('a')
    harness.publish('b')
    first.ack(await first.next('publish'), 0x87)
    first.ack(await first.next('publish'))
    await quiet()
    expect(harness.settled).toEqual(['a mqtt_refused', 'b ok'])
    expect(harness.session.status.state).toBe('up')
    first.end()
    const second = await reconnect(harness)
    harness.publish('c')
    expect(await second.take()).toBe('c')
    expect(second.publications()).toHaveLength(1)
  })

  it('by closing the connection on 3.1.1 is found out, and the publication dropped after three closes', async () => {
    const harness = new Harness()
    harness.session.start()
    let connection = await fallBack(harness)
    for (const topic of ['good1', 'poison', 'good2', 'good3']) harness.publish(topic)
    const sentTogether: number[] = []
    for (let closes = 0; !harness.settled.includes('good3 ok'); closes++) {
      expect(closes).toBeLessThan(6)
      for (;;) {
        await quiet()
        const unacknowledged = connection.publications().slice(connection.acknowledged)
        sentTogether.push(unacknowledged.length)
        const [head] = unacknowledged
        if (head === undefined || head.topic === 'poison') break
        connection.ack(head)
      }
      if (harness.settled.includes('good3 ok')) break
      connection.end()
      connection = await reconnect(harness)
    }
    expect(harness.settled).toEqual(['good1 ok', 'poison mqtt_poison', 'good2 ok', 'good3 ok'])
    const line = harness.logger.lines.find(({ code }) => code === 'mqtt_poison')
    expect(line?.message).toContain("'poison'")
    expect(harness.broker.connections).toHaveLength(1 + 1 + 3)
    expect(Math.max(...sentTogether.slice(2))).toBe(1)
  })

  it('never blames a publication for a broken network or a broker that shuts down', async () => {
    for (const end of [
      (connection: ScriptedConnection) => connection.break('ETIMEDOUT'),
      (connection: ScriptedConnection) => {
        connection.send({ cmd: 'disconnect', reasonCode: 0x8b })
        connection.end()
      },
    ]) {
      const harness = new Harness()
      harness.session.start()
      harness.publish('a')
      for (let ends = 0; ends < 6; ends++) {
        const connection = ends === 0 ? await up(harness) : await reconnect(harness)
        await connection.next('publish')
        end(connection)
      }
      const connection = await reconnect(harness)
      expect(await connection.take()).toBe('a')
    }
  })

  it('never blames a publication for a broker that dies again and again', async () => {
    const harness = new Harness()
    harness.session.start()
    harness.publish('a')
    let connection = await up(harness)
    for (let deaths = 0; deaths < 6; deaths++) {
      await connection.next('publish')
      connection.end()
      await quiet()
      harness.retry()
      const gone = await harness.broker.accept()
      gone.break('ECONNREFUSED')
      connection = await reconnect(harness)
    }
    expect(await connection.take()).toBe('a')
    await quiet()
    expect(harness.settled).toEqual(['a ok'])
  })

  it('of a birth on 3.1.1 leaves it out from the fourth connection on', async () => {
    const harness = new Harness()
    harness.onUp = () => {
      harness.publishFirst('online')
      harness.session.open()
    }
    harness.session.start()
    harness.publish('value')
    let connection = await fallBack(harness)
    for (let closes = 0; closes < 3; closes++) {
      expect((await connection.next('publish')).topic).toBe('online')
      connection.end()
      connection = await reconnect(harness)
    }
    expect(await connection.take()).toBe('value')
    expect(harness.settled).toContain('online mqtt_poison')
  })
})
