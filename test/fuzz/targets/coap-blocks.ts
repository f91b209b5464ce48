import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import type { Notification, Observation, Settle } from '../../../src/coap/handler.ts'
import type { Peer } from '../../../src/coap/peer.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { coap, type Sketch } from '../../support/coap.ts'
import { SeededRandom } from '../../support/random.ts'
import type { FuzzTarget } from '../target.ts'

const OBSERVED = Buffer.from('0b5e', 'hex')
/** The bounds of this small world, in bytes. */
const LONGEST = 1_024
const BODIES = 6_000
const MESSAGES = 20_000
/** Milliseconds after which a message that nobody acknowledges is given up, or one that is not answered then. */
const SILENCE = 93_000
/** Milliseconds for which an idle peer, or a message of its, is remembered. */
const EXCHANGE_LIFETIME = 247_000
const CODES = ['2.05', '2.31', '2.04', '4.08', '4.13', '4.01', '2.05', '2.31'] as const

/** A peer that remembers the last request it was sent. */
class ScriptedPeer implements Peer {
  readonly key = 'peer'
  readonly address = 'coap://192.0.2.7:5683'
  readonly subject = { kind: 'psk', identity: 'peer' } as const
  readonly reliable = false
  asked: Uint8Array = coap({ id: 0, code: 'GET', token: '00' })

  send(message: Uint8Array): boolean {
    const code = message[1] as number
    if (code > 0 && code < 32) this.asked = message
    return true
  }
}

/** An endpoint whose peer uploads, downloads, is uploaded to and downloaded from, all with the blocks of a script. */
class World {
  readonly clock = new SimulatedClock()
  readonly peer = new ScriptedPeer()
  readonly #endpoint: CoapEndpoint<Observation>
  /** Offers that have not been settled. */
  readonly #offered: Settle[] = []
  #id = 0
  #open = 0
  /** When the last datagram came: each has its own moment, by which notifications are told apart. */
  #at = 0
  #hasMoved = false
  /** When the newest notification came that was handed on as such. */
  #newest = 0

