import { describe, expect, it } from 'vitest'
import { coap, type Sketch } from '../../support/coap.ts'
import { Rig } from './rig.ts'

const post = (id: number, payload = ''): Buffer =>
  coap({ code: 'POST', id, token: 'ab', options: { 'Uri-Path': ['rd'] }, payload })

/** Sends requests with the ids from `first` on; returns the answers. */
function flood(rig: Rig, count: number, first = 1): string[] {
  return rig.say(...Array.from({ length: count }, (_, index) => post(first + index)))
}

const codes = (lines: string[]): string[] => lines.map((line) => line.split(' ')[1] as string)
const count = (lines: string[], code: string): number => codes(lines).filter((one) => one === code).length

describe('requests of one peer above the rate', () => {
  const parameters = { requestsPerSecond: 5, datagramsPerSecond: 10 }

  it('are answered 4.29 with Max-Age, and not handled', () => {
    const rig = new Rig(parameters)
    const lines = flood(rig, 22)
    expect(codes(lines)).toEqual([...new Array(20).fill('2.04'), '4.29', '4.29'])
    expect(lines[21]).toBe('ACK 4.29 #22 token ab Max-Age=01')
    expect(rig.handled).toHaveLength(20)
    expect(rig.endpoint.counters.tooMany).toBe(2)
  })

  it('are dropped above the rate of messages', () => {
    const rig = new Rig(parameters)
    const lines = flood(rig, 100)
    expect(count(lines, '2.04')).toBe(20)
    expect(count(lines, '4.29')).toBe(21) // the very first message was a stranger's, whom nobody had counted
    expect(lines).toHaveLength(41)
    expect(rig.endpoint.counters.dropped).toBe(59)
  })

  it('are handled when they are repeated later', () => {
    const rig = new Rig(parameters)
    expect(codes(flood(rig, 21)).at(-1)).toBe('4.29')
    rig.clock.advance(1_000)
    expect(codes(rig.say(post(21)))).toEqual(['2.04'])
  })

  it('do not hinder those of another peer', () => {
    const rig = new Rig(parameters)
    flood(rig, 100)
    rig.other.send(post(1))
    rig.settle()
    expect(rig.handled).toHaveLength(21)
  })

  it('that are NON are dropped in silence', () => {
    const rig = new Rig({ ...parameters, requestsPerSecond: 0.25 })
    const non = (id: number): Buffer =>
      coap({ type: 'NON', code: 'POST', id, options: { 'Uri-Path': ['rd'] } })
    expect(rig.say(non(1), non(2), non(3))).toHaveLength(1)
    expect(rig.endpoint.counters.tooMany).toBe(2)
  })

  it('are told how long to wait where the rate is below one a second', () => {
    const rig = new Rig({ requestsPerSecond: 0.1 })
    expect(flood(rig, 2).at(-1)).toContain('4.29 #2 token ab Max-Age=0a')
  })

  it('are no later blocks of a body, which come as fast as they are answered', () => {
    const rig = new Rig({ requestsPerSecond: 0.25 })
    const block = (num: number, more: boolean): Buffer =>
      coap({
        ...{ code: 'POST', id: 100 + num, token: 'ab', payload: 'x'.repeat(16) },
        options: { 'Uri-Path': ['rd'], Block1: (num << 4) | (more ? 8 : 0) },
      })
    const lines = rig.say(...Array.from({ length: 10 }, (_, num) => block(num, num < 9)))
    expect(codes(lines)).toEqual([...new Array(9).fill('2.31'), '2.04'])
    expect(rig.handled[0]?.request.payload).toHaveLength(160)
  })

  it.each<[string, Sketch]>([
    ['of an answer', { id: 0, code: 'GET', options: { 'Uri-Path': ['rd'], Block2: 0x12 } }],
    ['of a request', { id: 0, code: 'POST', options: { 'Uri-Path': ['rd'], Block1: 0x10 }, payload: 'x' }],
  ])('may be later blocks %s by their number, of which nothing is known', (_, sketch) => {
    const rig = new Rig({ requestsPerSecond: 2 })
    rig.onRequest = ({ reply }) => reply.respond({ code: 0x45 })
    const lines = rig.say(...Array.from({ length: 20 }, (_, id) => coap({ ...sketch, id })))
    expect(count(lines, '4.29')).toBe(12)
  })

  it('are no later blocks of an answer that is kept', () => {
    const rig = new Rig({ requestsPerSecond: 0.25, blockSize: 64 })
    rig.onRequest = ({ reply }) => reply.respond({ code: 0x45, payload: Buffer.alloc(640) })
    const get = (num: number): Buffer =>
      coap({ code: 'GET', id: num, options: { 'Uri-Path': ['bs'], Block2: (num << 4) | 2 } })
    const lines = rig.say(...Array.from({ length: 10 }, (_, num) => get(num)))
    expect(codes(lines)).toEqual(new Array(10).fill('2.05'))
    expect(rig.handled).toHaveLength(1)
  })

  it('are the first blocks of that answer again and again', () => {
    const rig = new Rig({ requestsPerSecond: 0.25, blockSize: 64 })
    rig.onRequest = ({ reply }) => reply.respond({ code: 0x45, payload: Buffer.alloc(640) })
    const get = (id: number): Buffer => coap({ code: 'GET', id, options: { 'Uri-Path': ['bs'], Block2: 2 } })
    expect(codes(rig.say(get(1), get(2), get(3)))).toEqual(['2.05', '4.29', '4.29'])
  })
})

