import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../src/mqtt/backoff.ts'
import { quiet } from '../../support/broker.ts'
import { SeededRandom } from '../../support/random.ts'
import { Harness, publication } from './harness.ts'

describe('connecting', () => {
  it('sends CONNECT of MQTT 5 without a clean start, with session expiry and Will', async () => {
    const will = publication('lwm2m/gateway/gw1/state', { payload: '{"state":"offline"}', retain: true })
    const harness = new Harness({ will, username: 'gw', password: 'secret' })
    harness.session.start()
    const connection = await harness.broker.accept()
    const connect = await connection.next('connect')
    expect(connect).toMatchObject({
      protocolVersion: 5,
      clean: false,
      clientId: 'lwm2mqtt-gw1',
      username: 'gw',
      keepalive: 60,
    })
    expect(connect.properties).toMatchObject({ sessionExpiryInterval: 3600, receiveMaximum: 256 })
    expect(connect.will).toMatchObject({ topic: 'lwm2m/gateway/gw1/state', qos: 1, retain: true })
    expect(connect.will?.properties).toMatchObject({ payloadFormatIndicator: true })
    expect(harness.session.status.state).toBe('connecting')
  })

  it('is up only after the SUBACK, and asks for retain as published and no retained messages', async () => {
    const harness = new Harness()
    let up = 0
    harness.onUp = () => up++
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome(undefined, 0)
    const subscribe = await connection.next('subscribe')
    await quiet()
    expect(up).toBe(0)
    expect(subscribe.subscriptions).toMatchObject([
      { topic: 'lwm2m/device/+/do/#', qos: 1, rap: true, rh: 2, nl: false },
    ])
    connection.send({ cmd: 'suback', messageId: subscribe.messageId ?? 0, granted: [1] })
    await quiet()
    expect(up).toBe(1)
    expect(harness.session.status).toMatchObject({ state: 'up', protocol: 5, connects: 1 })
  })

  it('comes up and says so where the broker refuses the subscription', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome(undefined, 0)
    await connection.grant(0x87)
    await quiet()
    expect(harness.session.status.state).toBe('up')
    expect(harness.logger.lines).toContainEqual({
      level: 'error',
      code: 'mqtt_subscription',
      message: "the broker refuses the subscription to 'lwm2m/device/+/do/#': no commands arrive",
    })
  })

  it.each([
    [
      'a return code 1 in the form of 3.1.1',
      (c: { sendRaw(...b: number[]): void }) => c.sendRaw(0x20, 2, 0, 1),
    ],
    ['a reason code 0x84', (c: { sendRaw(...b: number[]): void }) => c.sendRaw(0x20, 3, 0, 0x84, 0)],
  ])('falls back to 3.1.1 at once on %s', async (_name, refuse) => {
    const harness = new Harness()
    harness.session.start()
    const first = await harness.broker.accept()
    await first.next('connect')
    refuse(first)
    first.end()
    const second = await harness.broker.accept()
    const connect = await second.welcome()
    expect(connect).toMatchObject({ protocolVersion: 4, clean: false, clientId: 'lwm2mqtt-gw1' })
    await quiet()
    expect(harness.session.status).toMatchObject({ state: 'up', protocol: 4 })
    expect(harness.downs).toEqual([])
  })

  it.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT'])('stays with MQTT 5 on %s', async (code) => {
    const harness = new Harness()
    harness.session.start()
    const first = await harness.broker.accept()
    await first.next('connect')
    first.break(code)
    await quiet()
    expect(harness.downs).toEqual(['mqtt_unreachable'])
    harness.retry()
    const second = await harness.broker.accept()
    expect((await second.next('connect')).protocolVersion).toBe(5)
  })

  it('stays with MQTT 5 where a broker closes without an answer', async () => {
    const harness = new Harness()
    harness.session.start()
    const first = await harness.broker.accept()
    await first.next('connect')
    first.end()
    await quiet()
    expect(harness.downs).toEqual(['mqtt_closed'])
    harness.retry()
    expect((await (await harness.broker.accept()).next('connect')).protocolVersion).toBe(5)
  })

  it('speaks 3.1.1 at once, or 5 alone, where it is told to', async () => {
    const four = new Harness({ protocol: 4 })
    four.session.start()
    expect((await (await four.broker.accept()).next('connect')).protocolVersion).toBe(4)

    const five = new Harness({ protocol: 5 })
    five.session.start()
    const first = await five.broker.accept()
    await first.next('connect')
    first.sendRaw(0x20, 2, 0, 1)
    await quiet()
    expect(five.downs).toEqual(['mqtt_protocol'])
    five.retry()
    expect((await (await five.broker.accept()).next('connect')).protocolVersion).toBe(5)
  })

  it('keeps to 3.1.1 at reconnects, and tries 5 again after an hour', async () => {
    const harness = new Harness()
    harness.session.start()
    const first = await harness.broker.accept()
    await first.next('connect')
    first.sendRaw(0x20, 2, 0, 1)
    const second = await harness.broker.accept()
    await second.welcome()
    await quiet()
    second.end()
    await quiet()
    harness.retry()
    const third = await harness.broker.accept()
    expect((await third.next('connect')).protocolVersion).toBe(4)
    third.sendRaw(0x20, 2, 0, 0)
    await third.grant()
    await quiet()
    for (let minute = 0; minute < 120; minute++) {
      harness.clock.advance(30_000)
      third.send({ cmd: 'pingresp' })
      await quiet(3)
    }
    third.end()
    await quiet()
    harness.retry()
    expect((await (await harness.broker.accept()).next('connect')).protocolVersion).toBe(5)
  })

  it('names what is wrong with user and password once, and tries again with growing pauses', async () => {
    const harness = new Harness()
    harness.session.start()
    for (let attempt = 0; attempt < 4; attempt++) {
      const connection = await harness.broker.accept()
      await connection.next('connect')
      connection.refuse(0x86)
      await quiet()
      harness.retry()
    }
    const warnings = harness.logger.lines.filter((line) => line.level === 'warn')
    expect(warnings).toEqual([
      {
        level: 'warn',
        code: 'mqtt_unauthorized',
        message: 'the broker refuses the connection: Bad User Name or Password (0x86)',
      },
    ])
    expect(harness.downs).toEqual(['mqtt_unauthorized'])
    const fifth = await harness.broker.accept()
    await fifth.next('connect')
    fifth.refuse(0x88)
    await quiet()
    expect(harness.downs).toEqual(['mqtt_unauthorized', 'mqtt_unavailable'])
  })

  it('sends the Will without retain, or with QoS 0, where the broker refuses it as it is', async () => {
    const harness = new Harness({ will: publication('w', { retain: true }) })
    harness.session.start()
    for (const [code, expected] of [
      [0x9a, { retain: true, qos: 1 }],
      [0x9b, { retain: false, qos: 1 }],
      [0x88, { retain: false, qos: 0 }],
    ] as const) {
      const connection = await harness.broker.accept()
      const connect = await connection.next('connect')
      expect(connect.will).toMatchObject(expected)
      connection.refuse(code)
    }
  })

  it('gives up a broker that does not answer CONNECT in time', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.next('connect')
    harness.clock.advance(30_000)
    await connection.closed
    await quiet()
    expect(harness.downs).toEqual(['mqtt_timeout'])
  })

  it('gives up a connection whose ping stays unanswered', async () => {
    const harness = new Harness({ keepalive: 10 })
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome()
    await quiet()
    harness.clock.advance(10_000)
    await connection.next('pingreq')
    expect(harness.downs).toEqual([])
    harness.clock.advance(5_000)
    await connection.closed
    await quiet()
    expect(harness.downs).toEqual(['mqtt_timeout'])
  })

  it('keeps a connection whose pings are answered', async () => {
    const harness = new Harness({ keepalive: 10 })
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome()
    await quiet()
    for (let ping = 0; ping < 5; ping++) {
      harness.clock.advance(10_000)
      await connection.next('pingreq')
      connection.send({ cmd: 'pingresp' })
      await quiet()
    }
    expect(harness.session.status.state).toBe('up')
  })

  it('survives a broker that sends garbage', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome()
    await quiet()
    connection.sendRaw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
    await connection.closed
    await quiet()
    expect(harness.downs).toEqual(['mqtt_protocol'])
    harness.retry()
    await (await harness.broker.accept()).welcome()
    await quiet()
    expect(harness.session.status.state).toBe('up')
  })
})