  constructor() {
    const observation: Observation = { token: OBSERVED, order: { sequence: undefined, at: 0 } }
    this.#endpoint = new CoapEndpoint<Observation>({
      clock: this.clock,
      random: new SeededRandom(1),
      parameters: {
        ...{ blockSize: 64, bodyBytes: LONGEST, bodiesBytes: BODIES, duplicatesBytes: MESSAGES },
        ...{ transfersPerPeer: 3, transfersInAll: 3, transferIdle: 60_000 },
        amplification: Number.POSITIVE_INFINITY,
      },
      requests: ({ payload }, _peer, reply) => {
        check(payload.length <= LONGEST, 'a body above the limit was handed on')
        reply.respond({ code: 0x45, payload: Buffer.alloc(payload.length * 2, 'r') })
      },
      observations: {
        match: (_peer, token) =>
          OBSERVED.equals(token) ? (this.#hasMoved ? 'foreign' : observation) : 'unknown',
        rejected() {},
        request: () => ({ code: 1, path: ['3'] }),
      },
      notifications: (notification, settle) => this.#notified(notification, settle),
    })
  }

  /** Its sequence number says how it ends. */
  #notified({ response, body, fresh, at }: Notification<Observation>, settle: Settle): void {
    if (body !== 'complete') return
    check(response.payload.length <= LONGEST, 'a body above the limit was handed on')
    check(!fresh || at >= this.#newest, 'an older body came after a newer one as the newest')
    if (fresh) this.#newest = at
    const { observe = 0 } = response
    if (observe % 4 === 2) settle.ignore()
    else if (observe % 4 === 3) this.#offered.push(settle)
    else settle.accept()
  }

  /** Hands in a message of the peer's. */
  receive(sketch: Omit<Sketch, 'id'>): void {
    this.#receive(coap({ ...sketch, id: this.#id++ & 0xffff }))
  }

  /** Answers the last request of ours. */
  answer(sketch: Omit<Sketch, 'id'>): void {
    const { asked } = this.peer
    const length = (asked[0] as number) & 0x0f
    const token = Buffer.from(asked.subarray(4, 4 + length)).toString('hex')
    const id = ((asked[2] as number) << 8) | (asked[3] as number)
    this.#receive(coap({ ...sketch, type: 'ACK', id, token }))
  }

  ask(code: number, payload: Uint8Array): void {
    this.#open++
    this.#endpoint.request(this.peer, { code, path: ['5'], payload }, (outcome) => {
      this.#open--
      const isLong = !(outcome instanceof CodedError) && outcome.payload.length > LONGEST
      check(!isLong, 'a body above the limit was handed on')
    })
  }

  /** Who is observed is elsewhere, and comes back at once. */
  move(): void {
    this.#hasMoved = true
    this.#endpoint.left(this.peer)
    this.#hasMoved = false
  }

  #receive(bytes: Uint8Array): void {
    this.#at = Math.max(this.#at + 0.001, this.clock.now())
    this.#endpoint.datagram(this.peer, bytes, this.#at)
    check(this.#endpoint.held.bytes <= BODIES + MESSAGES, 'a limit was passed')
    check(this.#endpoint.counters.failures === 0, 'a handler failed')
  }

  /** From now on the peer is silent: by itself all comes to its end, and is forgotten. */
  end(): void {
    for (const settle of this.#offered.splice(0)) settle.ignore()
    // One request after the other waits for an answer, twice at most (a block is asked for again once); the bodies
    // that are kept, the transfers and the messages live no longer than a message. Then the peer is idle. Each queue
    // of what expires wakes up a quarter of a second late at most.
    const { requests: open } = this.#endpoint.held
    this.clock.advance(open * 2 * SILENCE + 2 * EXCHANGE_LIFETIME + 1_000)
    for (const settle of this.#offered.splice(0)) settle.ignore()
    check(this.#endpoint.counters.failures === 0, 'a handler failed')
    const { peers, requests, bytes } = this.#endpoint.held
    check(peers + requests + bytes === 0, 'something was left behind by itself')
    check(this.#open === 0, 'a request has no outcome')
    this.#endpoint.stop()
    check(this.clock.pending().length === 0, 'timers are left')
  }
}

function check(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault)
}

/** What one step is made of. */
interface Step {
  /** A Block option of one byte, so that numbers and sizes meet often; or of two bytes. */
  readonly block: Buffer
  readonly variant: number
  readonly payload: Buffer
}

const actions: readonly ((world: World, step: Step) => void)[] = [
  function upload(world, { block, variant, payload }) {
    const tag = variant & 1 ? { 292: Buffer.of(variant) } : undefined
    const size = variant & 2 ? { Size1: variant * 4 } : undefined
    const options = { 'Uri-Path': ['rd'], Block1: block, ...tag, ...size }
    world.receive({ code: 'POST', token: '01', options, payload })
  },
  function download(world, { block, variant, payload }) {
    const code = variant & 1 ? 'GET' : 'POST'
    world.receive({ code, token: '02', options: { 'Uri-Path': ['rd'], Block2: block }, payload })
  },
  function both(world, { block, variant, payload }) {
    const options = { 'Uri-Path': ['rd'], Block1: block, Block2: Buffer.of(variant) }
    world.receive({ code: 'POST', token: '03', options, payload })
  },
  function write(world, { variant }) {
    world.ask(variant & 1 ? 3 : 2, Buffer.alloc(variant * 2, 'w'))
  },
  function read(world) {
    world.ask(1, Buffer.alloc(0))
  },
  function acknowledge(world, { block, variant, payload }) {
    const echo = variant & 8 ? { 252: Buffer.of(variant) } : undefined
    world.answer({ code: CODES[variant & 7] ?? '2.05', options: { Block1: block, ...echo }, payload })
  },
  function give(world, { block, variant, payload }) {
    const etag = variant & 8 ? { ETag: Buffer.of(variant >> 4) } : undefined
    world.answer({ code: CODES[variant & 7] ?? '2.05', options: { Block2: block, ...etag }, payload })
  },
  function notify(world, { block, variant, payload }) {
    const type = variant & 1 ? 'CON' : 'NON'
    const token = OBSERVED.toString('hex')
    world.receive({ type, code: '2.05', token, options: { Observe: variant, Block2: block }, payload })
  },
  function pass(world, { variant }) {
    world.clock.advance(variant * 500)
  },
  function move(world) {
    world.move()
  },
]

/**
 * A script is a row of steps of four bytes: which action (and whether the Block option has two bytes), that option,
 * a variant, and how long the payload is, in halves of 16 bytes and one more or less.
 */
function run(input: Uint8Array): void {
  const world = new World()
  for (let at = 0; at + 3 < input.length; at += 4) {
    const [head = 0, option = 0, variant = 0, length = 0] = input.subarray(at, at + 4)
    const block = head & 0x80 ? Buffer.of(option, variant) : Buffer.of(option)
    const payload = Buffer.alloc(Math.max(0, (length >> 2) * 16 + (length & 3) - 1), 'p')
    actions[(head & 0x7f) % actions.length]?.(world, { block, variant, payload })
  }
  world.end()
}

/** The length byte of a full block. */
const FULL_64 = (4 << 2) | 1
const FULL_16 = (1 << 2) | 1
const SHORT = 3 << 2
const step = (name: string, block: number, variant = 0, length = 0): Buffer =>
  Buffer.of(
    actions.findIndex((action) => action.name === name),
    ...[block, variant, length],
  )

const seeds = [
  Buffer.concat([
    step('upload', 0x0a, 0, FULL_64),
    step('upload', 0x1a, 0, FULL_64),
    step('upload', 0x22, 0, SHORT),
  ]),
  Buffer.concat([
    ...[step('upload', 0x08, 1, FULL_16), step('upload', 0x08, 3, FULL_16), step('upload', 0x10, 1, 2)],
    ...[step('upload', 0x10, 3, 2), step('upload', 0x18, 0, FULL_16), step('upload', 0x0f, 0, FULL_16)],
  ]),
  Buffer.concat([
    ...[
      step('both', 0x0a, 0, FULL_64),
      step('both', 0x12, 0x02, SHORT),
      step('download', 0x12),
      step('download', 0x22),
    ],
    ...[step('download', 0x32), step('pass', 0, 255), step('download', 0x12, 1)],
  ]),
  Buffer.concat([
    ...[step('write', 0, 100), step('acknowledge', 0x0a, 1), step('acknowledge', 0x18, 1)],
    ...[step('acknowledge', 0x00, 4), step('acknowledge', 0x08, 13), step('acknowledge', 0x08, 3)],
  ]),
  Buffer.concat([
    ...[step('read', 0), step('give', 0x0a, 0x18, FULL_64), step('give', 0x1a, 0x18, FULL_64)],
    ...[
      step('give', 0x2a, 0x28, FULL_64),
      step('give', 0x0a, 0x28, FULL_64),
      step('give', 0x12, 0x28, SHORT),
    ],
  ]),
  Buffer.concat([
    ...[step('notify', 0x0a, 1, FULL_64), step('give', 0x1a, 0, FULL_64), step('notify', 0x0a, 2, FULL_64)],
    ...[
      step('give', 0x12, 0, SHORT),
      step('notify', 0x0a, 3, FULL_64),
      step('pass', 0, 255),
      step('notify', 0x02, 4, 9),
    ],
  ]),
  // Bodies that are refused: one is offered again and overtaken, one is refused late.
  Buffer.concat([
    ...[step('notify', 0x0a, 2, FULL_64), step('give', 0x12, 0, SHORT), step('pass', 0, 5)],
    ...[step('notify', 0x02, 4, SHORT), step('pass', 0, 9), step('notify', 0x0a, 7, FULL_64)],
    ...[step('give', 0x12, 0, SHORT), step('pass', 0, 9), step('notify', 0x0a, 10, FULL_64)],
    step('give', 0x12, 0, SHORT),
  ]),
  // Nine requests that wait for one another are answered by nobody, for 93 s each.
  Buffer.from(
    '070a0111040912000c0712000c070a03110800ff00070a03110800ff00061a0011070a021106070a03110800ff00070a03110800ff00' +
      '0702040912000c0712000c070a03110800ff00070a03110800ff0007020409',
    'hex',
  ),
]

export const coapBlocksTarget: FuzzTarget = { name: 'coap-blocks', seeds, run }
