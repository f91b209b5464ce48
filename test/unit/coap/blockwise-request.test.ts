import { describe, expect, it } from 'vitest'
import { blockNumber, blockOf } from '../../support/block-device.ts'
import { coap, describeCoap, readCoap, type Sketch } from '../../support/coap.ts'
import { Rig } from './rig.ts'

type Asked = ReturnType<typeof readCoap>
type Answer = Omit<Sketch, 'id' | 'token'> | undefined

const LONG = Buffer.alloc(300, 'abcdefghijklmnopqrstuvwxyz')
const PUT = { code: 3, path: ['5', '0', '0'], payload: LONG }
const POST = { ...PUT, code: 2 }
const GET = { code: 1, path: ['3'] }

/** Lets the device answer all that it is asked; returns what that was, a line each. */
function converse(rig: Rig, answer: (asked: Asked, index: number) => Answer): string[] {
  const lines: string[] = []
  for (let index = 0; index < 200; index++) {
    rig.settle()
    const [bytes] = rig.device.received.splice(0, 1)
    if (bytes === undefined) break
    const asked = readCoap(bytes)
    const { num, more, size } = blockOf(asked, 'Block1') ??
      blockOf(asked, 'Block2') ?? { num: '', more: '', size: '' }
    lines.push(`${asked.code} ${num} ${more} ${size}`.trim())
    const token = asked.token.toString('hex')
    const reply = answer(asked, index)
    if (reply !== undefined) rig.device.send(coap({ type: 'ACK', id: asked.messageId, token, ...reply }))
  }
  return lines
}

/** Takes a body in blocks of 64 bytes. */
function take(asked: Asked): Answer {
  const block = blockOf(asked, 'Block1')
  if (block === undefined) return { code: '2.04' }
  const Block1 = blockNumber(block.num, block.more, Math.min(64, block.size))
  return { code: block.more ? '2.31' : '2.04', options: { Block1 } }
}

/** Gives a body in blocks of 64 bytes. */
function give(asked: Asked, body: Buffer = LONG, options: Sketch['options'] = {}): Answer {
  const num = blockOf(asked, 'Block2')?.num ?? 0
  const Block2 = blockNumber(num, (num + 1) * 64 < body.length, 64)
  return { code: '2.05', options: { ...options, Block2 }, payload: body.subarray(num * 64, (num + 1) * 64) }
}

/** An endpoint that has asked for a thing. */
function asking(request: Parameters<Rig['endpoint']['request']>[1], rig = new Rig({ blockSize: 128 })): Rig {
  rig.endpoint.request(rig.peer, request, (outcome) => rig.outcomes.push(outcome))
  return rig
}

const held = (rig: Rig): number => {
  rig.clock.advance(1_000_000)
  expect(rig.clock.pending()).toEqual([])
  return rig.endpoint.held.bytes
}

