import { describe, expect, it } from 'vitest'
import { MqttBench } from '../support/mqtt-bench.ts'
import { TEMPERATURE, value } from '../support/scene.ts'

const VALUE = `device/value${TEMPERATURE}`
const NOON = 1_767_268_800

/** A device of which the temperature is observed, 20 at first. */
function observed() {
  const bench = new MqttBench()
  const device = bench.device()
  const location = device.register('ep=device&lt=0&lwm2m=1.1')
  device.answer = () => value('20', 1)
  bench.command({ id: 'o', endpoint: 'device', operation: 'observe', path: TEMPERATURE })
  const token = device.requests[0]?.token ?? Buffer.alloc(0)
  return { bench, device, location, token }
}

describe('what the broker gets', () => {
  it('1. Register -> 2.01, and presence and registration are published, retained', () => {
    const bench = new MqttBench()
    const device = bench.device('192.0.2.77:40000')
    const location = device.register('ep=device&lt=300&lwm2m=1.1')
    const since = bench.clock.wall()
    expect(bench.retained('device/presence')).toEqual({ state: 'awake', since, reason: 'registered' })
    expect(bench.retained('device/registration')).toMatchObject({
      ...{ id: location.slice(3), lifetime: 300, version: '1.1', address: 'coap://192.0.2.77:40000' },
      objects: [{ id: 1 }, { id: 3 }, { id: 3303 }],
    })
    expect(bench.payloads('device/event')).toMatchObject([{ event: 'registered' }])
  })

  it('2. a refused Register -> 4.00, and no presence and no registration', () => {
    const bench = new MqttBench()
    expect(() => bench.device().register('ep=device&lwm2m=1.1', '')).toThrow('4.00')
    expect(bench.retained('device/presence')).toBeUndefined()
    expect(bench.retained('device/registration')).toBeUndefined()
  })

  it('11. Deregister -> 2.02: presence is offline, the retained registration is taken away', () => {
    const { bench, device, location } = observed()
    expect(device.deregister(location)).toBe('2.02')
    expect(bench.retained('device/presence')).toMatchObject({ state: 'offline', reason: 'deregistered' })
    expect(bench.retained('device/registration')).toBeNull()
  })

  it('12. Register over a registration: one re-registered event that names the predecessor', () => {
    const { bench, device, location } = observed()
    device.register('ep=device&lt=0&lwm2m=1.1')
    const events = bench.payloads('device/event').filter((body) => body?.event === 're-registered')
    expect(events).toMatchObject([{ predecessor: location.slice(3) }])
  })

  it('38a. a reordered notification leaves the retained value alone, and goes out as an event with its time', () => {
    const { bench, device, token } = observed()
    device.notify(token, value('25', 5))
    const payload = `[{"n":"${TEMPERATURE}","v":23,"t":${NOON}}]`
    expect(device.notify(token, { code: '2.05', observe: 3, contentFormat: 110, payload })).toBe('ack')
    expect(bench.payloads(VALUE).map((body) => body?.value)).toEqual([20, 25])
    expect(bench.retained(VALUE)).toMatchObject({ value: 25 })
    expect(bench.payloads('device/event').at(-1)).toMatchObject({
      ...{ event: 'late-value', path: TEMPERATURE, value: 23, sampled: NOON * 1000 },
    })
  })

  it('39. a CON notification is acknowledged when the broker has it; its repetition is published once', () => {
    const { bench, device, token } = observed()
    bench.holds = true
    const packet = { confirmable: true, token, messageId: 9 }
    for (let repetition = 0; repetition < 3; repetition++) {
      device.say(value('21', 2), packet)
      bench.clock.advance(4_000)
    }
    expect(device.receiptOf(9)).toBeUndefined()
    bench.acknowledge()
    device.say(value('21', 2), packet)
    expect(bench.payloads(VALUE).map((body) => body?.value)).toEqual([20, 21])
    expect(device.heard.filter(({ messageId }) => messageId === 9)).toMatchObject([
      { ack: true, code: '0.00' },
      { ack: true, code: '0.00' },
    ])
  })
})
