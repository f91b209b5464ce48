import { decode } from '../../../src/coap/decode.ts'
import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import type { Exchange, Observation, Reply, Settle } from '../../../src/coap/handler.ts'
import type { Peer } from '../../../src/coap/peer.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { coap } from '../../support/coap.ts'
import { SeededRandom } from '../../support/random.ts'
import type { FuzzTarget } from '../target.ts'

const PEERS = 3
const OBSERVED = Buffer.from('0b5e', 'hex')
const STRANGE = 0xee
/** Times what came from an address that has answered nothing which may be sent to it, over a whole script. */
const AMPLIFICATION = 3
/** Bytes that may be remembered and requests that may be open, in this small world. */
const BYTES = 900
const REQUESTS = 6

class ScriptedPeer implements Peer {
  readonly key: string
  readonly address: string
  readonly subject: Peer['subject']
  readonly reliable = false
  /** Bytes that came from it, and that were sent to it. */
  received = 0
  sent = 0
  /** Whether it has shown a token of ours, so that anything may be sent to it. */
  answered: boolean
  allowance: Peer['allowance'] = undefined
  /** The last that it was sent. */
  last: Uint8Array = Buffer.from('40000000', 'hex')

  constructor(index: number) {
    this.key = `peer ${index}`
    this.address = `coap://192.0.2.${index}:5683`
    // Of the first nobody doubts who it is: it can be asked unheard.
    this.answered = index === 0
    this.subject = this.answered
      ? { kind: 'psk', identity: 'known' }
      : { kind: 'none', address: this.address }
  }

  send(message: Uint8Array): boolean {
    this.sent += message.length
    this.last = message
    return true
  }
}

/** An endpoint in the hands of a script, and all the promises that can be checked from outside. */
class World {
  readonly clock = new SimulatedClock()
  readonly peers = Array.from({ length: PEERS }, (_, index) => new ScriptedPeer(index))
  readonly replies: Reply[] = []
  readonly settles: Settle[] = []
  readonly exchanges: Exchange[] = []
  /** How often the handler of each request has been called. */
  readonly outcomes: number[] = []
  readonly endpoint: CoapEndpoint<Observation>

  constructor() {
    const observation: Observation = { token: OBSERVED, order: { sequence: undefined, at: 0 } }
    this.endpoint = new CoapEndpoint<Observation>({
      clock: this.clock,
      random: new SeededRandom(1),
      parameters: {
        duplicatesBytes: BYTES,
        duplicatesPerPeer: 4,
        requestsPerPeer: 3,
        requestsInAll: REQUESTS,
        peers: 2,
      },
      requests: (request, _peer, reply) => {
        if (request.path[0] === 'now') reply.respond({ code: 0x44 })
        else this.replies.push(reply)
      },
      observations: {
        match: (_peer, token) =>
          OBSERVED.equals(token) ? observation : token[0] === STRANGE ? 'foreign' : 'unknown',
        rejected() {},
        request: () => ({ code: 1, path: ['3', '0'] }),
      },
      notifications: (_notification, settle) => this.settles.push(settle),
    })
  }

  /** Hands in a datagram; garbage must not be answered with more than it brought. */
  receive(peer: ScriptedPeer, bytes: Uint8Array): void {
    const before = peer.sent
    peer.received += bytes.length
    this.endpoint.datagram(peer, bytes, this.clock.now())
    if (typeof decode(bytes) === 'string' && peer.sent - before > bytes.length) throw new Error('amplified')
    this.check()
  }

  ask(peer: ScriptedPeer, token: Uint8Array | undefined): void {
    const index = this.outcomes.push(0) - 1
    const request = { code: 1, path: ['3', '0'], observe: token === undefined ? 0 : 1 }
    const count = (): void => {
      this.outcomes[index] = (this.outcomes[index] as number) + 1
    }
    this.exchanges.push(this.endpoint.request(peer, request, count, token === undefined ? {} : { token }))
  }

  check(): void {
    const { peers, requests, bytes } = this.endpoint.held
    if (peers > 2 || requests > REQUESTS || bytes > BYTES) throw new Error('a limit was passed')
    if (this.outcomes.some((count) => count > 1)) throw new Error('a handler was called twice')
    for (const { answered, sent, received } of this.peers) {
      if (!answered && sent > AMPLIFICATION * received) throw new Error('amplified')
    }
  }

  end(): void {
    this.endpoint.stop()
    this.check()
    this.clock.advance(0)
    const { held } = this.endpoint
    if (held.peers + held.requests + held.bytes !== 0) throw new Error('something was left behind')
    if (this.clock.pending().length > 0) throw new Error(`timers: ${this.clock.pending()}`)
    if (this.outcomes.some((count) => count !== 1)) throw new Error('a request has no outcome')
  }
}

type Action = (world: World, peer: ScriptedPeer, body: Uint8Array) => void

/** A message of the given type, with the id and the token of the last that this peer was sent. */
function answer(peer: ScriptedPeer, type: number, id: Uint8Array, body: Uint8Array): Uint8Array {
  peer.answered = true
  const length = (peer.last[0] as number) & 0x0f
  const head = Uint8Array.of(0x40 | (type << 4) | length, body[0] ?? 0)
  return Buffer.concat([head, id, peer.last.subarray(4, 4 + length), body.subarray(1)])
}