describe('a long body of ours', () => {
  it('goes in blocks, the first of which tells its size, each with a token of its own', () => {
    const rig = asking(PUT)
    const tokens = new Set<string>()
    const sizes: unknown[] = []
    const payloads: Buffer[] = []
    converse(rig, (asked) => {
      tokens.add(asked.token.toString('hex'))
      sizes.push(asked.options.find(({ name }) => name === 'Size1')?.value.toString('hex'))
      payloads.push(asked.payload)
      return take(asked)
    })
    expect(sizes).toEqual(['012c', undefined, undefined, undefined])
    expect(tokens.size).toBe(4)
    expect(Buffer.concat(payloads).equals(LONG)).toBe(true)
    expect(rig.outcomes).toMatchObject([{ code: 0x44 }])
    expect(held(rig)).toBe(0)
  })

  it('goes in smaller blocks from the first or from a later one on, as the device wants', () => {
    const rig = asking(PUT)
    const sizes = [128, 32, 32, 16]
    const lines = converse(rig, (asked, index) => {
      const block = blockOf(asked, 'Block1')
      const size = Math.min(sizes[index] ?? 16, block?.size ?? 0)
      return {
        code: block?.more ? '2.31' : '2.04',
        options: { Block1: blockNumber(block?.num ?? 0, block?.more ?? false, size) },
      }
    })
    expect(lines.slice(0, 6)).toEqual([
      ...['0.03 0 true 128', '0.03 1 true 128', '0.03 8 true 32', '0.03 9 false 32'],
    ])
    expect(rig.outcomes).toMatchObject([{ code: 0x44 }])
  })

  it('goes to the same device in blocks of that size from then on', () => {
    const rig = asking(PUT)
    converse(rig, take)
    asking({ ...PUT, payload: LONG.subarray(0, 100) }, rig)
    expect(converse(rig, take)).toEqual(['0.03 0 true 64', '0.03 1 false 64'])
  })

  it('goes whole to a device that gives small blocks: what it takes is another matter', () => {
    const rig = asking(GET)
    converse(rig, (asked) => {
      const num = blockOf(asked, 'Block2')?.num ?? 0
      const payload = LONG.subarray(num * 16, num * 16 + 16)
      return { code: '2.05', options: { Block2: blockNumber(num, num < 2, 16) }, payload }
    })
    expect(rig.results()).toEqual([`${LONG.subarray(0, 48)}`])
    asking({ ...PUT, payload: LONG.subarray(0, 100) }, rig)
    expect(converse(rig, take)).toEqual(['0.03'])
  })

  it('that was a single message is sent in the blocks that 4.13 asks for', () => {
    const rig = asking({ ...PUT, payload: LONG.subarray(0, 100) })
    const lines = converse(rig, (asked, index) =>
      index === 0 ? { code: '4.13', options: { Block1: blockNumber(0, false, 32) } } : take(asked),
    )
    expect(lines).toEqual(['0.03', '0.03 0 true 32', '0.03 1 true 32', '0.03 2 true 32', '0.03 3 false 32'])
    expect(rig.outcomes).toMatchObject([{ code: 0x44 }])
  })

  it('4.13 without a smaller size, or any other error, is the outcome', () => {
    const answers: Answer[] = [
      ...[{ code: '4.13' }, { code: '4.13', options: { Block1: blockNumber(0, false, 128) } }],
      ...[{ code: '4.15' }, { code: '5.03', options: { 'Max-Age': 5 } }],
    ]
    const outcomes = answers.map((answer) => {
      const rig = asking(PUT)
      expect(converse(rig, () => answer)).toHaveLength(1)
      return `${rig.outcomes[0]?.code}`
    })
    expect(outcomes).toEqual(['141', '141', '143', '163'])
  })

  it('of which the device lost blocks (4.08) is begun anew, three times, and then 4.08 is the outcome', () => {
    const once = asking(PUT)
    const lines = converse(once, (asked, index) => (index === 2 ? { code: '4.08' } : take(asked)))
    expect(lines.slice(2, 5)).toEqual(['0.03 3 true 64', '0.03 0 true 64', '0.03 1 true 64'])
    expect(once.outcomes).toMatchObject([{ code: 0x44 }])
    const always = asking(PUT)
    expect(converse(always, () => ({ code: '4.08' }))).toHaveLength(4)
    expect(always.outcomes).toMatchObject([{ code: 0x88 }])
  })

  it.each<[string, Answer]>([
    ['another block', { code: '2.31', options: { Block1: blockNumber(1, true, 128) } }],
    ['a block as if it were the whole', { code: '2.04' }],
  ])('of which %s is acknowledged has failed', (_, answer) => {
    const rig = asking(PUT)
    expect(converse(rig, () => answer)).toHaveLength(1)
    expect(rig.results()).toEqual(['coap_block_failed'])
  })

  it('whose last block is to be continued has failed', () => {
    const rig = asking(PUT)
    converse(rig, (asked) => ({ ...take(asked), code: '2.31' }))
    expect(rig.results()).toEqual(['coap_block_failed'])
  })

  it('goes on where 2.31 says nothing of blocks', () => {
    const rig = asking(PUT)
    converse(rig, (asked) => ({ code: blockOf(asked, 'Block1')?.more ? '2.31' : '2.04' }))
    expect(rig.outcomes).toMatchObject([{ code: 0x44 }])
  })

  it('that needs more blocks than have numbers is refused', () => {
    const rig = asking({ ...PUT, payload: new Uint8Array(16 * 2 ** 20 + 1) }, new Rig({ blockSize: 16 }))
    rig.settle()
    expect(rig.results()).toEqual(['coap_body_too_large'])
    expect(rig.device.received).toEqual([])
  })
})

