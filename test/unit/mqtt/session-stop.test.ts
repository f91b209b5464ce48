import { describe, expect, it } from 'vitest'
import { quiet, type ScriptedConnection } from '../../support/broker.ts'
import { Harness, publication } from './harness.ts'

const OFFLINE = publication('lwm2m/gateway/gw1/state', { payload: '{"state":"offline"}', retain: true })

async function up(harness: Harness): Promise<ScriptedConnection> {
  harness.session.start()
  const connection = await harness.broker.accept()
  await connection.welcome()
  await quiet()
  return connection
}

describe('stopping', () => {
  it('empties the queue, says the last words, waits for their PUBACK and disconnects', async () => {
    const harness = new Harness({ inFlight: 2 })
    const connection = await up(harness)
    for (const topic of ['a', 'b', 'c']) harness.publish(topic)
    let stopped = false
    const stopping = harness.session.stop([OFFLINE], 5000).then(() => {
      stopped = true
    })
    expect(harness.publish('late')).toBe(false)
    expect(await connection.takeAll(3)).toEqual(['a', 'b', 'c'])
    const last = await connection.next('publish')
    expect(last).toMatchObject({ topic: OFFLINE.topic, retain: true })
    await quiet()
    expect(connection.received.at(-1)?.cmd).toBe('publish')
    connection.ack(last)
    expect(await connection.next('disconnect')).toMatchObject({ reasonCode: 0 })
    await stopping
    expect(stopped).toBe(true)
    expect(harness.settled).toEqual(['a ok', 'b ok', 'c ok'])
    expect(harness.session.status).toMatchObject({ state: 'down', pending: 0 })
    expect(harness.clock.pending()).toEqual([])
  })

  it('says the last words although the queue is full', async () => {
    const harness = new Harness({ inFlight: 1, queue: { limit: 2, bytes: 10_000 } })
    const connection = await up(harness)
    harness.publish('a')
    harness.publish('b')
    const stopping = harness.session.stop([OFFLINE], 5000)
    expect(await connection.takeAll(3)).toEqual(['a', 'b', OFFLINE.topic])
    await stopping
  })

  it('takes no longer than its deadline, and tells what did not arrive', async () => {
    const harness = new Harness()
    const connection = await up(harness)
    harness.publish('a')
    await connection.next('publish')
    const stopping = harness.session.stop([OFFLINE], 5000)
    await quiet()
    harness.clock.advance(4999)
    await quiet()
    expect(harness.settled).toEqual([])
    harness.clock.advance(1)
    await stopping
    await connection.closed
    expect(harness.settled).toEqual(['a mqtt_stopped'])
    expect(connection.received.some(({ cmd }) => cmd === 'disconnect')).toBe(false)
    await quiet()
    expect(harness.clock.pending()).toEqual([])
  })

  it('is immediate while the broker is away, and ends the attempts', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await harness.broker.accept()
    connection.break('ECONNREFUSED')
    await quiet()
    harness.publish('a')
    await harness.session.stop([OFFLINE], 5000)
    expect(harness.settled).toEqual(['a mqtt_stopped'])
    harness.clock.advance(3_600_000)
    expect(harness.broker.connections).toHaveLength(1)
    expect(harness.clock.pending()).toEqual([])
  })

  it('in the middle of connecting closes the connection', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.next('connect')
    await harness.session.stop([], 5000)
    await connection.closed
    await quiet()
    expect(harness.clock.pending()).toEqual([])
    expect(harness.session.status.state).toBe('down')
  })

  it('ends when the broker goes away meanwhile', async () => {
    const harness = new Harness()
    const connection = await up(harness)
    harness.publish('a')
    const stopping = harness.session.stop([OFFLINE], 5000)
    await connection.next('publish')
    connection.end()
    await stopping
    expect(harness.settled).toEqual(['a mqtt_stopped'])
    expect(harness.clock.pending()).toEqual([])
  })

  describe('while a Will is being replaced', () => {
    const will = (payload: string) => publication(OFFLINE.topic, { payload, retain: true })

    async function renewing(): Promise<Harness> {
      const harness = new Harness({ will: will('one') })
      await up(harness)
      harness.session.replaceWill(will('two'))
      return harness
    }

    async function goodbye(harness: Harness, stopping: Promise<void>): Promise<void> {
      const second = await harness.broker.accept()
      await second.welcome()
      expect(await second.takeAll(2)).toEqual(['a', OFFLINE.topic])
      expect(await second.next('disconnect')).toMatchObject({ reasonCode: 0 })
      await stopping
      await quiet()
      expect(harness.settled).toEqual(['a ok'])
      expect(harness.broker.connections).toHaveLength(2)
      expect(harness.session.status).toMatchObject({ state: 'down', pending: 0 })
      expect(harness.clock.pending()).toEqual([])
    }

    it('before the old connection has ended: says the last words on the next one', async () => {
      const harness = await renewing()
      harness.publish('a')
      await goodbye(harness, harness.session.stop([OFFLINE], 4000))
    })

    it('before the next connection is up: says the last words there', async () => {
      const harness = await renewing()
      await quiet()
      expect(harness.session.status.state).toBe('connecting')
      harness.publish('a')
      await goodbye(harness, harness.session.stop([OFFLINE], 4000))
    })

    it('takes no longer than its deadline, and connects no more', async () => {
      const harness = await renewing()
      harness.publish('a')
      const stopping = harness.session.stop([OFFLINE], 4000)
      const second = await harness.broker.accept()
      await second.next('connect')
      harness.clock.advance(3999)
      await quiet()
      expect(harness.settled).toEqual([])
      harness.clock.advance(1)
      await stopping
      await second.closed
      await quiet()
      expect(harness.settled).toEqual(['a mqtt_stopped'])
      expect(harness.broker.connections).toHaveLength(2)
      expect(harness.clock.pending()).toEqual([])
    })

    it('ends where the next connection does not come about', async () => {
      const harness = await renewing()
      harness.publish('a')
      const stopping = harness.session.stop([OFFLINE], 4000)
      const second = await harness.broker.accept()
      second.break('ECONNREFUSED')
      await stopping
      expect(harness.settled).toEqual(['a mqtt_stopped'])
      expect(harness.broker.connections).toHaveLength(2)
      expect(harness.clock.pending()).toEqual([])
    })

    it('is not replaced any more once it stops', async () => {
      const harness = new Harness({ will: will('one') })
      const connection = await up(harness)
      harness.publish('a')
      const stopping = harness.session.stop([OFFLINE], 4000)
      harness.session.replaceWill(will('two'))
      expect(await connection.takeAll(2)).toEqual(['a', OFFLINE.topic])
      await stopping
    })
  })

  it('twice is the same stop', async () => {
    const harness = new Harness()
    const connection = await up(harness)
    const first = harness.session.stop([], 5000)
    expect(harness.session.stop([OFFLINE], 1)).toBe(first)
    await first
    expect(connection.publications()).toEqual([])
  })
})
