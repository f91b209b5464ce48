import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { Lwm2mBench, numberOption, pathIn, type Saying, type ScriptedDevice } from '../support/lwm2m.ts'

const TEMPERATURE = '/3303/0/5700'
const value = (payload: string, observe?: number): Saying => ({
  ...{ code: '2.05', contentFormat: 0, payload },
  ...(observe === undefined ? {} : { observe }),
})

/** A registered device of which a path is observed, by default its temperature, 20 at first. */
function observed(path = TEMPERATURE, format?: number, first: Saying = value('20', 1)) {
  const bench = new Lwm2mBench()
  const device = bench.device()
  const location = device.register('ep=device&lt=0&lwm2m=1.1')
  device.answer = () => first
  const more = format === undefined ? {} : { format }
  const { results } = bench.command({ id: 'o', endpoint: 'device', operation: 'observe', path, ...more })
  const token = device.requests[0]?.token ?? Buffer.alloc(0)
  const cancel = (passive: boolean): ReturnType<Lwm2mBench['command']> =>
    bench.command({ id: 'c', endpoint: 'device', operation: 'cancel', path, passive })
  return { bench, device, location, token, results, cancel }
}

/** What went up as values: the value of the first sample of each fact. */
function values(bench: Lwm2mBench): unknown[] {
  return bench.factsOf('values').map(({ samples }) => samples[0]?.value)
}

const LEVELS: readonly (readonly [string, string, Saying, number])[] = [
  [
    'object',
    '/3303',
    { code: '2.05', observe: 1, contentFormat: 110, payload: '[{"n":"/3303/0/5700","v":20}]' },
    20,
  ],
  [
    'instance',
    '/3/0',
    { code: '2.05', observe: 1, contentFormat: 11542, payload: Buffer.from('c10932', 'hex') },
    50,
  ],
  ['resource', TEMPERATURE, value('20', 1), 20],
  ['resource instance', '/3/0/7/1', value('5000', 1), 5000],
]

