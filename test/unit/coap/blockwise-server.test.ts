import { describe, expect, it } from 'vitest'
import type { CoapParameters } from '../../../src/coap/parameters.ts'
import { blockNumber, blockOf } from '../../support/block-device.ts'
import { coap, describeCoap, readCoap, type Sketch } from '../../support/coap.ts'
import { exposedGc } from '../../support/gc.ts'
import { Rig, SERVER } from './rig.ts'

const BODY = Buffer.from(Array.from({ length: 200 }, (_, index) => 65 + (index % 26)))
const LOCATED = { code: 0x41, locationPath: ['rd', '5'] }

/** A device that speaks to our endpoint, each message with an id and a token of its own. */
class Talk {
  readonly rig: Rig
  #id = 1

  constructor(parameters: Partial<CoapParameters> = {}) {
    this.rig = new Rig(parameters)
    this.rig.onRequest = ({ reply }) => reply.respond(LOCATED)
  }

  /** Sends a block of 64 bytes of a body; returns code and Block1 of the answer. */
  block(
    num: number,
    options: Sketch['options'] = {},
    body = BODY,
    more = (num + 1) * 64 < body.length,
  ): string {
    const Block1 = blockNumber(num, more, 64)
    return this.send(
      'POST',
      { 'Uri-Path': ['rd'], Block1, ...options },
      body.subarray(num * 64, (num + 1) * 64),
    )
  }