describe('a session that was taken over', () => {
  it('names the id and waits for the longest pause', async () => {
    const harness = new Harness({ reconnect: { first: 1000, longest: 60_000 } })
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome()
    await quiet()
    connection.send({ cmd: 'disconnect', reasonCode: 0x8e })
    connection.end()
    await quiet()
    expect(harness.downs).toEqual(['mqtt_taken_over'])
    expect(harness.logger.lines.at(-1)?.message).toContain("'lwm2mqtt-gw1'")
    harness.clock.advance(29_999)
    expect(harness.broker.connections).toHaveLength(1)
    harness.clock.advance(30_001)
    expect(harness.broker.connections).toHaveLength(2)
  })
})

describe('pauses between attempts', () => {
  it('double up to the longest, each drawn from its upper half', () => {
    const backoff = new Backoff({ first: 1000, longest: 10_000 }, new SeededRandom(3))
    for (const ceiling of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
      const pause = backoff.next()
      expect(pause).toBeGreaterThanOrEqual(ceiling / 2)
      expect(pause).toBeLessThanOrEqual(ceiling)
    }
    backoff.reset()
    expect(backoff.next()).toBeLessThanOrEqual(1000)
  })

  it('differ from gateway to gateway', () => {
    const pauses = [1, 2, 3, 4, 5].map((seed) =>
      new Backoff({ first: 1000, longest: 10_000 }, new SeededRandom(seed)).next(),
    )
    expect(new Set(pauses).size).toBeGreaterThan(3)
  })

  it('hold between the attempts of a session, and start anew after a connection that lasted', async () => {
    const harness = new Harness({ reconnect: { first: 1000, longest: 8000 } })
    harness.session.start()
    const starts: number[] = []
    for (let attempt = 0; attempt < 5; attempt++) {
      const connection = await harness.broker.accept()
      starts.push(harness.clock.now())
      connection.break('ECONNREFUSED')
      await quiet()
      expect(harness.clock.pending()).toEqual(['mqtt reconnect'])
      while (harness.broker.connections.length === attempt + 1) harness.clock.advance(1)
    }
    const pauses = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
    const ceilings = [1000, 2000, 4000, 8000]
    expect(pauses.every((pause, index) => pause >= (ceilings[index] ?? 0) / 2)).toBe(true)
    expect(pauses.every((pause, index) => pause <= (ceilings[index] ?? 0))).toBe(true)

    const lasting = await harness.broker.accept()
    await lasting.welcome()
    await quiet()
    harness.clock.advance(8000)
    lasting.end()
    await quiet()
    harness.clock.advance(1000)
    expect(harness.broker.connections).toHaveLength(7)
  })
})
