import type { IPublishPacket, Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { quiet, type ScriptedConnection } from '../../support/broker.ts'
import { Harness } from './harness.ts'

function command(messageId: number, fields: Partial<IPublishPacket> = {}): Packet {
  const topic = 'lwm2m/device/ep/do/request'
  return { cmd: 'publish', messageId, topic, payload: '{}', qos: 1, dup: false, retain: false, ...fields }
}

async function up(harness: Harness): Promise<ScriptedConnection> {
  const connection = await harness.broker.accept()
  await connection.welcome()
  await quiet()
  return connection
}

async function upOn311(harness: Harness): Promise<ScriptedConnection> {
  const first = await harness.broker.accept()
  await first.next('connect')
  first.sendRaw(0x20, 2, 0, 1)
  return up(harness)
}

function pubacks(connection: ScriptedConnection): Packet[] {
  return connection.received.filter(({ cmd }) => cmd === 'puback')
}

describe('messages from the broker', () => {
  it('arrive with the properties of MQTT 5', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    connection.send(
      command(7, {
        payload: '{"id":"42"}',
        retain: true,
        properties: {
          responseTopic: 'a/reply',
          correlationData: Buffer.from([9]),
          messageExpiryInterval: 30,
        },
      }),
    )
    await quiet()
    expect(harness.incoming[0]?.message).toEqual({
      topic: 'lwm2m/device/ep/do/request',
      payload: Buffer.from('{"id":"42"}'),
      retain: true,
      responseTopic: 'a/reply',
      correlationData: Buffer.from([9]),
      expiry: 30,
    })
    expect(harness.session.status.received).toBe(1)
  })

  it.each([
    ['MQTT 5', up],
    ['3.1.1', upOn311],
  ])('are acknowledged when they are settled, and hold up nothing meanwhile, on %s', async (_name, start) => {
    const harness = new Harness()
    harness.session.start()
    const connection = await start(harness)
    connection.send(command(7))
    connection.send(command(8))
    harness.publish('value')
    connection.ack(await connection.next('publish'))
    await quiet()
    expect(harness.settled).toEqual(['value ok'])
    expect(harness.incoming).toHaveLength(2)
    expect(pubacks(connection)).toEqual([])
    harness.incoming[1]?.done(true)
    harness.incoming[1]?.done(true)
    await quiet()
    expect(pubacks(connection).map(({ messageId }) => messageId)).toEqual([8])
    harness.incoming[0]?.done(true)
    await quiet()
    expect(pubacks(connection).map(({ messageId }) => messageId)).toEqual([8, 7])
  })

  it('are refused with a reason on MQTT 5, and just acknowledged on 3.1.1', async () => {
    const five = new Harness()
    five.session.start()
    const connection = await up(five)
    connection.send(command(7))
    await quiet()
    five.incoming[0]?.done(false)
    expect(await connection.next('puback')).toMatchObject({ messageId: 7, reasonCode: 0x83 })

    const four = new Harness()
    four.session.start()
    const old = await upOn311(four)
    old.send(command(7))
    await quiet()
    four.incoming[0]?.done(false)
    expect(await old.next('puback')).toMatchObject({ messageId: 7, length: 2 })
  })

  it('of QoS 0 need no acknowledgement', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await up(harness)
    connection.send(command(0, { qos: 0 }))
    await quiet()
    harness.incoming[0]?.done(true)
    await quiet()
    expect(pubacks(connection)).toEqual([])
  })

  it('that were settled after their connection broke are not acknowledged on the next one', async () => {
    const harness = new Harness()
    harness.session.start()
    const first = await up(harness)
    first.send(command(7))
    await quiet()
    first.end()
    await quiet()
    harness.retry()
    const second = await up(harness)
    harness.incoming[0]?.done(true)
    await quiet()
    expect(pubacks(first)).toEqual([])
    expect(pubacks(second)).toEqual([])
  })

  it('wait on 3.1.1 while too many are unsettled', async () => {
    const harness = new Harness()
    harness.session.start()
    const connection = await upOn311(harness)
    for (let id = 1; id <= 300; id++) connection.send(command(id))
    await quiet(1000)
    expect(harness.incoming).toHaveLength(257)
    harness.incoming[0]?.done(true)
    await quiet()
    expect(harness.incoming).toHaveLength(258)
    for (let id = 1; id < 300; id++) {
      harness.incoming[id]?.done(true)
      await quiet(3)
    }
    expect(pubacks(connection)).toHaveLength(300)
  })

  it('that waited at the broker may come before the SUBACK', async () => {
    const harness = new Harness()
    let up = false
    harness.onUp = () => {
      up = true
    }
    harness.session.start()
    const connection = await harness.broker.accept()
    await connection.welcome(undefined, 0)
    connection.send(command(7))
    await quiet()
    expect(up).toBe(false)
    expect(harness.incoming).toHaveLength(1)
    harness.incoming[0]?.done(true)
    await connection.next('puback')
  })
})
