import { describe, expect, it } from 'vitest'
import { observed, story, TEMPERATURE, value } from '../support/scene.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

const NAME = '6c 2f333330332f302f35373030' // "/3303/0/5700" in CBOR
const NOON = 1_767_268_800
const noon = '41da5598 70000000' // the same as float64

describe('series', () => {
  it.each([
    ['SenML JSON', 110, `[{"bn":"${TEMPERATURE}","bt":${NOON},"v":20},{"t":10,"v":21},{"t":20.5,"v":20}]`],
    [
      'SenML CBOR',
      112,
      hex(`83 a3 21 ${NAME} 22 fb ${noon} 02 14  a2 06 0a 02 15  a2 06 fb 4034800000000000 02 14`),
    ],
  ])(
    '37. %s: several values of one resource keep their order and their times',
    (_, contentFormat, payload) => {
      const { bench, device, token } = observed()
      expect(device.notify(token, { code: '2.05', observe: 2, contentFormat, payload })).toBe('ack')
      const at = (seconds: number, value: number) => ({
        ...{ path: TEMPERATURE, type: 'float', value, time: (NOON + seconds) * 1000 },
      })
      expect(bench.factsOf('values')).toMatchObject([{ samples: [at(0, 20), at(10, 21), at(20.5, 20)] }])
    },
  )

  it.each([
    ['SenML JSON', 110, `[{"bn":"${TEMPERATURE}","t":-30,"v":20},{"t":-15.5,"v":21},{"v":22}]`],
    ['SenML CBOR', 112, hex(`83 a3 21 ${NAME} 06 38 1d 02 14  a2 06 f9 cbc0 02 15  a1 02 16`)],
  ])('37. %s: relative times are before the arrival', (_, contentFormat, payload) => {
    const { bench, device, token } = observed()
    bench.clock.advance(5_000)
    const now = bench.clock.wall()
    device.notify(token, { code: '2.05', observe: 2, contentFormat, payload })
    const [fact] = bench.factsOf('values')
    expect(fact?.at).toBe(now)
    expect(fact?.samples.map(({ value, time }) => [value, time])).toEqual([
      [20, now - 30_000],
      [21, now - 15_500],
      [22, undefined],
    ])
  })

  it('37. series of several resources stay interleaved as they came', () => {
    const { bench, device, token } = observed('/3303/0')
    const pack = [
      { bn: '/3303/0/', bt: NOON, n: '5700', v: 20 },
      { n: '5601', v: 18 },
      { n: '5700', t: 60, v: 21 },
      { n: '5601', t: 60, v: 18 },
    ]
    const payload = JSON.stringify(pack)
    device.notify(token, { code: '2.05', observe: 2, contentFormat: 110, payload })
    const samples = bench.factsOf('values')[0]?.samples
    expect(samples?.map(({ path, value, time = 0 }) => [path, value, time / 1000 - NOON])).toEqual([
      [TEMPERATURE, 20, 0],
      ['/3303/0/5601', 18, 0],
      [TEMPERATURE, 21, 60],
      ['/3303/0/5601', 18, 60],
    ])
  })
})

describe('what cannot be decoded', () => {
  it.each([
    ['text that is no number', 0, Buffer.from('hot'), 'payload_type'],
    ['JSON that ends early', 110, Buffer.from('[{"v":1'), 'payload_malformed'],
    ['another resource', 110, Buffer.from('[{"n":"/3303","v":1}]'), 'payload_malformed'],
    ['CBOR that ends early', 112, hex('82a1'), 'payload_malformed'],
    ['TLV that ends early', 11542, hex('e4164441'), 'payload_malformed'],
    ['an unknown format', 65000, Buffer.from('{}'), 'format_unsupported'],
    ['bytes that are no UTF-8', 0, hex('ff00fe'), 'payload_malformed'],
  ])('38. %s: an event with the payload, and the observation lives on', (_, contentFormat, payload, code) => {
    const { bench, device, token } = observed()
    expect(device.notify(token, { code: '2.05', observe: 2, contentFormat, payload })).toBe('ack')
    const [fact] = bench.factsOf('undecodable')
    expect(fact).toMatchObject({ endpoint: 'device', path: TEMPERATURE, contentFormat, code })
    expect(Buffer.from(fact?.payload ?? [])).toEqual(payload)
    expect(fact?.reason).not.toBe('')
    expect(device.notify(token, value('21', 3))).toBe('ack')
    expect(bench.history).toEqual(['undecodable', 'values'])
  })

  it('38. it is acknowledged once it is delivered', () => {
    const { bench, device, token } = observed()
    bench.outcome = 'hold'
    const messageId = device.say(value('hot', 2), { confirmable: true, token })
    expect(device.receiptOf(messageId)).toBeUndefined()
    bench.settle('broker')
    expect(device.receiptOf(messageId)).toBe('ack')
  })
})

describe('what CoAP forbids to use', () => {
  // as a number, which coap-packet takes and its types do not know
  const CRITICAL = { options: [{ name: 9 as never, value: Buffer.from('x') }] }

  it('a critical option that is not understood -> RST, which ends the observation with an event', () => {
    const { bench, device, token } = observed()
    expect(device.notify(token, value('21', 2), CRITICAL)).toBe('reset')
    expect(bench.facts).toMatchObject([{ type: 'observation-ended', path: TEMPERATURE }])
    expect(bench.factsOf('observation-ended')[0]?.reason).toContain('option 9')
    expect(device.notify(token, value('22', 3))).toBe('reset')
  })

  it('the same in a NON: silence, and the observation lives on', () => {
    const { bench, device, token } = observed()
    expect(device.notify(token, value('21', 2), { ...CRITICAL, confirmable: false })).toBeUndefined()
    expect(device.notify(token, value('22', 3))).toBe('ack')
    expect(story(bench)).toEqual([[22, 'fresh']])
  })
})

describe('order', () => {
  it('38a. a reordered notification is late: it goes out as an event with its time', () => {
    const { bench, device, token } = observed()
    device.notify(token, value('25', 5))
    const payload = `[{"n":"${TEMPERATURE}","v":23,"t":${NOON}}]`
    expect(device.notify(token, { code: '2.05', observe: 3, contentFormat: 110, payload })).toBe('ack')
    device.notify(token, value('26', 6))
    expect(story(bench)).toEqual([
      [25, 'fresh'],
      [23, 'late'],
      [26, 'fresh'],
    ])
    expect(bench.factsOf('values')[1]).toMatchObject({ sequence: 3, samples: [{ time: NOON * 1000 }] })
  })

  it.each([
    ['wraps around', 0xffffff, 0, 0, 'fresh'],
    ['wraps back', 2, 0xfffffe, 0, 'late'],
    ['is the same', 7, 7, 0, 'late'],
    ['is half ahead', 2, 2 + 2 ** 23, 0, 'late'],
    ['is lower within 128 s', 7, 3, 128_000, 'late'],
    ['is lower after 128 s', 7, 3, 128_001, 'fresh'],
  ])('38a. a number that %s', (_, first, second, wait, rank) => {
    const { bench, device, token } = observed()
    bench.clock.advance(200_000)
    device.notify(token, value('1', first), { confirmable: false })
    bench.clock.advance(wait)
    device.notify(token, value('2', second), { confirmable: false })
    expect(story(bench)).toEqual([
      [1, 'fresh'],
      [2, rank],
    ])
  })
})
