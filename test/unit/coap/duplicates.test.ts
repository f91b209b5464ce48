import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/coap/fingerprint.ts'
import { coap, describeCoap } from '../../support/coap.ts'
import { Rig } from './rig.ts'

const post = (id: number, payload = 'x', token = '01'): Buffer =>
  coap({ code: 'POST', id, token, options: { 'Uri-Path': ['rd'] }, payload })

/** Answers each request with its number. */
function counting(rig: Rig): void {
  rig.onRequest = ({ reply }) => reply.respond({ code: 0x44, payload: Buffer.from(`${rig.handled.length}`) })
}

describe('a repeated request', () => {
  it('is answered with the very same message, and handled once', () => {
    const rig = new Rig()
    counting(rig)
    expect(rig.say(post(7))).toEqual(['ACK 2.04 #7 token 01 "1"'])
    rig.clock.advance(246_000)
    expect(rig.say(post(7), post(7))).toEqual(['ACK 2.04 #7 token 01 "1"', 'ACK 2.04 #7 token 01 "1"'])
    expect(rig.handled).toHaveLength(1)
    expect(rig.endpoint.counters.duplicates).toBe(2)
  })

  it('is a new one after EXCHANGE_LIFETIME', () => {
    const rig = new Rig()
    counting(rig)
    rig.say(post(7))
    rig.clock.advance(248_000)
    expect(rig.say(post(7))).toEqual(['ACK 2.04 #7 token 01 "2"'])
  })

  it('is known for EXCHANGE_LIFETIME after an answer that came late', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(post(7))
    rig.clock.advance(900)
    rig.handled[0]?.reply.respond({ code: 0x44 })
    expect(rig.heard()).toEqual(['ACK 2.04 #7 token 01'])
    rig.clock.advance(246_500)
    expect(rig.say(post(7))).toEqual(['ACK 2.04 #7 token 01'])
    expect(rig.handled).toHaveLength(1)
  })

  it('is met with silence while the handler is at work', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    expect(rig.say(post(7), post(7))).toEqual([])
    expect(rig.handled).toHaveLength(1)
    rig.handled[0]?.reply.respond({ code: 0x44 })
    expect(rig.heard()).toEqual(['ACK 2.04 #7 token 01'])
  })

  it('is met with the empty ACK again once that has been sent, before and after the separate response', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(post(7))
    rig.clock.advance(1_000)
    rig.heard()
    expect(rig.say(post(7))).toEqual(['ACK 0.00 #7'])
    rig.handled[0]?.reply.respond({ code: 0x44 })
    const [separate = ''] = rig.heard()
    rig.say(coap({ type: 'ACK', id: Number(/#(\d+)/.exec(separate)?.[1]) }))
    expect(rig.say(post(7))).toEqual(['ACK 0.00 #7'])
    expect(rig.handled).toHaveLength(1)
  })

  it('that is NON is dropped', () => {
    const rig = new Rig()
    const request = coap({ type: 'NON', code: 'POST', id: 7, token: '01' })
    expect(rig.say(request)).toHaveLength(1)
    expect(rig.say(request)).toEqual([])
    expect(rig.handled).toHaveLength(1)
  })

  it('of another peer under the same id is a request of its own', () => {
    const rig = new Rig()
    rig.device.send(post(7))
    rig.other.send(post(7))
    rig.settle()
    expect(rig.handled).toHaveLength(2)
    expect([...rig.device.take(), ...rig.other.take()].map(describeCoap)).toEqual([
      'ACK 2.04 #7 token 01',
      'ACK 2.04 #7 token 01',
    ])
  })
})

describe('a message id that is used again for something else', () => {
  const original = post(7)
  it.each([
    ['another payload', post(7, 'y')],
    ['another token', post(7, 'x', '02')],
    [
      'another code',
      coap({ code: 'PUT', id: 7, token: '01', options: { 'Uri-Path': ['rd'] }, payload: 'x' }),
    ],
    [
      'another option',
      coap({ code: 'POST', id: 7, token: '01', options: { 'Uri-Path': ['re'] }, payload: 'x' }),
    ],
    [
      'another type',
      coap({ type: 'NON', code: 'POST', id: 7, token: '01', options: { 'Uri-Path': ['rd'] }, payload: 'x' }),
    ],
  ])('is a new message: %s', (_name, other) => {
    const rig = new Rig()
    counting(rig)
    rig.say(original)
    expect(rig.say(other)[0]).toContain('"2"')
    expect(rig.handled).toHaveLength(2)
  })

  it('takes the place of the first, whose late answer is dropped', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(original, post(7, 'y'))
    rig.handled[0]?.reply.respond({ code: 0x80 })
    expect(rig.heard()).toEqual([])
    rig.handled[1]?.reply.respond({ code: 0x44 })
    expect(rig.heard()).toEqual(['ACK 2.04 #7 token 01'])
  })

  it('does not leave the timer of the first behind', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(original, post(7, 'y'))
    rig.clock.advance(1_000)
    expect(rig.heard()).toEqual(['ACK 0.00 #7'])
  })
})

