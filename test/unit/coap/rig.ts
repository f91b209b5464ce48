import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import type {
  Match,
  Notification,
  Observation,
  ReceivedRequest,
  ReceivedResponse,
  Reply,
  Request,
  RequestOptions,
  Settle,
} from '../../../src/coap/handler.ts'
import type { CoapParameters } from '../../../src/coap/parameters.ts'
import type { Peer } from '../../../src/coap/peer.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { Logger } from '../../../src/lib/logger.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { describeCoap, readCoap } from '../../support/coap.ts'
import { type SimulatedDevice, SimulatedNetwork } from '../../support/network.ts'
import { SeededRandom } from '../../support/random.ts'

export const SERVER = '192.0.2.1:5683'
export const DEVICE = '192.0.2.7:40000'
export const OTHER = '192.0.2.8:40000'

export interface Handled {
  readonly request: ReceivedRequest
  readonly peer: Peer
  readonly reply: Reply
}

export interface Notified {
  readonly notification: Notification<Observation>
  readonly settle: Settle
}

export type Outcome = ReceivedResponse | CodedError

/** An endpoint under test with two scripted devices, and a record of all that its handlers saw. */
export class Rig {
  readonly clock = new SimulatedClock()
  readonly network = new SimulatedNetwork(this.clock, new SeededRandom(7))
  readonly device: SimulatedDevice = this.network.device(DEVICE, SERVER)
  readonly other: SimulatedDevice = this.network.device(OTHER, SERVER)
  readonly handled: Handled[] = []
  readonly notified: Notified[] = []
  readonly outcomes: Outcome[] = []
  readonly logged: object[] = []
  /** Options for which notifications were rejected. */
  readonly rejected: number[] = []
  /** Of whom it was asked whose a token is. */
  readonly matched: Peer[] = []
  readonly observations = new Map<string, Match<Observation>>()
  /** What the request handler does, besides being recorded. */
  onRequest: (handled: Handled) => void = ({ reply }) => reply.respond({ code: 0x44 })
  onNotify: (notified: Notified) => void = () => {}
  readonly endpoint: CoapEndpoint<Observation>

  constructor(parameters: Partial<CoapParameters> = {}) {
    const error = (fields: object): number => this.logged.push(fields)
    const logger: Logger = { debug() {}, info() {}, warn: error, error }
    this.endpoint = new CoapEndpoint<Observation>({
      clock: this.clock,
      random: new SeededRandom(1),
      logger,
      parameters: { amplification: Number.POSITIVE_INFINITY, ...parameters }, // devices are asked unheard
      requests: (request, peer, reply) => {
        this.handled.push({ request, peer, reply })
        this.onRequest({ request, peer, reply })
      },
      observations: {
        match: (peer, token) => {
          this.matched.push(peer)
          return this.observations.get(Buffer.from(token).toString('hex')) ?? 'unknown'
        },
        rejected: (_observation, option) => this.rejected.push(option),
        request: () => ({ code: 1, path: ['3', '0'], accept: 112 }),
      },
      notifications: (notification, settle) => {
        this.notified.push({ notification, settle })
        this.onNotify({ notification, settle })
      },
    })
    this.network.attach(SERVER, this.endpoint)
  }

  /** The device as the endpoint sees it. */
  get peer(): Peer {
    return this.network.peer(SERVER, DEVICE)
  }

  /** Lets all datagrams under way arrive. */
  settle(): void {
    this.clock.advance(0)
  }

  /** Sends from the device and lets it arrive; returns what came back, a line each. */
  say(...datagrams: (Uint8Array | string)[]): string[] {
    for (const datagram of datagrams) this.device.send(datagram)
    this.settle()
    return this.heard()
  }

  /** What the device has received since the last look, a line each. */
  heard(): string[] {
    this.settle()
    return this.device.take().map(describeCoap)
  }

  /** Sends a request to the device and lets it arrive; returns its id and token. */
  ask(
    request: Request = { code: 1, path: ['3', '0'] },
    options?: RequestOptions,
  ): { id: number; token: string } {
    this.endpoint.request(this.peer, request, (outcome) => this.outcomes.push(outcome), options)
    this.settle()
    const asked = this.device.take().at(-1)
    if (asked === undefined) return { id: -1, token: '' }
    const { messageId, token } = readCoap(asked)
    return { id: messageId, token: token.toString('hex') }
  }

  /** An observation of ours under a token. */
  observe(token: string): Observation {
    const order = { sequence: undefined, at: 0 }
    const observation: Observation = { token: Buffer.from(token, 'hex'), order }
    this.observations.set(token, observation)
    return observation
  }

  /** Outcomes as error codes or payload texts. */
  results(): string[] {
    return this.outcomes.map((outcome) =>
      outcome instanceof CodedError ? outcome.code : Buffer.from(outcome.payload).toString(),
    )
  }
}