describe('a long answer', () => {
  it('is fetched block by block, and is one answer', () => {
    const rig = asking({ ...GET, observe: 0 }, new Rig())
    const lines = converse(rig, (asked, index) => give(asked, LONG, index === 0 ? { Observe: 7 } : {}))
    expect(lines).toEqual([
      '0.01',
      '0.01 1 false 64',
      '0.01 2 false 64',
      '0.01 3 false 64',
      '0.01 4 false 64',
    ])
    expect(rig.results()).toEqual([`${LONG}`])
    expect(rig.outcomes).toMatchObject([{ code: 69, observe: 7 }])
    expect(held(rig)).toBe(0)
  })

  it('also in separate responses', () => {
    const rig = asking(GET, new Rig())
    converse(rig, (asked) => {
      rig.device.send(coap({ type: 'ACK', id: asked.messageId }))
      const id = 500 + asked.messageId
      if (asked.type !== 'CON') return undefined
      rig.device.send(
        coap({ id: id & 0xffff, token: asked.token.toString('hex'), code: '2.05', ...give(asked) }),
      )
      return undefined
    })
    expect(rig.results()).toEqual([`${LONG}`])
    expect(held(rig)).toBe(0)
  })

  it('whose ETag or Content-Format changes in the middle is fetched anew, and never mixed', () => {
    for (const key of ['ETag', 'Content-Format'] as const) {
      const rig = asking(GET, new Rig())
      const other = Buffer.from(LONG).reverse()
      const lines = converse(rig, (asked, index) =>
        give(asked, index < 2 ? LONG : other, { [key]: index < 2 ? 1 : 2 }),
      )
      expect(lines.slice(2, 4)).toEqual(['0.01 2 false 64', '0.01 0 false 64'])
      expect(rig.results()).toEqual([`${other}`])
    }
  })

  it('whose ETag and Content-Format stand in its first block only is one body', () => {
    const rig = asking(GET, new Rig())
    const lines = converse(rig, (asked, index) =>
      give(asked, LONG, index === 0 ? { ETag: 1, 'Content-Format': 42 } : {}),
    )
    expect(lines).toHaveLength(5)
    expect(rig.outcomes).toMatchObject([{ code: 0x45, contentFormat: 42 }])
    expect(rig.results()).toEqual([`${LONG}`])
  })

  it.each(['4.00', '4.08'])('that has no such block any more (%s) is fetched anew', (code) => {
    const rig = asking(GET, new Rig())
    const shorter = Buffer.from(LONG).reverse().subarray(0, 70)
    const lines = converse(rig, (asked, index) => {
      if (index < 2) return give(asked)
      return index === 2 ? { code } : give(asked, shorter)
    })
    expect(lines.slice(2)).toEqual(['0.01 2 false 64', '0.01 0 false 64', '0.01 1 false 64'])
    expect(rig.results()).toEqual([`${shorter}`])
    expect(held(rig)).toBe(0)
  })

  it('whose second block is refused again and again ends with that, after three new beginnings', () => {
    const rig = asking(GET, new Rig())
    const lines = converse(rig, (asked, index) => (index % 2 === 0 ? give(asked) : { code: '4.00' }))
    expect(lines).toHaveLength(8)
    expect(rig.outcomes).toMatchObject([{ code: 0x80 }])
  })

  it('of a POST whose later block is refused is not asked for anew', () => {
    const rig = asking({ ...POST, payload: Buffer.from('x') }, new Rig())
    expect(converse(rig, (asked, index) => (index === 0 ? give(asked) : { code: '4.00' }))).toHaveLength(2)
    expect(rig.outcomes).toMatchObject([{ code: 0x80 }])
  })

  it('that changes again and again fails with coap_body_changed after three new beginnings', () => {
    const rig = asking(GET, new Rig())
    expect(converse(rig, (asked, index) => give(asked, LONG, { ETag: index + 1 }))).toHaveLength(8)
    expect(rig.results()).toEqual(['coap_body_changed'])
    expect(held(rig)).toBe(0)
  })

  it('of a POST is not asked for anew, which would carry it out again', () => {
    const rig = asking(POST, new Rig())
    expect(converse(rig, (asked, index) => give(asked, LONG, { ETag: index + 1 }))).toHaveLength(2)
    expect(rig.results()).toEqual(['coap_body_changed'])
  })

  it('that is too large by its Size2 is not fetched at all', () => {
    const rig = asking(GET, new Rig({ bodyBytes: 299 }))
    expect(converse(rig, (asked) => give(asked, LONG, { Size2: 300 }))).toHaveLength(1)
    expect(rig.results()).toEqual(['coap_body_too_large'])
  })

  it('that turns out to be too large is fetched no further', () => {
    const rig = asking(GET, new Rig({ bodyBytes: 128 }))
    expect(converse(rig, (asked) => give(asked))).toHaveLength(3)
    expect(rig.results()).toEqual(['coap_body_too_large'])
    expect(held(rig)).toBe(0)
  })

  it('finds no room where the memory for bodies is used up', () => {
    const rig = asking(GET, new Rig({ bodiesBytes: 100 }))
    converse(rig, (asked) => give(asked))
    expect(rig.results()).toEqual(['coap_overload'])
    expect(held(rig)).toBe(0)
  })

  it.each<[string, number, string]>([
    ['begins in the middle', blockNumber(1, true, 64), 'x'.repeat(64)],
    ['is of the reserved size', 0x0f, 'x'.repeat(64)],
    ['is shorter than it says', blockNumber(0, true, 64), 'x'.repeat(63)],
    ['is longer than it says', blockNumber(0, true, 64), 'x'.repeat(65)],
  ])('that %s fails with coap_block_failed', (_, Block2, payload) => {
    const rig = asking(GET, new Rig())
    expect(converse(rig, () => ({ code: '2.05', options: { Block2 }, payload }))).toHaveLength(1)
    expect(rig.results()).toEqual(['coap_block_failed'])
  })

  it('whose path goes away meanwhile ends with what the device says then', () => {
    const rig = asking(GET, new Rig())
    converse(rig, (asked, index) => (index < 2 ? give(asked) : { code: '4.04' }))
    expect(rig.outcomes).toMatchObject([{ code: 0x84 }])
    expect(held(rig)).toBe(0)
  })

  it('that fits one message when a later block is asked for is that message', () => {
    const rig = asking(GET, new Rig())
    converse(rig, (asked, index) => (index < 2 ? give(asked) : { code: '2.05', payload: 'short' }))
    expect(rig.results()).toEqual(['short'])
    expect(held(rig)).toBe(0)
  })

  it('of a FETCH is asked for with its payload, and of a POST without', () => {
    for (const [code, length] of [
      [5, 10],
      [2, 0],
    ] as const) {
      const rig = asking({ code, path: ['3'], payload: LONG.subarray(0, 10) }, new Rig())
      const lengths: number[] = []
      converse(rig, (asked) => {
        lengths.push(asked.payload.length)
        return give(asked)
      })
      expect(lengths).toEqual([10, length, length, length, length])
    }
  })
})