describe('Observe and Cancel', () => {
  it.each(LEVELS)('36. Observe on %s -> 2.05 and notifications', (_, path, saying, first) => {
    const { bench, device, results, token } = observed(path, 110, saying)
    const [request] = device.requests
    expect(
      request && [pathIn(request), numberOption(request, 'Observe'), numberOption(request, 'Accept')],
    ).toEqual([...[path, 0, 110]])
    expect(token.length).toBe(8)
    expect(results).toMatchObject([{ status: 'ok', code: '2.05', path, samples: [{ value: first }] }])
    expect(bench.facts.slice(1)).toMatchObject([
      { type: 'observed', path, code: '2.05' },
      { type: 'values', source: 'observe', path, late: false, sequence: 1 },
    ])
    expect(device.notify(token, { ...saying, observe: 2 })).toBe('ack')
    expect(bench.facts.at(-1)).toMatchObject({
      type: 'values',
      source: 'notify',
      path,
      late: false,
      sequence: 2,
    })
  })

  it.each([undefined, 112])(
    '36. an active cancel: Observe 1, the same token, the same Accept %s -> 2.05',
    (format) => {
      const { device, token, cancel } = observed(TEMPERATURE, format)
      device.answer = () => value('21')
      expect(cancel(false).results).toMatchObject([{ status: 'ok', code: '2.05', operation: 'cancel' }])
      const request = device.requests[1]
      expect(request?.token).toEqual(token)
      expect(
        request && [pathIn(request), numberOption(request, 'Observe'), numberOption(request, 'Accept')],
      ).toEqual([...[TEMPERATURE, 1, format]])
      expect(device.notify(token, value('22', 2))).toBe('reset')
      expect(cancel(false).results).toMatchObject([{ error: { code: 'observation_unknown' } }])
    },
  )

  it('36. a notification that crosses an active cancel is a value, not the answer', () => {
    const { bench, device, token, cancel } = observed()
    device.answer = () => undefined
    const { results } = cancel(false)
    expect(device.notify(token, value('21', 2))).toBe('ack')
    expect(results).toEqual([])
    device.respond(value('21'))
    expect(results).toMatchObject([{ status: 'ok', code: '2.05' }])
    expect(values(bench)).toEqual([20, 21])
  })

  it.each([
    ['refused', () => ({ code: '4.04' }) as const, 'device_refused'],
    ['answered with RST', () => 'reset' as const, 'coap_reset'],
    ['not answered', () => undefined, 'coap_no_ack'],
  ])('36. an active cancel that is %s: the observation is forgotten all the same', (_, answer, code) => {
    const { bench, device, token, cancel } = observed()
    device.answer = answer
    const { results } = cancel(false)
    bench.clock.advance(100_000)
    expect(results).toMatchObject([{ status: 'error', error: { code } }])
    expect(device.notify(token, value('22', 2))).toBe('reset')
  })

  it.each([true, false])(
    '36. a passive cancel: RST at the next notification, confirmable %s',
    (confirmable) => {
      const { bench, device, token, cancel } = observed()
      expect(cancel(true)).toMatchObject({ results: [{ status: 'ok' }], sent: 0 })
      expect(device.requests.length).toBe(1)
      expect(device.notify(token, value('22', 2), { confirmable })).toBe('reset')
      expect(values(bench)).toEqual([20])
    },
  )

  it.each(['4.04', '5.00'])("36. a deleted target's %s ends the observation with an event", (code) => {
    const { bench, device, token } = observed()
    expect(device.notify(token, { code })).toBe('ack')
    expect(bench.facts.at(-1)).toMatchObject({ type: 'observation-ended', path: TEMPERATURE, code })
    expect(values(bench)).toEqual([20])
    expect(device.notify(token, value('22', 3))).toBe('reset')
  })

  it('36. a notification without Observe is the last value, and ends it', () => {
    const { bench, device, token } = observed()
    expect(device.notify(token, value('21'))).toBe('ack')
    expect(bench.facts.slice(-2)).toMatchObject([
      { type: 'values', samples: [{ value: 21 }], late: false },
      { type: 'observation-ended', code: '2.05' },
    ])
    expect(device.notify(token, value('22', 3))).toBe('reset')
  })

  it('36. a refused Observe -> its code; one without Observe in the answer -> observe_unsupported', () => {
    const refused = observed(TEMPERATURE, undefined, { code: '4.05' })
    expect(refused.results).toMatchObject([
      { status: 'error', code: '4.05', error: { code: 'device_refused' } },
    ])
    const unsupported = observed(TEMPERATURE, undefined, value('20'))
    expect(unsupported.results).toMatchObject([{ status: 'error', error: { code: 'observe_unsupported' } }])
    expect(refused.bench.history).toEqual(['registered'])
    expect(unsupported.bench.history).toEqual(['registered', 'values'])
    expect(unsupported.bench.factsOf('values')).toMatchObject([{ source: 'read', samples: [{ value: 20 }] }])
    for (const { device, token } of [refused, unsupported]) {
      expect(device.notify(token, value('21', 2))).toBe('reset')
    }
  })

  it('36. observed again, it is asked with its token, and stands once', () => {
    const { bench, device, token } = observed()
    device.answer = () => value('21', 5)
    const again = { id: '2', endpoint: 'device', operation: 'observe', path: TEMPERATURE } as const
    expect(bench.command(again).results).toMatchObject([{ status: 'ok', samples: [{ value: 21 }] }])
    expect(device.requests[1]?.token).toEqual(token)
    expect(device.notify(token, value('22', 6))).toBe('ack')
    device.answer = () => ({ code: '4.04' })
    expect(bench.command(again).results).toMatchObject([{ status: 'error', code: '4.04' }])
    expect(bench.factsOf('observation-ended')).toMatchObject([{ path: TEMPERATURE, code: '4.04' }])
    expect(device.notify(token, value('23', 7))).toBe('reset')
  })

  it('36. asked for twice at once, one observation stands and the other is ended', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.register()
    device.answer = () => undefined
    const command: Command = { id: '1', endpoint: 'device', operation: 'observe', path: TEMPERATURE }
    const lives = [bench.command(command), bench.command({ ...command, id: '2' })]
    device.respond(value('20', 1))
    device.respond(value('20', 1))
    for (const { results } of lives) expect(results).toMatchObject([{ status: 'ok' }])
    const receipts = new Set(device.requests.map(({ token }) => token.toString('hex')))
    const answers = [...receipts].map((token) => device.notify(Buffer.from(token, 'hex'), value('21', 2)))
    expect(answers.filter((answer) => answer === 'ack').length).toBe(1)
    expect(answers.at(-1)).toBe('ack')
    expect(values(bench)).toEqual([20, 20, 21])
  })

  it('36. a notification that overtakes the lost answer founds the observation', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.register()
    device.answer = () => undefined
    const command: Command = { id: '1', endpoint: 'device', operation: 'observe', path: TEMPERATURE }
    const { results } = bench.command(command)
    const token = device.requests[0]?.token ?? Buffer.alloc(0)
    expect(device.notify(token, value('21', 2))).toBe('ack')
    expect(results).toMatchObject([{ status: 'ok', samples: [{ value: 21 }] }])
    device.respond(value('20', 1))
    expect(device.notify(token, value('22', 3))).toBe('ack')
    expect(values(bench)).toEqual([21, 22])
  })
})

