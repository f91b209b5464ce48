import { describe, expect, it } from 'vitest'
import { quiet, type ScriptedConnection } from '../../support/broker.ts'
import { Harness, publication } from './harness.ts'

const willOf = (payload: string) => publication('state', { payload, retain: true })

async function up(harness: Harness, subscriptions = 1): Promise<ScriptedConnection> {
  const connection = await harness.broker.accept()
  await connection.welcome(undefined, subscriptions)
  await quiet()
  return connection
}

describe('the highest quality of service', () => {
  it('lowers what is published, and the Will', async () => {
    const harness = new Harness({ maxQoS: 0, will: willOf('gone') })
    harness.session.start()
    const connection = await harness.broker.accept()
    expect((await connection.welcome()).will).toMatchObject({ qos: 0, retain: true })
    await quiet()
    harness.publish('value')
    await quiet()
    expect(connection.publications()).toMatchObject([{ topic: 'value', qos: 0 }])
    expect(harness.settled).toEqual(['value ok'])
  })

  it('is 1 where nothing else is said', async () => {
    const harness = new Harness({ will: { ...willOf('gone'), qos: 2 } })
    harness.session.start()
    const connection = await harness.broker.accept()
    expect((await connection.welcome()).will).toMatchObject({ qos: 1 })
    await quiet()
    harness.publish('value', { qos: 2 })
    await quiet()
    expect(connection.publications()).toMatchObject([{ topic: 'value', qos: 1 }])
  })
})

describe('another Will', () => {
  it('ends the connection in order, and the next one carries it at once', async () => {
    const harness = new Harness({ will: willOf('one') })
    harness.session.start()
    const first = await up(harness)
    harness.publish('a')
    await first.next('publish')
    harness.session.replaceWill(willOf('two'))
    expect(await first.next('disconnect')).toMatchObject({ reasonCode: 0 })
    const second = await harness.broker.accept()
    expect((await second.welcome()).will?.payload.toString()).toBe('two')
    expect(await second.take()).toBe('a') // it was not acknowledged
    await quiet()
    expect(harness.settled).toEqual(['a ok'])
    expect(harness.downs).toEqual([])
    expect(harness.session.status).toMatchObject({ state: 'up', connects: 2, error: undefined })
  })

  it('that is the same one changes nothing', async () => {
    const harness = new Harness({ will: willOf('one') })
    harness.session.start()
    const first = await up(harness)
    harness.session.replaceWill(willOf('one'))
    await quiet()
    expect(first.received.map(({ cmd }) => cmd)).not.toContain('disconnect')
  })

  it('may be none', async () => {
    const harness = new Harness({ will: willOf('one') })
    harness.session.start()
    await up(harness)
    harness.session.replaceWill(undefined)
    const second = await harness.broker.accept()
    expect((await second.welcome()).will).toBeUndefined()
  })

  it('while the connection is being made: it is made again before anything is said', async () => {
    const harness = new Harness({ will: willOf('one') })
    harness.session.start()
    const first = await harness.broker.accept()
    await first.next('connect')
    harness.session.replaceWill(willOf('two'))
    first.send({ cmd: 'connack', sessionPresent: false, reasonCode: 0 })
    await first.grant()
    await first.next('disconnect')
    const second = await harness.broker.accept()
    expect((await second.welcome()).will?.payload.toString()).toBe('two')
    await quiet()
    expect(harness.session.status).toMatchObject({ state: 'up', connects: 1 })
  })

  it('while it is away: the next attempt has it', async () => {
    const harness = new Harness({ will: willOf('one') })
    harness.session.start()
    const first = await up(harness)
    first.end()
    await quiet()
    harness.session.replaceWill(willOf('two'))
    harness.retry()
    const second = await harness.broker.accept()
    expect((await second.welcome()).will?.payload.toString()).toBe('two')
  })

  it('does not wait for ever for a broker that does not close', async () => {
    const harness = new Harness({ will: willOf('one') })
    harness.session.start()
    const first = await up(harness)
    harness.session.listen([])
    await first.next('unsubscribe') // is never answered: the end waits for it
    harness.session.replaceWill(willOf('two'))
    await quiet()
    harness.clock.advance(4_999)
    await quiet()
    expect(harness.broker.connections).toHaveLength(1)
    harness.clock.advance(1)
    const second = await harness.broker.accept()
    expect((await second.welcome(undefined, 0)).will?.payload.toString()).toBe('two')
  })

  it('blames no publication for the end', async () => {
    const harness = new Harness({ will: willOf('0') })
    harness.session.start()
    let connection = await up(harness)
    harness.publish('a')
    await connection.next('publish')
    for (const payload of ['1', '2', '3', '4']) {
      harness.session.replaceWill(willOf(payload))
      await connection.next('disconnect')
      connection.end()
      connection = await up(harness)
      await connection.next('publish')
    }
    connection.ack(connection.publications()[0] as never)
    await quiet()
    expect(harness.settled).toEqual(['a ok'])
  })
})

describe('what is listened to', () => {
  const subscription = (filter: string) => ({ filter, retained: false, loss: 'nothing comes' })

  it('is taken back at the next connection where it ended while that was away', async () => {
    const harness = new Harness({ subscriptions: [subscription('a'), subscription('b')] })
    harness.session.start()
    const first = await up(harness)
    first.end()
    await quiet()
    harness.session.listen([subscription('b'), subscription('c')])
    harness.retry()
    const second = await harness.broker.accept()
    await second.welcome()
    expect(second.received.find(({ cmd }) => cmd === 'subscribe')).toMatchObject({
      subscriptions: [{ topic: 'b' }, { topic: 'c' }],
    })
    expect(await second.next('unsubscribe')).toMatchObject({ unsubscriptions: ['a'] })
  })

  it('is taken back once', async () => {
    const harness = new Harness({ subscriptions: [subscription('a')] })
    harness.session.start()
    const first = await up(harness)
    harness.session.listen([subscription('b')])
    expect(await first.next('unsubscribe')).toMatchObject({ unsubscriptions: ['a'] })
    first.end()
    await quiet()
    harness.retry()
    const second = await up(harness)
    expect(second.received.map(({ cmd }) => cmd)).not.toContain('unsubscribe')
  })
})

describe('a queue that drops', () => {
  it('does not take what it has no room for, counts it, and tells of it once a change', async () => {
    const harness = new Harness({ inFlight: 1, queue: { limit: 2, bytes: 10_000, drops: true } })
    harness.session.start()
    const connection = await up(harness)
    expect(['a', 'b', 'c', 'd'].map((topic) => harness.publish(topic))).toEqual([true, true, false, false])
    expect(harness.settled).toEqual([])
    expect(harness.session.status).toMatchObject({ pending: 2, dropped: 2, failed: 0 })
    expect(await connection.takeAll(2)).toEqual(['a', 'b'])
    await quiet()
    harness.publish('e')
    const told = harness.logger.lines.filter(({ message }) => message.includes('queue'))
    expect(told.map(({ level, code, message }) => `${level} ${code} ${message}`)).toEqual([
      'warn mqtt_queue_full the queue of publications is full: what comes now is dropped',
      'info undefined the queue of publications has room again',
    ])
  })
})