describe('the memory for duplicates', () => {
  it('is bounded for each peer: the oldest goes', () => {
    const rig = new Rig({ duplicatesPerPeer: 3 })
    counting(rig)
    for (const id of [1, 2, 3, 4]) rig.say(post(id))
    expect(rig.say(post(2))[0]).toContain('"2"')
    expect(rig.say(post(1))[0]).toContain('"5"')
  })

  it('keeps those that are at work, and then drops new messages unanswered', () => {
    const rig = new Rig({ duplicatesPerPeer: 2 })
    rig.onRequest = () => {}
    rig.say(post(1), post(2), post(3))
    expect(rig.handled).toHaveLength(2)
    expect(rig.endpoint.counters.overload).toBe(1)
    rig.handled[0]?.reply.respond({ code: 0x44 })
    rig.say(post(3), post(2))
    expect(rig.handled).toHaveLength(3)
  })

  it('that is full of notifications which are not safe yet has room for a request: the oldest goes', () => {
    const rig = new Rig({ duplicatesPerPeer: 3 })
    const { order } = rig.observe('0b5e')
    const notify = (id: number): Buffer =>
      coap({ code: '2.05', id, token: '0b5e', options: { Observe: id }, payload: '1' })
    expect(rig.say(notify(1), notify(2), notify(3), notify(4))).toEqual([])
    expect(rig.notified).toHaveLength(3)
    expect(rig.say(post(9))).toEqual(['ACK 2.04 #9 token 01'])
    for (const { settle } of rig.notified) settle.accept()
    expect(rig.heard()).toEqual(['ACK 0.00 #2', 'ACK 0.00 #3']) // the first is unknown, and comes again
    rig.say(notify(1))
    expect(rig.notified).toHaveLength(4)
    rig.notified[3]?.settle.accept()
    expect(rig.heard()).toEqual(['ACK 0.00 #1'])
    expect(order.sequence).toBe(3)
  })

  it('that is full of notifications has room for a separate response', () => {
    const rig = new Rig({ duplicatesPerPeer: 1 })
    const { order } = rig.observe('0b5e')
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    const notification = coap({ code: '2.05', id: 1, token: '0b5e', options: { Observe: 7 }, payload: '1' })
    rig.say(notification)
    expect(rig.say(coap({ code: '2.05', id: 2, token, payload: 'value' }))).toEqual(['ACK 0.00 #2'])
    expect(rig.results()).toEqual(['value'])
    expect(order.sequence).toBeUndefined() // as before it came, so that its repetition is not taken for an old one
    rig.say(notification)
    expect(rig.notified.map(({ notification: { fresh } }) => fresh)).toEqual([true, true])
  })

  it('is bounded in bytes for all peers: the oldest of any goes', () => {
    const rig = new Rig({ duplicatesBytes: 1_000 })
    counting(rig)
    for (const id of [1, 2, 3, 4, 5]) rig.say(post(id))
    expect(rig.endpoint.held.bytes).toBeLessThanOrEqual(1_000)
    rig.other.send(post(9))
    rig.settle()
    expect(rig.endpoint.held.bytes).toBeLessThanOrEqual(1_000)
    expect(rig.say(post(1))[0]).toContain('"7"')
    expect(rig.say(post(1))[0]).toContain('"7"')
  })

  it('drops what would not fit while all is at work', () => {
    const rig = new Rig({ duplicatesBytes: 1_000 })
    rig.onRequest = () => {}
    rig.say(post(1), post(2), post(3), post(4, 'z'.repeat(900)))
    expect(rig.handled).toHaveLength(3)
    expect(rig.endpoint.held.bytes).toBeLessThanOrEqual(1_000)
  })

  it('is empty once all has expired, and the peers are forgotten', () => {
    const rig = new Rig()
    rig.say(post(1), post(2))
    expect(rig.endpoint.held).toMatchObject({ peers: 1 })
    rig.clock.advance(600_000)
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
    expect(rig.clock.pending()).toEqual([])
  })

  it('has one timer, however many messages there are', () => {
    const rig = new Rig()
    for (let id = 0; id < 50; id++) rig.say(post(id))
    expect(rig.clock.pending().filter((name) => name === 'coap duplicates')).toHaveLength(1)
  })

  it('counts peers: beyond the limit the one that is idle longest is forgotten', () => {
    const rig = new Rig({ peers: 1 })
    counting(rig)
    rig.say(post(1))
    rig.other.send(post(1))
    rig.settle()
    expect(rig.endpoint.held.peers).toBe(1)
    expect(rig.say(post(1))[0]).toContain('"3"')
  })

  it('does not forget a peer with work in progress for the sake of another', () => {
    const rig = new Rig({ peers: 1 })
    rig.onRequest = () => {}
    rig.say(post(1))
    rig.other.send(post(1))
    rig.settle()
    expect(rig.handled).toHaveLength(1)
    expect(rig.endpoint.counters.overload).toBe(1)
    rig.handled[0]?.reply.respond({ code: 0x44 })
    expect(rig.heard()).toEqual(['ACK 2.04 #1 token 01'])
  })
})