describe('a request in blocks is one request', () => {
  it('which keeps others waiting (NSTART) until it has its outcome', () => {
    const rig = asking(PUT)
    asking(GET, rig)
    const lines = converse(rig, (asked) =>
      asked.code === '0.01' ? { code: '2.05', payload: 'x' } : take(asked),
    )
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['0.03', '0.03', '0.03', '0.03', '0.01'])
  })

  it('which can be cancelled between two blocks, and leaves nothing behind', () => {
    const rig = new Rig()
    const exchange = rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome))
    const lines = converse(rig, (asked, index) => {
      if (index === 2) exchange.cancel()
      return give(asked)
    })
    expect(lines).toHaveLength(3)
    expect(rig.results()).toEqual(['coap_cancelled'])
    expect(held(rig)).toBe(0)
  })

  it('which ends when the endpoint stops, or the path to the peer closes', () => {
    const endings = [
      [(rig: Rig) => rig.endpoint.stop(), 'coap_cancelled'],
      [(rig: Rig) => rig.endpoint.closed(rig.peer, 'gone'), 'coap_peer_gone'],
    ] as const
    for (const [end, code] of endings) {
      const rig = asking(GET, new Rig())
      converse(rig, (asked, index) => {
        if (index === 2) end(rig)
        return give(asked)
      })
      expect(rig.results()).toEqual([code])
      expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
    }
  })

  it('of which a block that was not answered is asked for once more, since others were', () => {
    const rig = asking(GET, new Rig())
    converse(rig, (asked, index) => (index === 0 ? give(asked) : undefined))
    rig.clock.advance(93_001)
    const [again] = rig.device.received.splice(0).slice(-1)
    expect(again && blockOf(readCoap(again), 'Block2')?.num).toBe(1)
    rig.clock.advance(94_000)
    expect(rig.results()).toEqual(['coap_no_ack'])
    expect(held(rig)).toBe(0)
  })

  it('but not the last block of a POST, which may have been carried out', () => {
    for (const [request, sent] of [
      [POST, 1],
      [PUT, 2],
    ] as const) {
      const rig = asking(request)
      const ids = new Set<number>()
      for (let second = 0; second < 200; second++) {
        converse(rig, (asked) => {
          if (blockOf(asked, 'Block1')?.more) return take(asked)
          ids.add(asked.messageId)
          return undefined
        })
        rig.clock.advance(1_000)
      }
      expect(ids.size).toBe(sent)
      expect(rig.results()).toEqual(['coap_no_ack'])
    }
  })

  it('and one that has never been answered is not asked twice', () => {
    const rig = asking(PUT)
    rig.clock.advance(94_000)
    expect(rig.results()).toEqual(['coap_no_ack'])
  })
})

