import type { IPublishPacket } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { quiet, type ScriptedConnection } from '../../support/broker.ts'
import { Harness, publication } from './harness.ts'
import { fallBack, names, up } from './scripts.ts'

describe('publishing', () => {
  it('settles QoS 1 with the PUBACK and QoS 0 once it is written', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    await quiet()
    harness.publish('a')
    harness.publish('b', { qos: 0 })
    const publish = await connection.next('publish')
    await connection.next('publish')
    expect(harness.settled).toEqual(['b ok'])
    connection.ack(publish)
    await quiet()
    expect(harness.settled).toEqual(['b ok', 'a ok'])
    expect(harness.session.status).toMatchObject({ pending: 0, pendingBytes: 0, delivered: 2, failed: 0 })
  })

  it('counts "no matching subscribers" as delivered', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    harness.publish('a')
    connection.ack(await connection.next('publish'), 0x10)
    await quiet()
    expect(harness.settled).toEqual(['a ok'])
  })

  it('carries the properties of MQTT 5, and none on 3.1.1', async () => {
    const fields = {
      payload: '{"x":1}',
      retain: true,
      contentType: 'application/json',
      expiry: 60,
      correlationData: Uint8Array.of(1, 2),
      userProperties: { id: 'f-1' },
    }
    const five = new Harness()
    five.session.start()
    const connection = await up(five)
    five.publish('t', fields)
    five.publish('binary', { payload: Uint8Array.of(255, 0) })
    const publish = await connection.next('publish')
    expect(publish).toMatchObject({ topic: 't', qos: 1, retain: true, dup: false })
    expect(publish.properties).toEqual({
      payloadFormatIndicator: true,
      contentType: 'application/json',
      messageExpiryInterval: 60,
      correlationData: Buffer.from([1, 2]),
      userProperties: { id: 'f-1' },
    })
    const binary = await connection.next('publish')
    expect(binary.payload).toEqual(Buffer.from([255, 0]))
    expect(binary.properties?.payloadFormatIndicator).toBeUndefined()

    const four = new Harness()
    four.session.start()
    const old = await fallBack(four)
    four.publish('t', fields)
    const plain = await old.next('publish')
    expect(plain).toMatchObject({ topic: 't', qos: 1, retain: true })
    expect(plain.properties).toBeUndefined()
  })

  it('writes all publications of one turn of the event loop at once', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    await quiet()
    const [some, others] = [names('t', 50).slice(0, 25), names('t', 50).slice(25)]
    for (const topic of some) harness.publish(topic, { qos: 0 })
    await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)))
    for (const topic of others) harness.publish(topic, { qos: 0 })
    await connection.takeAll(50)
    expect(connection.chunks.at(-1)).toBe(50)
  })

  it('sends QoS 2 as QoS 1', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    harness.publish('a', { qos: 2 })
    expect((await connection.next('publish')).qos).toBe(1)
  })

  it('refuses topics that cannot be published to', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    for (const topic of ['', 'a/+/b', '#', 'nul\0', 'x'.repeat(65_536), '\ud800']) {
      expect(harness.publish(topic)).toBe(true)
    }
    harness.publish('good')
    expect(harness.settled.map((line) => line.split(' ').at(-1))).toEqual(Array(6).fill('mqtt_topic'))
    expect(await connection.take()).toBe('good')
  })

  it('refuses properties that no packet can hold, and leaves out empty ones', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    const long = 'x'.repeat(65_536)
    harness.publish('type', { contentType: long })
    harness.publish('correlation', { correlationData: new Uint8Array(65_536) })
    harness.publish('name', { userProperties: { [long]: '' } })
    harness.publish('value', { userProperties: { id: long } })
    expect(harness.settled).toEqual(
      ['type', 'correlation', 'name', 'value'].map((topic) => `${topic} mqtt_too_large`),
    )
    harness.publish('good', { userProperties: {}, expiry: 2 ** 40 })
    const publish = await connection.next('publish')
    expect(publish.properties).toEqual({ payloadFormatIndicator: true, messageExpiryInterval: 0xffffffff })
  })

  it('does not lose its place when a settle function publishes again', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    await quiet()
    const again = (left: number) => (): void => {
      if (left > 0)
        harness.session.publish(
          { topic: `again${left}`, payload: '', qos: 0, retain: false },
          again(left - 1),
        )
    }
    harness.session.publish({ topic: 'first', payload: '', qos: 0, retain: false }, again(20_000))
    harness.publish('last')
    await quiet(200)
    expect(connection.publications()).toHaveLength(20_002)
  })
})

describe('a broker that reads slowly', () => {
  it('leaves QoS 0 in the bounded queue, in order', async () => {
    const harness = new Harness({ queue: { limit: 500, bytes: 10_000_000 } })
    harness.session.start()
    const connection = await up(harness)
    await quiet()
    connection.reading = false
    const payload = 'x'.repeat(1000)
    const taken: string[] = []
    for (const topic of names('t', 2000)) {
      if (harness.publish(topic, { qos: 0, payload })) taken.push(topic)
      await quiet(1)
    }
    expect(harness.session.status.pending).toBe(500)
    expect(taken.length).toBeLessThan(700)
    connection.reading = true
    expect(await connection.takeAll(taken.length)).toEqual(taken)
    await quiet()
    expect(harness.session.status.pending).toBe(0)
  })
})