  get(options: NonNullable<Sketch['options']>, code = 'GET'): ReturnType<typeof readCoap> {
    this.rig.device.send(coap({ code, id: this.#id++, token: 'a1', options }))
    return readCoap(this.#answer())
  }

  send(code: string, options: Sketch['options'], payload: Buffer): string {
    const id = this.#id++
    this.rig.device.send(
      coap({ code, id, token: id.toString(16).padStart(4, '0'), options: { ...options }, payload }),
    )
    return describeCoap(this.#answer()).replace(/^ACK (\S+) #\d+ token \S+/, '$1')
  }

  #answer(): Uint8Array {
    this.rig.settle()
    const [answer = coap({ id: 0 })] = this.rig.device.take() // an empty message where there is none
    return answer
  }

  get bodies(): string[] {
    return this.rig.handled.map(({ request }) => Buffer.from(request.payload).toString())
  }

  /** Nothing is left when all has been forgotten. */
  end(): void {
    this.rig.clock.advance(1_000_000)
    expect(this.rig.clock.pending()).toEqual([])
    expect(this.rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  }
}

const CONTINUE = (num: number) => `2.31 Block1=${blockNumber(num, true, 64).toString(16).padStart(2, '0')}`
const DONE = '2.01 Location-Path=rd Location-Path=5 Block1=32'
const LOST = (num: number, more: boolean) =>
  `4.08 Block1=${blockNumber(num, more, 64).toString(16).padStart(2, '0')}`

describe('a request in blocks', () => {
  it('is handled once, whole; the Location comes with the final block only', () => {
    const talk = new Talk()
    const answers = [0, 1, 2, 3].map((num) =>
      talk.block(num, { 'Content-Format': 40, 'Uri-Query': ['ep=a', 'lt=60'] }),
    )
    expect(answers).toEqual([CONTINUE(0), CONTINUE(1), CONTINUE(2), DONE])
    expect(talk.bodies).toEqual([`${BODY}`])
    expect(talk.rig.handled[0]?.request).toMatchObject({
      ...{ path: ['rd'], query: ['ep=a', 'lt=60'], contentFormat: 40, confirmable: true },
    })
    talk.end()
  })

  it('is known by path, query and Request-Tag, not by the token, which changes at each block', () => {
    const talk = new Talk()
    const other = Buffer.from(BODY).reverse()
    const tag = (value: string) => ({ 292: Buffer.from(value) })
    for (const num of [0, 1, 2, 3]) {
      talk.block(num, tag('1'))
      talk.block(num, tag('2'), other)
      talk.block(num, {}, BODY)
      talk.block(num, { 'Uri-Query': 'x' }, other)
    }
    expect(talk.bodies).toEqual([`${BODY}`, `${other}`, `${BODY}`, `${other}`])
    talk.end()
  })

  it('belongs to its peer', () => {
    const talk = new Talk()
    talk.block(0)
    const Block1 = blockNumber(1, false, 64)
    talk.rig.other.send(coap({ code: 'POST', id: 9, options: { 'Uri-Path': ['rd'], Block1 }, payload: 'x' }))
    talk.rig.settle()
    expect(talk.rig.other.take().map(describeCoap)).toEqual(['ACK 4.08 #9 Block1=12'])
    expect(talk.rig.handled).toEqual([])
  })

  it('begins anew at block 0', () => {
    const talk = new Talk()
    const other = Buffer.from(BODY).reverse()
    talk.block(0)
    talk.block(1)
    for (const num of [0, 1, 2, 3]) talk.block(num, {}, other)
    expect(talk.bodies).toEqual([`${other}`])
  })

  it('with a block missing is answered 4.08, and may go on where it was', () => {
    const talk = new Talk()
    talk.block(0)
    expect(talk.block(2)).toBe(LOST(2, true))
    expect([1, 2, 3].map((num) => talk.block(num))).toEqual([CONTINUE(1), CONTINUE(2), DONE])
    expect(talk.block(3)).toBe(LOST(3, false)) // it is over
    expect(talk.bodies).toHaveLength(1)
  })

  it('whose block comes again in a new message counts it once; with other bytes it is 4.08', () => {
    const talk = new Talk()
    talk.block(0)
    expect([talk.block(1), talk.block(1), talk.block(0 + 1)]).toEqual([CONTINUE(1), CONTINUE(1), CONTINUE(1)])
    expect(talk.block(1, {}, Buffer.from(BODY).reverse())).toBe(LOST(1, true))
    talk.block(2)
    talk.block(3)
    expect(talk.bodies).toEqual([`${BODY}`])
  })

  it('whose block is repeated as it was is answered as before', () => {
    const { rig } = new Talk()
    const first = coap({
      code: 'POST',
      id: 1,
      options: { 'Uri-Path': ['rd'], Block1: 0x08 },
      payload: 'x'.repeat(16),
    })
    const last = coap({ code: 'POST', id: 2, options: { 'Uri-Path': ['rd'], Block1: 0x10 }, payload: 'y' })
    rig.onRequest = ({ reply }) => reply.respond(LOCATED)
    expect(rig.say(first, first)).toEqual(['ACK 2.31 #1 Block1=08', 'ACK 2.31 #1 Block1=08'])
    const done = 'ACK 2.01 #2 Location-Path=rd Location-Path=5 Block1=10'
    expect(rig.say(last, last, first)).toEqual([done, done, 'ACK 2.31 #1 Block1=08'])
    expect(rig.handled).toHaveLength(1)
  })

  it('of another Content-Format than its first block is 4.08', () => {
    const talk = new Talk()
    talk.block(0, { 'Content-Format': 40 })
    expect(talk.block(1, { 'Content-Format': 42 })).toBe(LOST(1, true))
  })

  it('may tell its Content-Format in its first block only', () => {
    const talk = new Talk()
    const answers = [0, 1, 2, 3].map((num) => talk.block(num, num === 0 ? { 'Content-Format': 40 } : {}))
    expect(answers).toEqual([CONTINUE(0), CONTINUE(1), CONTINUE(2), DONE])
    expect(talk.rig.handled[0]?.request).toMatchObject({ contentFormat: 40 })
  })

  it('which asks for a later block of its answer already is continued', () => {
    const talk = new Talk()
    const Block2 = blockNumber(1, false, 64)
    expect([0, 1, 2].map((num) => talk.block(num, { Block2 }))).toEqual([
      CONTINUE(0),
      CONTINUE(1),
      CONTINUE(2),
    ])
  })

  it.each<[string, number, number]>([
    ['of the reserved size', 0x0f, 64],
    ['that is shorter than it says', 0x0a, 63],
    ['that is longer than it says', 0x02, 65],
  ])('with a block %s is 4.00', (_, Block1, length) => {
    const talk = new Talk()
    expect(talk.send('POST', { 'Uri-Path': ['rd'], Block1 }, Buffer.alloc(length, 'x'))).toMatch(/^4\.00/)
    expect(talk.rig.handled).toEqual([])
    talk.end()
  })

  it('may come as NON messages', () => {
    const { rig } = new Talk()
    const block = (id: number, Block1: number, payload: string) =>
      coap({ type: 'NON', code: 'POST', id, options: { 'Uri-Path': ['rd'], Block1 }, payload })
    rig.say(block(1, 0x08, 'x'.repeat(16)), block(2, 0x10, 'y'))
    expect(rig.handled[0]?.request.payload).toHaveLength(17)
  })

  it('is answered late with its Block1 as well', () => {
    const talk = new Talk()
    talk.rig.onRequest = () => {}
    for (const num of [0, 1, 2, 3]) talk.block(num)
    talk.rig.clock.advance(1_000)
    talk.rig.handled[0]?.reply.respond(LOCATED)
    expect(talk.rig.heard().at(-1)).toMatch(/^CON 2\.01 .*Block1=32$/)
  })
})

describe('what is too much', () => {
  const TOO_LARGE = '4.13 Block1=0a Size1=80'

  it('announced by Size1: 4.13 at the first block, with the limit', () => {
    const talk = new Talk({ bodyBytes: 128 })
    expect(talk.block(0, { Size1: 129 })).toBe(TOO_LARGE)
    expect(talk.rig.endpoint.held.bytes).toBeLessThan(400)
    expect(talk.block(1)).toBe(LOST(1, true))
    talk.end()
  })

  it('not announced: 4.13 at the block that passes the limit, and its memory is free', () => {
    const talk = new Talk({ bodyBytes: 128 })
    expect([0, 1, 2].map((num) => talk.block(num))).toEqual([
      ...[CONTINUE(0), CONTINUE(1), '4.13 Block1=2a Size1=80'],
    ])
    expect(talk.block(3)).toBe(LOST(3, false))
    talk.end()
  })

  it('one transfer more than a peer may have: the one that was idle longest is given up', () => {
    const talk = new Talk({ transfersPerPeer: 2 })
    talk.block(0, { 'Uri-Query': 'a' })
    talk.rig.clock.advance(1)
    talk.block(0, { 'Uri-Query': 'b' })
    talk.rig.clock.advance(1)
    talk.block(1, { 'Uri-Query': 'a' })
    talk.block(0, { 'Uri-Query': 'c' })
    const answers = ['a', 'b', 'c'].map((query) => talk.block(query === 'a' ? 2 : 1, { 'Uri-Query': query }))
    expect(answers).toEqual([CONTINUE(2), LOST(1, true), CONTINUE(1)])
    talk.end()
  })

  it('one transfer more than there may be in all: the same', () => {
    const talk = new Talk({ transfersInAll: 1 })
    talk.block(0)
    const Block1 = blockNumber(0, true, 16)
    talk.rig.other.send(
      coap({ code: 'POST', id: 9, options: { 'Uri-Path': ['rd'], Block1 }, payload: BODY.subarray(0, 16) }),
    )
    talk.rig.settle()
    expect(talk.block(1)).toBe(LOST(1, true))
    talk.end()
  })

  it('more bytes than all bodies may have: the oldest go, and one that fits nowhere is 5.03 with Max-Age', () => {
    const talk = new Talk({ bodiesBytes: 1_200 })
    talk.block(0, { 'Uri-Query': 'a' })
    talk.block(0, { 'Uri-Query': 'b' })
    expect(talk.block(0, { 'Uri-Query': 'c' })).toBe(CONTINUE(0))
    expect(talk.block(1, { 'Uri-Query': 'a' })).toBe(LOST(1, true))
    const REFUSED = /^5\.03 .*Max-Age=1e/
    const small = new Talk({ bodiesBytes: 520 })
    expect(small.block(0)).toMatch(REFUSED)
    const middling = new Talk({ bodiesBytes: 600 })
    expect(middling.block(0)).toBe(CONTINUE(0))
    expect(middling.block(1)).toMatch(REFUSED) // in the middle
    for (const each of [talk, small, middling]) each.end()
  })

  it('a transfer that is idle too long is forgotten, with its memory and its peer', () => {
    const talk = new Talk({ transferIdle: 60_000, exchangeLifetime: 30_000 })
    talk.block(0)
    talk.rig.clock.advance(59_000)
    expect(talk.rig.endpoint.held.bytes).toBeGreaterThan(64)
    expect(talk.block(1)).toBe(CONTINUE(1))
    talk.rig.clock.advance(61_000)
    expect(talk.block(2)).toBe(LOST(2, true))
    talk.end()
  })

  it('transfers end with the path to their peer, and with the endpoint', () => {
    for (const end of [
      (rig: Rig) => rig.endpoint.stop(),
      (rig: Rig) => rig.endpoint.closed(rig.network.peer(SERVER, rig.device.address), 'gone'),
    ]) {
      const { rig } = new Talk()
      rig.device.send(
        coap({ code: 'POST', id: 1, options: { 'Uri-Path': ['rd'], Block1: 0x08 }, payload: 'x'.repeat(16) }),
      )
      rig.settle()
      expect(rig.endpoint.held.bytes).toBeGreaterThan(500)
      end(rig)
      expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
    }
  })
})

describe('what is kept of a transfer', () => {
  it('does not grow with its path and query', () => {
    const gc = exposedGc()
    const query = Array.from({ length: 230 }, (_, index) => `${index}=`.padEnd(250, 'x'))
    const rig = new Rig()
    const begin = (index: number): void => {
      const device = rig.network.device(`192.0.2.9:${40_000 + index}`, SERVER)
      const options = { 'Uri-Path': ['rd'], 'Uri-Query': query, Block1: 0x08 }
      device.send(coap({ code: 'POST', id: 1, options, payload: Buffer.alloc(16) }))
      rig.settle()
      device.take()
    }
    begin(0)
    gc()
    const before = process.memoryUsage().heapUsed
    for (let index = 1; index <= 100; index++) begin(index)
    gc()
    const used = process.memoryUsage().heapUsed - before
    expect(rig.endpoint.held.peers).toBe(101)
    expect(used / 100).toBeLessThan(20_000) // the query alone has 57 kB
  })
})

describe('a long answer of ours', () => {
  const path = { 'Uri-Path': ['bs'] }
  const serving = (parameters: Partial<CoapParameters> = {}): Talk => {
    const talk = new Talk({ blockSize: 64, ...parameters })
    talk.rig.onRequest = ({ reply }) => reply.respond({ code: 0x45, contentFormat: 42, payload: BODY })
    return talk
  }
  const two = (num: number, size = 64) => ({ ...path, Block2: blockNumber(num, false, size) })
  const names = ({ options }: ReturnType<typeof readCoap>) => options.map(({ name }) => `${name}`)

  it('goes out block by block, from one handling, with one ETag, and its size at the first', () => {
    const talk = serving()
    const answers = [talk.get(path), talk.get(two(1)), talk.get(two(2)), talk.get(two(3))]
    expect(Buffer.concat(answers.map(({ payload }) => payload)).equals(BODY)).toBe(true)
    expect(answers.map(names)).toEqual([
      ['ETag', 'Content-Format', 'Block2', 'Size2'],
      ...new Array(3).fill(['ETag', 'Content-Format', 'Block2']),
    ])
    expect(new Set(answers.map(({ options }) => options[0]?.value.toString('hex'))).size).toBe(1)
    expect(talk.rig.handled).toHaveLength(1)
    talk.end()
  })

  it('keeps an ETag that the handler gave', () => {
    const talk = serving()
    const options = [{ number: 4, value: Buffer.from('mine') }]
    talk.rig.onRequest = ({ reply }) => reply.respond({ code: 0x45, options, payload: BODY })
    expect(talk.get(path).options[0]?.value.toString()).toBe('mine')
  })

  it('is forgotten with its last block, and after that a block of it is made anew, under the same ETag', () => {
    const talk = serving()
    const first = talk.get(path)
    const before = talk.rig.endpoint.held.bytes
    talk.get(two(3))
    expect(talk.rig.endpoint.held.bytes).toBeLessThan(before)
    const again = talk.get(two(1))
    expect(again.payload.equals(BODY.subarray(64, 128))).toBe(true)
    expect(again.options[0]?.value).toEqual(first.options[0]?.value)
    expect(talk.rig.handled).toHaveLength(2)
    talk.end()
  })

  it('of a POST is not made anew for a later block: 4.08', () => {
    const talk = serving()
    expect(talk.get(two(1), 'POST').code).toBe('4.08')
    expect(talk.get(path, 'POST').code).toBe('2.05')
    expect(talk.get(two(1), 'POST').payload.equals(BODY.subarray(64, 128))).toBe(true)
    expect(talk.rig.handled).toHaveLength(1)
  })

  it('has no block behind its end: 4.00', () => {
    const talk = serving()
    expect(talk.get(two(4)).code).toBe('4.00')
    talk.end()
  })

  it('is not mixed up with that to another query or Accept', () => {
    const talk = serving()
    talk.get(path)
    talk.get({ ...two(1), Accept: 110 })
    talk.get({ ...two(1), 'Uri-Query': 'x' })
    expect(talk.rig.handled).toHaveLength(3)
  })

  it('that is a long diagnostic goes in blocks as well', () => {
    const talk = serving()
    talk.rig.onRequest = ({ reply }) => reply.respond({ code: 0x84, payload: BODY })
    const answer = talk.get(path)
    expect([answer.code, blockOf(answer, 'Block2')]).toEqual(['4.04', { num: 0, more: true, size: 64 }])
  })

  it('goes out without being kept where there is no room, and is made anew', () => {
    const talk = serving({ bodiesBytes: 600 })
    talk.get(path)
    expect(talk.get(two(1)).payload.equals(BODY.subarray(64, 128))).toBe(true)
    expect(talk.rig.handled).toHaveLength(2)
    talk.end()
  })
})