describe('long answers that are never whole', () => {
  const parameters = { bodiesBytes: 16_000, bodyBytes: 2_000, transfersPerPeer: 2, transfersInAll: 4 }

  /** Lets the device give ten blocks of each of `count` bodies, and acknowledge what is asked for after that. */
  function stall(rig: Rig, count: number): void {
    for (let index = 0; index < count; index++) asking({ code: 1, path: [`${index}`] }, rig)
    for (rig.settle(); rig.device.received.length > 0; rig.settle()) {
      for (const asked of rig.device.take().map(readCoap)) {
        const num = blockOf(asked, 'Block2')?.num ?? 0
        const options = { Block2: blockNumber(num, true, 64) }
        const token = asked.token.toString('hex')
        const given = { code: '2.05', token, options, payload: Buffer.alloc(64, num) }
        rig.device.send(coap({ type: 'ACK', id: asked.messageId, ...(num < 10 ? given : {}) }))
      }
    }
  }

  /** Another device sends a body; returns the last answer's code. */
  function post(rig: Rig): string | undefined {
    let last: string | undefined
    for (const num of [0, 1, 2]) {
      const options = { 'Uri-Path': ['rd'], Block1: blockNumber(num, num < 2, 1024) }
      rig.other.send(
        coap({ code: 'POST', id: 500 + num, options, payload: Buffer.alloc(num < 2 ? 1024 : 1) }),
      )
      rig.settle()
      last = rig.other.take().map(readCoap).at(0)?.code
    }
    return last
  }

  it('take no more than their share of the memory for one peer', () => {
    const rig = new Rig({ ...parameters, transfersInAll: 100, bodiesBytes: 1_000_000 })
    stall(rig, 20)
    expect(rig.endpoint.held.bytes).toBeLessThan(2 * (2_000 + 2_048) + 20 * 512)
    expect(rig.results()).toContain('coap_overload')
    expect(held(rig)).toBe(0)
  })

  it('are no more than there may be bodies in all, the idlest of which go', () => {
    const rig = new Rig({ ...parameters, bodyBytes: 20_000, bodiesBytes: 1_000_000 })
    stall(rig, 6)
    expect(rig.endpoint.held.bytes).toBeLessThan(5 * 2_000)
    expect(held(rig)).toBe(0)
  })

  it.each([
    ['memory', { bodiesBytes: 8_000 }],
    ['number', { transfersInAll: 2 }],
  ])('make room for the body of another device by their %s', (_, more) => {
    const rig = new Rig({ ...parameters, bodyBytes: 4_000, ...more })
    stall(rig, 5)
    expect(post(rig)).toBe('2.04')
    expect(held(rig)).toBe(0)
  })

  it('fail with coap_overload where they go on after they had to go', () => {
    const rig = new Rig({ ...parameters, bodyBytes: 4_000, transfersInAll: 1 })
    rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome))
    converse(rig, (asked, index) => {
      if (index === 2) expect(post(rig)).toBe('2.04')
      return give(asked)
    })
    expect(rig.results()).toEqual(['coap_overload'])
    expect(held(rig)).toBe(0)
  })
})