describe('messages of one peer above the rate', () => {
  it('are dropped, be they garbage, repetitions or notifications', () => {
    const rig = new Rig({ datagramsPerSecond: 1 })
    rig.observe('0b5e')
    const notify = coap({ code: '2.05', id: 9, token: '0b5e', options: { Observe: 4 }, payload: '1' })
    rig.say(post(1), post(1), Buffer.from('40ff', 'hex'), post(1), notify)
    expect(rig.notified).toHaveLength(1) // and the stranger's first message
    rig.say(notify, post(2), notify)
    expect(rig.endpoint.counters.dropped).toBe(3)
    rig.clock.advance(1_000)
    expect(codes(rig.say(post(2)))).toEqual(['2.04'])
  })

  it('are no ACKs and RSTs, whose pace is ours', () => {
    const rig = new Rig({ datagramsPerSecond: 0.25 })
    rig.say(post(1), post(2), post(3))
    expect(rig.endpoint.counters.dropped).toBe(1)
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', code: '2.05', id, token, payload: 'value' }))
    expect(rig.results()).toEqual(['value'])
  })
})

it('datagrams of all peers above the rate are dropped', () => {
  const rig = new Rig({ datagramsPerSecondInAll: 1 })
  for (let id = 1; id <= 3; id++) {
    rig.device.send(post(id))
    rig.other.send(post(id))
  }
  rig.settle()
  expect(rig.handled).toHaveLength(4)
  expect(rig.endpoint.counters).toMatchObject({ received: 6, dropped: 2 })
})

describe('requests that CoAP itself refuses', () => {
  const strange = (id: number): Buffer => coap({ code: 'POST', id, options: { 65001: 'x', 65000: 'y' } })

  it('are logged with the options that are not understood', () => {
    const rig = new Rig()
    expect(rig.say(strange(1))).toEqual(['ACK 4.02 #1'])
    expect(rig.logged).toEqual([
      { code: 'coap_bad_option', address: 'coap://192.0.2.7:40000', answer: '4.02', options: [65_001] },
    ])
  })

  it('are logged so often a second, and then summed up', () => {
    const rig = new Rig()
    for (let id = 1; id <= 200; id++) rig.say(strange(id))
    expect(rig.logged).toHaveLength(50)
    rig.clock.advance(10_000)
    expect(rig.logged.at(-1)).toEqual({ code: 'log_suppressed', suppressed: 150 })
  })
})