describe('whose notification it is', () => {
  it('38b. a token that nobody knows from a registered peer -> RST', () => {
    const { bench, device } = observed()
    const stranger = Buffer.from('0102030405060708', 'hex')
    expect(device.notify(stranger, value('1', 1))).toBe('reset')
    expect(device.notify(Buffer.alloc(0), value('1', 1))).toBe('reset')
    expect(values(bench)).toEqual([20])
  })

  it.each([
    ['a known token from a foreign address', (token: Buffer) => token],
    ['an unknown token from an unregistered stranger', () => Buffer.from('01', 'hex')],
  ])('38b. %s: silence', (_, tokenFrom) => {
    const { bench, device, token } = observed()
    const stranger = bench.device()
    for (const confirmable of [true, false]) {
      expect(stranger.notify(tokenFrom(token), value('66', 9), { confirmable })).toBeUndefined()
      expect(stranger.notify(tokenFrom(token), { code: '4.04' }, { confirmable })).toBeUndefined()
    }
    expect(stranger.heard).toEqual([])
    expect(values(bench)).toEqual([20])
    expect(device.notify(token, value('21', 2))).toBe('ack')
  })

  it('38b. a known token from the address of another registered device: silence', () => {
    const { bench, token } = observed()
    const other = bench.device()
    other.register('ep=other')
    expect(other.notify(token, value('66', 9))).toBeUndefined()
    expect(values(bench)).toEqual([20])
  })

  it('38d. Update from a new port, then a notification: the observation lives on', () => {
    const { bench, device, location, token } = observed()
    device.move('192.0.2.10:55555')
    expect(device.notify(token, value('21', 2))).toBeUndefined()
    expect(device.update(location)).toBe('2.04')
    expect(device.notify(token, value('22', 3))).toBe('ack')
    const old = bench.device('192.0.2.10:40000')
    expect(old.notify(token, value('66', 4))).toBeUndefined()
    expect(old.notify(Buffer.of(1), value('66', 4))).toBeUndefined()
    expect(values(bench)).toEqual([20, 22])
    expect(device.requests.length).toBe(1)
  })

  it('38d. commands follow to the new port', () => {
    const { bench, device, location } = observed()
    device.move('192.0.2.10:55555')
    device.update(location)
    const { results } = bench.command({ id: 'r', endpoint: 'device', operation: 'read', path: '/3/0/9' })
    expect(results).toMatchObject([{ status: 'ok' }])
  })

  it('38d. with a credential, it lives on even without the Update', () => {
    const bench = new Lwm2mBench()
    const subject = { kind: 'psk', identity: 'lamp' } as const
    const device: ScriptedDevice = bench.device('192.0.2.10:1', subject)
    device.register('ep=lamp')
    device.answer = () => value('20', 1)
    bench.command({ id: 'o', endpoint: 'lamp', operation: 'observe', path: TEMPERATURE })
    const token = device.requests[0]?.token ?? Buffer.alloc(0)
    expect(bench.device('192.0.2.10:2', subject).notify(token, value('21', 2))).toBe('ack')
    const thief = bench.device('192.0.2.10:3', { kind: 'psk', identity: 'thief' })
    expect(thief.notify(token, value('66', 3))).toBeUndefined()
    expect(values(bench)).toEqual([20, 21])
  })
})