describe('a notification that comes while the first answer is still fetched', () => {
  it('is met with silence instead of RST, and is taken when it comes again', () => {
    const rig = new Rig()
    const { id, token } = rig.ask({ ...GET, observe: 0 })
    rig.device.send(
      coap({
        type: 'ACK',
        id,
        token,
        code: '2.05',
        options: { Observe: 1, Block2: 0x0a },
        payload: LONG.subarray(0, 64),
      }),
    )
    rig.settle()
    const early = coap({ id: 77, token, code: '2.05', options: { Observe: 2 }, payload: 'x' })
    rig.device.send(early)
    rig.settle()
    expect(rig.device.received.map(describeCoap).filter((line) => line.includes('#77'))).toEqual([])
    converse(rig, (asked) => give(asked))
    expect(rig.results()).toEqual([`${LONG}`])
    rig.observe(token)
    rig.onNotify = ({ settle }) => settle.accept()
    expect(rig.say(early)).toEqual(['ACK 0.00 #77'])
  })
})

describe('a notification that comes while an observation is renewed, whose answer is still fetched', () => {
  it.each(['CON', 'NON'] as const)('is one of the observation that stands (%s)', (type) => {
    const rig = new Rig()
    const token = 'c0ffee0000000001'
    rig.observe(token)
    rig.onNotify = ({ settle }) => settle.accept()
    const { id } = rig.ask({ ...GET, observe: 0 }, { token: Buffer.from(token, 'hex') })
    const options = { Observe: 1, Block2: 0x0a }
    rig.device.send(coap({ type: 'ACK', id, token, code: '2.05', options, payload: LONG.subarray(0, 64) }))
    rig.settle()
    rig.device.send(coap({ type, id: 77, token, code: '2.05', options: { Observe: 2 }, payload: 'x' }))
    rig.settle()
    expect(rig.notified).toHaveLength(1)
    converse(rig, (asked) => (asked.code === '0.01' ? give(asked) : undefined))
    expect(rig.results()).toEqual([`${LONG}`])
  })
})

describe('4.01 with Echo (RFC 9175)', () => {
  const challenge = (value: string): Answer => ({ code: '4.01', options: { 252: Buffer.from(value) } })
  const echoOf = (asked: Asked): string | undefined => {
    const value = asked.options.find(({ name }) => Number(name) === 252)?.value
    return value === undefined ? undefined : `${value}`
  }

  it('is answered by the same request with that Echo, under the token of its observation', () => {
    const rig = asking({ ...GET, observe: 0 }, new Rig())
    const seen: unknown[] = []
    converse(rig, (asked, index) => {
      seen.push([
        echoOf(asked),
        asked.token.toString('hex'),
        asked.options.some(({ name }) => name === 'Observe'),
      ])
      return index === 0 ? challenge('once') : { code: '2.05', payload: 'x' }
    })
    const [[, token] = []] = seen as string[][]
    expect(seen).toEqual([
      [undefined, token, true],
      ['once', token, true],
    ])
    expect(rig.results()).toEqual(['x'])
  })

  it('a second time is the outcome', () => {
    const rig = asking(GET, new Rig())
    expect(converse(rig, () => challenge('again'))).toHaveLength(2)
    expect(rig.outcomes).toMatchObject([{ code: 0x81 }])
  })

  it('without Echo is the outcome at once', () => {
    const rig = asking(GET, new Rig())
    expect(converse(rig, () => ({ code: '4.01' }))).toHaveLength(1)
    expect(rig.outcomes).toMatchObject([{ code: 0x81 }])
  })

  it('at a block repeats that block, and the Echo stays for those to come', () => {
    const rig = asking(PUT)
    const seen: unknown[] = []
    converse(rig, (asked, index) => {
      seen.push([blockOf(asked, 'Block1')?.num, echoOf(asked)])
      return index === 1 ? challenge('e') : take(asked)
    })
    expect(seen).toEqual([
      [0, undefined],
      [2, undefined],
      [2, 'e'],
      [3, 'e'],
      [4, 'e'],
    ])
    expect(rig.outcomes).toMatchObject([{ code: 0x44 }])
  })
})