describe('the in-flight window', () => {
  /** The broker holds back every PUBACK, and the greatest number without one is what counts. */
  async function greatestUnacknowledged(connection: ScriptedConnection, count: number): Promise<number> {
    let greatest = 0
    for (let acked = 0; acked < count; acked++) {
      await quiet(5)
      const sent = connection.publications()
      greatest = Math.max(greatest, sent.length - acked)
      connection.ack(sent[acked] as IPublishPacket)
    }
    return greatest
  }

  it("keeps to the broker's Receive Maximum", async () => {
    const harness = new Harness({ inFlight: 100 })
    harness.session.start()
    const connection = await up(harness, { receiveMaximum: 3 })
    for (const topic of names('t', 40)) harness.publish(topic)
    expect(await greatestUnacknowledged(connection, 40)).toBe(3)
    expect(connection.publications().map((packet) => packet.topic)).toEqual(names('t', 40))
  })

  it('keeps to its own where that is lower, or where the broker names none', async () => {
    for (const properties of [{ receiveMaximum: 1000 }, {}]) {
      const harness = new Harness({ inFlight: 5 })
      harness.session.start()
      const connection = await up(harness, properties)
      for (const topic of names('t', 40)) harness.publish(topic)
      expect(await greatestUnacknowledged(connection, 40)).toBe(5)
    }
  })

  it('hands out no packet identifier that is still in flight', async () => {
    const harness = new Harness({ inFlight: 1000, queue: { limit: 70_000, bytes: 10_000_000 } })
    harness.session.start()
    const connection = await up(harness)
    harness.publish('stuck')
    const stuck = await connection.next('publish')
    connection.autoAcknowledge = true
    for (const topic of names('t', 66_000)) harness.publish(topic)
    while (harness.session.status.pending > 1) await quiet(1)
    const reused = connection.publications().filter((packet) => packet.messageId === stuck.messageId)
    expect(reused).toHaveLength(1)
    connection.ack(stuck)
    await quiet()
    expect(harness.settled.at(-1)).toBe('stuck ok')
  })
})

describe('the queue', () => {
  it('is bounded by its count, and says so once', async () => {
    const harness = new Harness({ queue: { limit: 10, bytes: 1_000_000 } })
    harness.session.start()
    const taken = names('t', 15).map((topic) => harness.publish(topic, { qos: topic === 't3' ? 0 : 1 }))
    expect(taken.filter(Boolean)).toHaveLength(10)
    expect(harness.settled).toEqual([])
    const full = harness.logger.lines.filter((line) => line.code === 'mqtt_queue_full')
    expect(full).toHaveLength(1)
    const connection = await up(harness)
    expect(await connection.takeAll(10)).toEqual(names('t', 10))
    await quiet()
    expect(harness.publish('later')).toBe(true)
    expect(harness.logger.lines.at(-1)?.message).toBe('the queue of publications has room again')
  })

  it('has the same room once more for answers, and no more', async () => {
    const harness = new Harness({ queue: { limit: 10, bytes: 1_000_000 } })
    harness.session.start()
    for (const topic of names('t', 10)) harness.publish(topic)
    const ignore = (): void => {}
    const answers = names('a', 12).map((topic) => harness.session.publish(publication(topic), ignore, true))
    expect(answers.filter(Boolean)).toHaveLength(10)
    const connection = await up(harness)
    expect(await connection.takeAll(20)).toEqual([...names('t', 10), ...names('a', 10)])
  })

  it('is bounded by its bytes, and counts what is in flight', async () => {
    const harness = new Harness({ queue: { limit: 1000, bytes: 10_000 } })
    harness.session.start()
    const connection = await up(harness)
    await quiet()
    const payload = 'x'.repeat(3000)
    expect(names('t', 4).map((topic) => harness.publish(topic, { payload }))).toEqual([
      true,
      true,
      true,
      false,
    ])
    await connection.next('publish')
    await quiet()
    expect(harness.publish('t5', { payload })).toBe(false)
    connection.ack(connection.publications()[0] as IPublishPacket)
    await quiet()
    expect(harness.publish('t5', { payload })).toBe(true)
  })

  it('drops what expired meanwhile, and counts down what did not', async () => {
    const harness = new Harness()
    harness.session.start()
    harness.publish('short', { expiry: 10 })
    harness.publish('long', { expiry: 100 })
    harness.clock.advance(15_000)
    const connection = await up(harness)
    const publish = await connection.next('publish')
    expect(publish.topic).toBe('long')
    expect(publish.properties?.messageExpiryInterval).toBe(85)
    expect(harness.settled).toEqual(['short mqtt_expired'])
  })
})

describe("the broker's limits", () => {
  it('refuse what is too large, and lower QoS and retain', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness, { maximumPacketSize: 200, maximumQoS: 0, retainAvailable: false })
    harness.publish('large', { payload: 'x'.repeat(200) })
    harness.publish('small', { retain: true })
    const publish = await connection.next('publish')
    expect(publish).toMatchObject({ topic: 'small', qos: 0, retain: false })
    expect(harness.settled).toEqual(['large mqtt_too_large', 'small ok'])
  })

  it('are never exceeded by a packet that was let through', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness, { maximumPacketSize: 300 })
    for (let size = 200; size < 300; size++) {
      harness.publish(`t/${size}`, {
        payload: 'ü'.repeat(size / 2),
        userProperties: { id: '1' },
        contentType: 'a/b',
      })
    }
    await quiet()
    const lengths = connection.publications().map((packet) => 1 + 2 + (packet.length ?? 0))
    expect(Math.max(...lengths)).toBeLessThanOrEqual(300)
    expect(Math.max(...lengths)).toBeGreaterThan(300 - 17)
  })
})
