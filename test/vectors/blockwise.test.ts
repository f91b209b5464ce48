import { describe, expect, it } from 'vitest'
import type { ReceivedResponse } from '../../src/coap/handler.ts'
import { coap, describeCoap, readCoap, type Sketch } from '../support/coap.ts'
import { Rig } from '../unit/coap/rig.ts'

/** Block options as RFC 7959 writes them: `num/more/size`. */
function block(text: string): number {
  const [num = 0, more = 0, size = 16] = text.split('/').map(Number)
  return num * 16 + more * 8 + Math.log2(size) - 4
}

const BODY = Buffer.from(Array.from({ length: 320 }, (_, index) => 65 + (index % 26)))

function options(one?: string, two?: string): NonNullable<Sketch['options']> {
  return {
    ...(one === undefined ? undefined : { Block1: block(one) }),
    ...(two === undefined ? undefined : { Block2: block(two) }),
  }
}

/** The Block options of a message, as the figures show them: `1:0/1/128 2:0/0/64`. */
function blocksOf(bytes: Uint8Array): string {
  const shown = readCoap(bytes).options.flatMap(({ name, value }) => {
    if (name !== 'Block1' && name !== 'Block2') return []
    const number = value.length === 0 ? 0 : value.readUIntBE(0, value.length)
    return `${name.slice(5)}:${number >> 4}/${(number >> 3) & 1}/${2 ** ((number & 7) + 4)}`
  })
  return shown.toSorted().join(' ')
}

const REVERSED = Buffer.from(BODY).reverse()

/** The part of a body that a block of that name holds. */
function part(name: string, body: Buffer = BODY): Buffer {
  const [num = 0, , size = 16] = name.split('/').map(Number)
  return body.subarray(num * size, (num + 1) * size)
}

/** What we ask, a line each, while a script answers; and what came of it. */
function asking(
  request: { code: number; path: string[]; payload?: Uint8Array },
  script: readonly Omit<Sketch, 'id'>[],
  size = 1_024,
): { asked: string[]; payloads: number[]; outcome: string; response: ReceivedResponse } {
  const rig = new Rig({ blockSize: size })
  rig.endpoint.request(rig.peer, request, (outcome) => rig.outcomes.push(outcome))
  const asked: string[] = []
  const payloads: number[] = []
  for (const answer of script) {
    rig.settle()
    const [bytes = Buffer.alloc(0)] = rig.device.take()
    const { messageId, token, code, payload } = readCoap(bytes)
    asked.push(`${code} ${blocksOf(bytes)}`.trim())
    payloads.push(payload.length)
    rig.device.send(coap({ type: 'ACK', id: messageId, token: token.toString('hex'), ...answer }))
    rig.device.send(coap({ type: 'ACK', id: messageId, token: token.toString('hex'), ...answer })) // once more
  }
  rig.settle()
  expect(rig.device.take()).toEqual([])
  const [outcome] = rig.outcomes
  return { asked, payloads, outcome: `${outcome?.code}`, response: outcome as ReceivedResponse }
}

/** What we answer, a line each, to what a device asks. */
function asked(
  script: readonly { code: string; path: string; one?: string; two?: string; body?: Buffer }[],
  answer: { code: number; payload?: Uint8Array },
  size = 1_024,
): { answers: string[]; bodies: string[]; rig: Rig; payloads: Buffer[] } {
  const rig = new Rig({ blockSize: size })
  rig.onRequest = ({ reply }) => reply.respond(answer)
  const payloads: Buffer[] = []
  const answers = script.map(({ code, path, one, two, body }, index) => {
    const id = 1_234 + index
    const sketch = { code, id, token: `a${index}`, options: { 'Uri-Path': [path], ...options(one, two) } }
    rig.device.send(coap({ ...sketch, payload: body ?? '' }))
    rig.settle()
    const [bytes = Buffer.alloc(0)] = rig.device.take()
    expect(describeCoap(bytes)).toContain(`ACK ${readCoap(bytes).code} #${id} token a${index}`)
    payloads.push(readCoap(bytes).payload)
    return `${readCoap(bytes).code} ${blocksOf(bytes)}`.trim()
  })
  return {
    answers,
    bodies: rig.handled.map(({ request }) => Buffer.from(request.payload).toString()),
    rig,
    payloads,
  }
}