describe('a peer that is closed', () => {
  it('begins anew under the same key, and nothing of its former life ends the new one', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(post(1))
    rig.endpoint.closed(rig.peer, 'gone')
    counting(rig)
    rig.clock.advance(200_000)
    expect(rig.say(post(1))).toEqual(['ACK 2.04 #1 token 01 "2"'])
    rig.clock.advance(48_000)
    expect(rig.say(post(1))).toEqual(['ACK 2.04 #1 token 01 "2"'])
  })
})

it('a busy peer that is closed leaves the others to be forgotten in their time', () => {
  const rig = new Rig()
  rig.other.send(post(1))
  rig.settle()
  rig.onRequest = () => {}
  rig.say(post(1))
  rig.endpoint.closed(rig.peer, 'gone')
  expect(rig.endpoint.held.peers).toBe(1)
  rig.clock.advance(300_000)
  expect(rig.endpoint.held.peers).toBe(0)
})

describe('a fingerprint', () => {
  it('tells apart messages that differ in any one or two bits, or in length', () => {
    const message = post(7, 'a payload of some length')
    const flip = (bit: number): void => {
      message[bit >> 3] = (message[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    }
    const seen = new Set<number>()
    let made = 0
    for (let length = 0; length < message.length; length++, made++) {
      seen.add(fingerprint(message.subarray(0, length), 1))
    }
    for (let one = 0; one < message.length * 8; one++) {
      flip(one)
      for (let other = one; other < message.length * 8; other++, made++) {
        if (other > one) flip(other)
        seen.add(fingerprint(message, 1))
        if (other > one) flip(other)
      }
      flip(one)
    }
    expect(seen.size).toBe(made)
  })

  it('tells zeros of one length from zeros of another', () => {
    const prints = Array.from({ length: 32 }, (_, length) => fingerprint(Buffer.alloc(length), 1))
    expect(new Set(prints).size).toBe(32)
  })

  it('is the same for the same bytes, and another under another seed', () => {
    const message = post(7)
    expect(fingerprint(message, 5)).toBe(fingerprint(Uint8Array.from(message), 5))
    expect(fingerprint(message, 5)).not.toBe(fingerprint(message, 6))
    expect(Number.isSafeInteger(fingerprint(message, 5))).toBe(true)
  })
})
