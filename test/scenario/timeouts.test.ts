import { describe, expect, it } from 'vitest'
import { defaultParameters } from '../../src/coap/parameters.ts'
import { Lwm2mBench, pathIn, type ScriptedDevice } from '../support/lwm2m.ts'

function setUp(answer: ScriptedDevice['answer'] = () => undefined) {
  const bench = new Lwm2mBench()
  const device = bench.device()
  device.register('ep=device&lt=0')
  device.answer = answer
  const read = (id = '1', path = '/3/0/0') =>
    bench.command({ id, endpoint: 'device', operation: 'read', path })
  /** When each transmission of the first request came, in milliseconds after the first. */
  const transmissions = () => {
    const [first] = device.requests
    const times = device.heardAt.filter((_, index) => device.heard[index]?.messageId === first?.messageId)
    return times.map((time) => time - (times[0] ?? 0))
  }
  return { bench, device, read, transmissions }
}

const error = (code: string) => ({ status: 'error', error: { code } })

describe('requests that are not answered', () => {
  it('15. a CON without an ACK -> coap_no_ack after the schedule of RFC 7252, 4.2', () => {
    const { bench, device, read, transmissions } = setUp()
    const { results } = read()
    bench.clock.advance(45_000)
    const [, first = 0, ...others] = transmissions()
    expect(first).toBeGreaterThanOrEqual(2_000)
    expect(first).toBeLessThanOrEqual(3_000)
    expect(others).toEqual([first * 3, first * 7, first * 15])
    const gets = device.heard.filter(({ code }) => code === '0.01')
    for (const get of gets) expect(get).toEqual(gets[0])
    bench.clock.advance(first * 31 - 45_000 - 1)
    expect(results).toEqual([])
    bench.clock.advance(1)
    expect(results).toMatchObject([error('coap_no_ack')])
    bench.clock.advance(600_000)
    expect([results.length, transmissions().length]).toEqual([1, 5])
  })

  it('15. the first wait is drawn anew for each request, within ACK_TIMEOUT and ACK_RANDOM_FACTOR', () => {
    const waits = new Set<number>()
    for (let index = 0; index < 40; index++) {
      const { bench, read, transmissions } = setUp()
      bench.random.bytes(index)
      read()
      bench.clock.advance(3_000)
      waits.add(transmissions()[1] ?? 0)
    }
    expect(waits.size).toBeGreaterThan(10)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(2_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_000)
  })

  it('16. an empty ACK and silence -> coap_no_response, without a further transmission', () => {
    const { bench, read, transmissions } = setUp(() => 'ack')
    const { results } = read()
    bench.clock.advance(defaultParameters.responseTimeout - 1)
    expect(results).toEqual([])
    bench.clock.advance(1)
    expect(results).toMatchObject([error('coap_no_response')])
    bench.clock.advance(600_000)
    expect([results.length, transmissions().length]).toEqual([1, 1])
  })

  it('16. a response that comes after it is answered with RST and changes nothing', () => {
    const { bench, device, read } = setUp(() => 'ack')
    const { results } = read()
    bench.clock.advance(defaultParameters.responseTimeout)
    const id = device.respond({ code: '2.05', payload: 'x' }, 0, {
      ack: false,
      confirmable: true,
      messageId: 9,
    })
    expect(device.receiptOf(id)).toBe('reset')
    expect(results).toMatchObject([error('coap_no_response')])
    expect(bench.factsOf('values')).toEqual([])
  })

  it('RST -> coap_reset at once', () => {
    const { read } = setUp(() => 'reset')
    expect(read().results).toMatchObject([error('coap_reset')])
  })

  it('the errors are distinct, and each says what to do', () => {
    const messages = (['ack', 'reset', undefined] as const).map((answer) => {
      const { bench, read } = setUp(() => answer)
      const { results } = read()
      bench.clock.advance(100_000)
      const [result] = results
      return result?.status === 'error' ? `${result.error.code}: ${result.error.message}` : 'ok'
    })
    expect(new Set(messages).size).toBe(3)
    for (const message of messages) expect(message).toContain('coap://192.0.2.10:40000')
  })
})