const content = (two: string): Omit<Sketch, 'id'> => ({
  code: '2.05',
  options: options(undefined, two),
  payload: part(two),
})
const GET = { code: 1, path: ['status'] }
const PUT = { code: 3, path: ['options'] }
const POST = { code: 2, path: ['soap'] }

describe('Block options on the wire (RFC 7959, 2.2)', () => {
  it('are bytes 0 to 3, as the figures write them', () => {
    const rig = new Rig()
    rig.endpoint.request(rig.peer, { ...GET, payload: undefined } as typeof GET, () => {})
    rig.settle()
    const [first = Buffer.alloc(0)] = rig.device.take()
    const token = Buffer.from(first.subarray(4, 12)).toString('hex')
    const id = Buffer.from(first.subarray(2, 4)).toString('hex')
    const payload = Buffer.alloc(128, 0x2e).toString('hex')
    rig.device.send(`6845${id}${token}d10a0bff${payload}`) // 2:0/1/128
    rig.settle()
    const [second = Buffer.alloc(0)] = rig.device.take()
    // Uri-Path "status", then Block2 with one byte: 1 << 4 | 3
    expect(Buffer.from(second.subarray(12)).toString('hex')).toBe(
      `b6${Buffer.from('status').toString('hex')}c113`,
    )
  })
})

describe('RFC 7959, 3.1: Block2', () => {
  it('figure 2, as who asks', () => {
    const { asked, response } = asking(GET, [content('0/1/128'), content('1/1/128'), content('2/0/128')])
    expect(asked).toEqual(['0.01', '0.01 2:1/0/128', '0.01 2:2/0/128'])
    expect(`${Buffer.from(response.payload)}`).toBe(`${BODY}`)
  })

  it('figure 2, as who is asked', () => {
    const get = (two?: string) => ({ code: 'GET', path: 'status', ...(two === undefined ? {} : { two }) })
    const { answers, payloads, rig } = asked(
      [get(), get('1/0/128'), get('2/0/128')],
      { code: 0x45, payload: BODY },
      128,
    )
    expect(answers).toEqual(['2.05 2:0/1/128', '2.05 2:1/1/128', '2.05 2:2/0/128'])
    expect(`${Buffer.concat(payloads)}`).toBe(`${BODY}`)
    expect(rig.handled).toHaveLength(1)
  })

  it('figure 3, early negotiation, as who asks', () => {
    const script = ['0/1/64', '1/1/64', '2/1/64', '3/1/64', '4/0/64'].map(content)
    const { asked, response } = asking(GET, script, 64)
    expect(asked).toEqual([0, 1, 2, 3, 4].map((num) => `0.01 2:${num}/0/64`))
    expect(`${Buffer.from(response.payload)}`).toBe(`${BODY}`)
  })

  it('figure 3, early negotiation, as who is asked', () => {
    const script = [0, 1, 2, 3, 4].map((num) => ({ code: 'GET', path: 'status', two: `${num}/0/64` }))
    const { answers, payloads } = asked(script, { code: 0x45, payload: BODY })
    expect(answers).toEqual(['0/1', '1/1', '2/1', '3/1', '4/0'].map((name) => `2.05 2:${name}/64`))
    expect(`${Buffer.concat(payloads)}`).toBe(`${BODY}`)
  })

  it('figure 4, late negotiation, as who is asked', () => {
    const script = [undefined, '2/0/64', '3/0/64', '4/0/64'].map((two) => ({
      ...{ code: 'GET', path: 'status' },
      ...(two === undefined ? {} : { two }),
    }))
    const { answers, payloads } = asked(script, { code: 0x45, payload: BODY }, 128)
    expect(answers).toEqual(['2.05 2:0/1/128', '2.05 2:2/1/64', '2.05 2:3/1/64', '2.05 2:4/0/64'])
    expect(`${Buffer.concat(payloads)}`).toBe(`${BODY}`)
  })
})