const receive: Action = (world, peer, body) => world.receive(peer, body)

const actions: readonly Action[] = [
  receive,
  receive,
  function emptyAck(world, peer) {
    world.receive(peer, Buffer.concat([Uint8Array.of(0x60, 0), peer.last.subarray(2, 4)]))
  },
  function reset(world, peer) {
    world.receive(peer, Buffer.concat([Uint8Array.of(0x70, 0), peer.last.subarray(2, 4)]))
  },
  function piggyback(world, peer, body) {
    world.receive(peer, answer(peer, 2, peer.last.subarray(2, 4), body))
  },
  function separate(world, peer, body) {
    world.receive(peer, answer(peer, (body[1] ?? 0) & 1, Uint8Array.of(1, body[1] ?? 0), body))
  },
  function pass(world, _peer, body) {
    world.clock.advance((body[0] ?? 1) * (body[1] ?? 20) * 10)
    world.check()
  },
  function request(world, peer) {
    world.ask(peer, undefined)
  },
  function cancelObservation(world, peer) {
    world.ask(peer, OBSERVED)
  },
  function respond(world) {
    world.replies.shift()?.respond({ code: 0x45, payload: Buffer.from('late') })
  },
  function accept(world) {
    world.settles.shift()?.accept()
  },
  function ignore(world) {
    world.settles.shift()?.ignore()
  },
  function refuse(world) {
    world.settles.shift()?.cancel()
  },
  function cancel(world) {
    world.exchanges.shift()?.cancel()
  },
  function close(world, peer) {
    world.endpoint.closed(peer, 'closed')
  },
  receive,
]

/** A script is a row of steps: a byte for action and peer, a byte for the length of the body, the body. */
function run(input: Uint8Array): void {
  const world = new World()
  for (let at = 0; at + 1 < input.length; ) {
    const head = input[at] as number
    const end = at + 2 + (input[at + 1] as number)
    const peer = world.peers[head % PEERS] as ScriptedPeer
    const action = actions[head >> 4] as Action
    action(world, peer, input.slice(at + 2, end))
    at = end
  }
  world.end()
}

const step = (action: number, peer: number, body: Uint8Array = new Uint8Array(0)): Buffer => {
  const head = Array.from({ length: 16 }, (_, low) => (action << 4) | low).find(
    (byte) => byte % PEERS === peer,
  )
  return Buffer.concat([Uint8Array.of(head ?? 0, body.length), body])
}

const register = coap({
  code: 'POST',
  id: 7,
  token: 'a1',
  options: { 'Uri-Path': ['rd'] },
  payload: '</3/0>',
})
const now = coap({ code: 'GET', id: 8, token: 'a2', options: { 'Uri-Path': ['now'] } })
const notify = coap({ code: '2.05', id: 9, token: '0b5e', options: { Observe: 4 }, payload: '21.5' })
const silent = coap({
  type: 'NON',
  code: '2.05',
  id: 10,
  token: '0b5e',
  options: { Observe: 5 },
  payload: '22',
})
const strange = coap({ code: '2.05', id: 11, token: 'ee01', options: { Observe: 6 }, payload: '22' })

const seeds = [
  Buffer.concat([
    step(0, 0, register),
    step(6, 0, Uint8Array.of(15, 10)),
    step(9, 0),
    step(0, 0, register),
    step(2, 0),
  ]),
  Buffer.concat([
    step(0, 0, now),
    step(0, 1, now),
    step(0, 0, now),
    step(0, 0, coap({ id: 1 })),
    step(0, 2, now),
  ]),
  Buffer.concat([
    step(7, 0),
    step(7, 0),
    step(4, 0, Uint8Array.of(0x45, 0xff, 0x31)),
    step(2, 0),
    step(5, 0, Uint8Array.of(0x45, 2)),
  ]),
  Buffer.concat([
    step(0, 1, notify),
    step(0, 1, notify),
    step(10, 1),
    step(0, 1, silent),
    step(12, 1),
    step(0, 1, strange),
  ]),
  Buffer.concat([
    step(8, 1),
    step(0, 1, notify),
    step(11, 1),
    step(0, 1, notify),
    step(6, 1, Uint8Array.of(255, 40)),
    step(3, 1),
  ]),
  Buffer.concat([
    step(0, 1, now),
    step(7, 1),
    step(6, 1, Uint8Array.of(255, 40)),
    step(0, 1, register),
    step(9, 1),
    step(8, 1),
    step(2, 1),
    step(6, 1, Uint8Array.of(255, 255)),
    step(4, 1, Uint8Array.of(0x45, 0xff, 0x31)),
  ]),
  Buffer.concat([
    step(7, 0),
    step(7, 1),
    step(7, 2),
    step(13, 0),
    step(14, 1),
    step(6, 0, Uint8Array.of(255, 255)),
  ]),
]

export const coapEndpointTarget: FuzzTarget = { name: 'coap-endpoint', seeds, run }