describe('requests in their turn', () => {
  it('one at a time; a silent one lets the next go', () => {
    const { bench, device, read } = setUp()
    const [first, second] = [read('1', '/3/0/0'), read('2', '/3/0/1')]
    bench.clock.advance(50_000)
    expect([first.sent, second.sent]).toEqual([1, 0])
    device.answer = () => ({ code: '2.05', payload: 'X1' })
    bench.clock.advance(50_000)
    expect(first.results).toMatchObject([error('coap_no_ack')])
    expect(second.results).toMatchObject([{ status: 'ok', code: '2.05', samples: [{ value: 'X1' }] }])
  })

  it('an answer to any transmission is the answer', () => {
    const { bench, device, read, transmissions } = setUp()
    const { results } = read()
    bench.clock.advance(20_000)
    expect(transmissions().length).toBe(4)
    device.respond({ code: '2.05', payload: 'late' })
    device.respond({ code: '2.05', payload: 'late' })
    expect(results).toMatchObject([{ status: 'ok', samples: [{ value: 'late' }] }])
    bench.clock.advance(600_000)
    expect([results.length, transmissions().length]).toEqual([1, 4])
    expect(bench.factsOf('values').length).toBe(1)
  })

  it.each([
    ['after its ACK', true],
    ['before its ACK, which is lost', false],
  ])('a separate response %s is acknowledged, also when it is repeated', (_, isAcknowledged) => {
    const { bench, device, read } = setUp(() => (isAcknowledged ? 'ack' : undefined))
    const { results } = read()
    const separate = { ack: false, confirmable: true, messageId: 9 }
    for (let repetition = 0; repetition < 2; repetition++) {
      const from = device.heard.length
      device.respond({ code: '2.05', payload: 'ACME' }, 0, separate)
      expect(device.receiptOf(9, from)).toBe('ack')
    }
    bench.clock.advance(600_000)
    expect(results).toMatchObject([{ status: 'ok', samples: [{ value: 'ACME' }] }])
    expect(device.requests.length).toBe(1)
  })

  it('an answer from another address is none', () => {
    const { bench, device, read } = setUp()
    const { results } = read()
    const { messageId, token } = device.requests[0] ?? {}
    const stranger = bench.device()
    stranger.say(
      { code: '2.05', payload: 'x' },
      { ack: true, ...(messageId && token ? { messageId, token } : {}) },
    )
    stranger.say({ code: '2.05', payload: 'x' }, { confirmable: true, ...(token ? { token } : {}) })
    expect(results).toEqual([])
    expect(stranger.heard).toEqual([])
  })

  it.each([1, 2, 3, 4])(
    'in foul weather each command ends once, and with its own answer: seed %i',
    (seed) => {
      const bench = new Lwm2mBench()
      bench.random.bytes(seed)
      const devices = Array.from({ length: 10 }, () => bench.device())
      for (const [index, device] of devices.entries()) {
        device.register(`ep=device${index}&lt=0`)
        device.answer = (request) => ({ code: '2.05', payload: `${index}${pathIn(request)}` })
      }
      bench.network.weather = { loss: 0.3, duplication: 0.3, latency: [0, 3_000] }
      const lives = Array.from({ length: 100 }, (_, index) => ({
        ...bench.command({
          id: `${index}`,
          endpoint: `device${index % 10}`,
          operation: 'read',
          path: `/3/0/${index % 3}`,
        }),
        answer: `${index % 10}/3/0/${index % 3}`,
      }))
      bench.clock.advance(3_600_000)
      for (const { results, answer } of lives) {
        expect(results.length).toBe(1)
        const [result] = results
        if (result?.status === 'ok') expect(result.samples?.[0]?.value).toBe(answer)
        else expect(result).toMatchObject(error('coap_no_ack'))
      }
      expect(lives.filter(({ results }) => results[0]?.status === 'ok').length).toBeGreaterThan(70)
      expect(bench.clock.pending()).toEqual([])
    },
  )

  it('a command that is given up ends with coap_cancelled, waiting or sent; the next one goes on', () => {
    const { bench, device, read } = setUp()
    const [first, second, third] = [read('1'), read('2'), read('3', '/3/0/2')]
    second.pending.cancel()
    expect(second.results).toMatchObject([error('coap_cancelled')])
    first.pending.cancel()
    first.pending.cancel()
    expect(first.results).toMatchObject([error('coap_cancelled')])
    bench.clock.advance(0)
    expect(device.requests.map(pathIn)).toEqual(['/3/0/0', '/3/0/2'])
    device.respond({ code: '2.05', payload: 'S1' })
    third.pending.cancel()
    expect(third.results).toMatchObject([{ status: 'ok' }])
    expect([first.results.length, second.results.length, second.sent]).toEqual([1, 1, 0])
  })

  it('too many that wait -> coap_overload, at once and for the surplus alone', () => {
    const { bench, device, read } = setUp()
    const commands = Array.from({ length: 70 }, (_, index) => read(`${index}`))
    const refused = commands.filter(({ results }) => results.length > 0)
    expect(refused.length).toBe(5)
    for (const { results } of refused) expect(results).toMatchObject([error('coap_overload')])
    device.answer = () => ({ code: '2.05', payload: 'A' })
    device.respond({ code: '2.05', payload: 'A' })
    bench.clock.advance(0)
    expect(commands.filter(({ results }) => results[0]?.status === 'ok').length).toBe(65)
  })

  it('one that is given up as soon as it is sent is not sent again', () => {
    const { bench, device } = setUp()
    const results: string[] = []
    const ask = (id: string, sent: () => void) =>
      bench.server.commands.accept(
        { id, endpoint: 'device', operation: 'read', path: '/3/0/0' },
        { sent, done: ({ status }) => results.push(`${id} ${status}`) },
      )
    const first = ask('1', () => {})
    const second = ask('2', () => second.cancel())
    bench.clock.advance(0)
    first.cancel()
    bench.clock.advance(600_000)
    expect(results).toEqual(['1 error', '2 error'])
    expect(device.heard.filter(({ code }) => code === '0.01').length).toBe(2)
  })
})