describe('RFC 7959, 3.2: Block1', () => {
  const changed = (code: string, one: string): Omit<Sketch, 'id'> => ({ code, options: options(one) })
  const put = (one: string) => ({ code: 'PUT', path: 'options', one, body: part(one) })

  it('figure 7, atomic, as who asks', () => {
    const script = [changed('2.31', '0/1/128'), changed('2.31', '1/1/128'), changed('2.04', '2/0/128')]
    const { asked, payloads, outcome } = asking({ ...PUT, payload: BODY }, script, 128)
    expect(asked).toEqual(['0.03 1:0/1/128', '0.03 1:1/1/128', '0.03 1:2/0/128'])
    expect(payloads).toEqual([128, 128, 64])
    expect(outcome).toBe(`${0x44}`)
  })

  it('figure 7, atomic, as who is asked', () => {
    const { answers, bodies } = asked(['0/1/128', '1/1/128', '2/0/128'].map(put), { code: 0x44 })
    expect(answers).toEqual(['2.31 1:0/1/128', '2.31 1:1/1/128', '2.04 1:2/0/128'])
    expect(bodies).toEqual([`${BODY}`])
  })

  it('figure 8, stateless, as who asks', () => {
    const script = ['0/0/128', '1/0/128', '2/0/128'].map((one) => changed('2.04', one))
    const { asked } = asking({ ...PUT, payload: BODY }, script, 128)
    expect(asked).toEqual(['0.03 1:0/1/128', '0.03 1:1/1/128', '0.03 1:2/0/128'])
  })

  it('figure 9, a smaller size is agreed on at the first block, as who asks', () => {
    const payload = BODY.subarray(0, 224)
    const script = ['0/1/32', '4/1/32', '5/1/32'].map((one) => changed('2.31', one))
    const { asked, payloads } = asking({ ...PUT, payload }, [...script, changed('2.04', '6/0/32')], 128)
    expect(asked).toEqual(['0.03 1:0/1/128', '0.03 1:4/1/32', '0.03 1:5/1/32', '0.03 1:6/0/32'])
    expect(payloads).toEqual([128, 32, 32, 32])
  })

  it('figure 9, a smaller size is agreed on at the first block, as who is asked', () => {
    const { answers, bodies } = asked(['0/1/128', '4/1/32', '5/1/32', '6/0/32'].map(put), { code: 0x44 }, 32)
    expect(answers).toEqual(['2.31 1:0/1/32', '2.31 1:4/1/32', '2.31 1:5/1/32', '2.04 1:6/0/32'])
    expect(bodies).toEqual([`${BODY.subarray(0, 224)}`])
  })
})

