import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { Lwm2mBench, numberOption, pathIn, textOptions } from '../support/lwm2m.ts'
import { TEMPERATURE, value, type WithoutBase } from '../support/scene.ts'

const OLD = '192.0.2.10:40000'
const NEW = '192.0.2.10:55555'

/** A device that was asked something, did not answer, and comes back with an Update from another port. */
function asked(what: WithoutBase<Command>) {
  const bench = new Lwm2mBench()
  const device = bench.device(OLD)
  const location = device.register('ep=device&lt=0&lwm2m=1.1')
  device.answer = () => undefined
  const life = bench.command({ id: 'c', endpoint: 'device', ...what })
  const before = device.requests.length
  const update = (query = ''): void => {
    expect(device.update(location, query)).toBe('2.04')
    bench.clock.advance(0)
  }
  /** Requests since it moved, oldest first. */
  const again = () => device.requests.slice(before)
  return { bench, device, life, update, again }
}

const REPEATED: readonly (readonly [WithoutBase<Command>, string])[] = [
  [{ operation: 'read', path: TEMPERATURE }, '0.01'],
  [{ operation: 'discover', path: '/3303' }, '0.01'],
  [{ operation: 'observe', path: TEMPERATURE }, '0.01'],
  [{ operation: 'write-attributes', path: TEMPERATURE, attributes: { pmin: 5 } }, '0.03'],
]

const FAILED: readonly WithoutBase<Command>[] = [
  { operation: 'write', path: '/3/0/15', value: { text: 'Europe/Berlin' } },
  { operation: 'write', path: '/3/0', value: { json: { 15: 'Europe/Berlin' } } },
  { operation: 'execute', path: '/3/0/4' },
  { operation: 'create', path: '/3303', value: { json: {} } },
  { operation: 'delete', path: '/3303/0' },
]

describe('a device that answers from another address than it was asked at', () => {
  it.each(REPEATED)('is asked again there, at once: %j', (what, code) => {
    const { bench, device, life, update, again } = asked(what)
    bench.clock.advance(1_000)
    device.move(NEW)
    update()
    const [first] = device.requests
    const [second, ...more] = again()
    expect(more).toEqual([])
    expect(second?.code).toBe(code)
    expect(second && [pathIn(second), textOptions(second, 'Uri-Query')]).toEqual(
      first && [pathIn(first), textOptions(first, 'Uri-Query')],
    )
    expect(life.results).toEqual([])
    const payload = what.operation === 'discover' ? { contentFormat: 40, payload: '</3303>' } : {}
    device.respond({ ...(code === '0.01' ? value('20', 1) : { code: '2.04' }), ...payload })
    expect(life.results).toMatchObject([{ status: 'ok' }])
    expect(life.sent).toBe(1)
    bench.clock.advance(200_000)
    expect([life.results.length, device.requests.length]).toEqual([1, 2])
  })

  it.each(FAILED)('may have carried it out: %j fails at once, and is not sent again', (what) => {
    const { bench, device, life, update, again } = asked(what)
    device.move(NEW)
    update()
    expect(life.results).toMatchObject([{ status: 'error', error: { code: 'device_moved' } }])
    expect(JSON.stringify(life.results)).toContain(`coap://${OLD} to coap://${NEW}`)
    bench.clock.advance(200_000)
    expect(again()).toEqual([])
    expect(life.results.length).toBe(1)
  })

  it('is asked after its Update was answered, and what waited goes on there', () => {
    const { bench, device, update, again } = asked({ operation: 'execute', path: '/3/0/4' })
    const waiting = bench.command({ id: 'r', endpoint: 'device', operation: 'read', path: '/3/0/0' })
    const from = device.heard.length
    device.move(NEW)
    update()
    expect(device.heard.slice(from).map(({ code }) => code)).toEqual(['2.04', '0.01'])
    expect(again().map(pathIn)).toEqual(['/3/0/0'])
    device.respond({ code: '2.05', payload: 'ACME' })
    expect(waiting.results).toMatchObject([{ status: 'ok' }])
  })

  it('nothing more goes to the old address, and what comes from there is no answer', () => {
    const { bench, device, life, update } = asked({ operation: 'read', path: TEMPERATURE })
    const [first] = device.requests
    device.move(NEW)
    const old = bench.device(OLD)
    update()
    if (first !== undefined) {
      const { messageId, token } = first
      old.say({ code: '2.05', payload: '1' }, { ack: true, messageId, token })
    }
    expect(life.results).toEqual([])
    bench.clock.advance(100_000)
    expect(old.heard).toEqual([])
    expect(life.results).toMatchObject([{ error: { code: 'coap_no_ack' } }])
  })

  it('a cancel keeps its token, an Observe gets a new one: the old one is answered with RST', () => {
    const { bench, device, update } = asked({ operation: 'observe', path: TEMPERATURE })
    device.move(NEW)
    update()
    device.respond(value('20', 1))
    const [first, second] = device.requests.map(({ token }) => token)
    if (first === undefined || second === undefined) throw new Error('it was not asked twice')
    expect(device.notify(first, value('21', 2))).toBe('reset')
    expect(device.notify(second, value('22', 3))).toBe('ack')
    bench.command({ id: 'x', endpoint: 'device', operation: 'cancel', path: TEMPERATURE, passive: false })
    device.move('192.0.2.10:60000')
    update()
    const cancels = device.requests.slice(2)
    expect(cancels.map((request) => numberOption(request, 'Observe'))).toEqual([1, 1])
    expect(cancels.map(({ token }) => token)).toEqual([second, second])
  })

  it.each([
    ['an Update from the same address', OLD],
    ['no Update', NEW],
  ])('%s changes nothing', (_name, address) => {
    const { device, life, update, again } = asked({ operation: 'execute', path: '/3/0/4' })
    device.move(address)
    if (address === OLD) update('lt=60')
    expect(life.results).toEqual([])
    expect(again()).toEqual([])
  })
})