describe('RFC 7959, 3.3: both', () => {
  const uploaded = (one: string, two?: string) => ({
    ...{ code: 'POST', path: 'soap', one, body: part(one) },
    ...(two === undefined ? {} : { two }),
  })
  const rest = (two: string) => ({ code: 'POST', path: 'soap', two })

  it('figure 10, as who asks', () => {
    const answer = REVERSED
    const reply = (one: string | undefined, two: string): Omit<Sketch, 'id'> => ({
      ...{ code: '2.04', options: options(one, two), payload: part(two, answer) },
    })
    const script = [
      ...['0/1/128', '1/1/128'].map((one) => ({ code: '2.31', options: options(one) })),
      ...[reply('2/0/128', '0/1/128'), reply(undefined, '1/1/128'), reply(undefined, '2/0/128')],
    ]
    const { asked, payloads, response } = asking({ ...POST, payload: BODY }, script, 128)
    expect(asked.slice(0, 3)).toEqual(['0.02 1:0/1/128', '0.02 1:1/1/128', '0.02 1:2/0/128'])
    expect(asked.slice(3)).toEqual(['0.02 2:1/0/128', '0.02 2:2/0/128'])
    expect(payloads).toEqual([128, 128, 64, 0, 0])
    expect(`${Buffer.from(response.payload)}`).toBe(`${answer}`)
  })

  it('figure 10, as who is asked', () => {
    const script = [
      ...['0/1/128', '1/1/128', '2/0/128'].map((one) => uploaded(one)),
      rest('1/0/128'),
      rest('2/0/128'),
    ]
    const { answers, bodies, payloads } = asked(script, { code: 0x44, payload: REVERSED }, 128)
    expect(answers.slice(0, 3)).toEqual(['2.31 1:0/1/128', '2.31 1:1/1/128', '2.04 1:2/0/128 2:0/1/128'])
    expect(answers.slice(3)).toEqual(['2.04 2:1/1/128', '2.04 2:2/0/128'])
    expect(bodies).toEqual([`${BODY}`])
    expect(`${Buffer.concat(payloads)}`).toBe(`${REVERSED}`)
  })

  it('figure 11, early negotiation of the answer with the last block, as who is asked', () => {
    const script = [
      ...[uploaded('0/1/128'), uploaded('1/1/128'), uploaded('2/0/128', '0/0/64')],
      ...['1/0/64', '2/0/64', '3/0/64', '4/0/64'].map(rest),
    ]
    const { answers, payloads } = asked(script, { code: 0x44, payload: BODY })
    expect(answers[2]).toBe('2.04 1:2/0/128 2:0/1/64')
    expect(answers.slice(3)).toEqual(['1/1', '2/1', '3/1', '4/0'].map((name) => `2.04 2:${name}/64`))
    expect(`${Buffer.concat(payloads)}`).toBe(`${BODY}`)
  })
})

describe('RFC 7959, 3.4: Observe and Block2', () => {
  it('figure 12: the first answer and a notification, each with its rest under another token', () => {
    const rig = new Rig()
    const { id, token } = rig.ask({ code: 1, path: ['status'], observe: 0 })
    const state = (two: string, etag: string, body: Buffer, observe?: number): Omit<Sketch, 'id'> => ({
      ...{ code: '2.05', payload: part(two, body) },
      options: {
        ...options(undefined, two),
        ETag: Buffer.from(etag, 'hex'),
        ...(observe === undefined ? undefined : { Observe: observe }),
      },
    })
    /** Answers what is asked, and shows how that was. */
    const answer = (sketch: Omit<Sketch, 'id'>): string[] => {
      rig.settle()
      const bytes = rig.device.take().at(-1) ?? Buffer.alloc(0)
      const { messageId, token: other, options: given } = readCoap(bytes)
      expect(other.toString('hex')).not.toBe(token)
      rig.device.send(coap({ type: 'ACK', id: messageId, token: other.toString('hex'), ...sketch }))
      rig.settle()
      return given.map(({ name }) => `${name}`)
    }
    rig.device.send(coap({ type: 'ACK', id, token, ...state('0/1/128', '6f00f38e', BODY, 62_350) }))
    expect(answer(state('1/1/128', '6f00f38e', BODY))).toEqual(['Uri-Path', 'Block2'])
    answer(state('2/0/128', '6f00f38e', BODY))
    expect(rig.outcomes).toMatchObject([{ code: 69, observe: 62_350 }])
    expect(rig.results()).toEqual([BODY.toString()])

    rig.observe(token)
    const later = REVERSED
    rig.device.send(coap({ id: 19_001, token, ...state('0/1/128', '6f00f392', later, 62_354) }))
    rig.settle()
    expect(rig.device.received.map(describeCoap)[0]).toBe('ACK 0.00 #19001')
    expect(answer(state('1/1/128', '6f00f392', later))).toEqual(['Uri-Path', 'Uri-Path', 'Accept', 'Block2'])
    expect(rig.notified).toEqual([])
    answer(state('2/0/128', '6f00f392', later))
    expect(rig.notified[0]?.notification).toMatchObject({
      ...{ body: 'complete', fresh: true, final: false },
      response: { observe: 62_354 },
    })
    expect(Buffer.from(rig.notified[0]?.notification.response.payload ?? []).equals(later)).toBe(true)
  })
})
