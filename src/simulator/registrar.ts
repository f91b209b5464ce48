import type { Clock, Timer } from '../lib/clock.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { Random } from '../lib/random.ts'
import { LINK_FORMAT } from '../lwm2m/format/formats.ts'
import type { OutgoingRequest } from './endpoint.ts'
import type { Response } from './message.ts'

/** What a device says of itself in a Register; an Update carries what has changed since. */
export interface Description {
  readonly endpoint: string
  readonly version: string
  /** Seconds; 0 is for ever. */
  readonly lifetime: number
  /** Absent: not said. */
  readonly binding?: string | undefined
  /** From LwM2M 1.1, where it is no part of the binding. */
  readonly queueMode: boolean
  /** Parameters that LwM2M does not know, as they are sent: `room=kitchen`. */
  readonly attributes?: readonly string[] | undefined
  /** Link format. */
  readonly links: string
}

export interface RegistrarListener {
  registered(location: string): void
  updated(): void
  deregistered(): void
  /** A Register or Update failed; it is tried again. */
  failed(reason: string): void
}

export interface RegistrarOptions {
  readonly clock: Clock
  readonly random: Random
  readonly describe: () => Description
  readonly send: (request: OutgoingRequest, timeout: number) => Promise<Response>
}

/** MAX_TRANSMIT_WAIT of RFC 7252: after that the other side is away. */
const PATIENCE = 93_000
/** A device that is told to stop does not wait for a server that is away. */
const FAREWELL_PATIENCE = 3_000
const FIRST_DELAY = 2_000
const LONGEST_DELAY = 60_000

/**
 * The registration interface from the device's side (LwM2M Core, 6.2): registers, updates before the lifetime ends,
 * registers anew when the server has forgotten it, and tries again at growing distances when the server is away.
 */
export class Registrar {
  readonly #options: RegistrarOptions
  readonly #listener: RegistrarListener
  #location: readonly string[] | undefined
  #said: Description | undefined
  #failures = 0
  #timer: Timer | undefined
  #stopped = false
  /** One exchange at a time (RFC 7252, NSTART). */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: RegistrarOptions, listener: RegistrarListener) {
    this.#options = options
    this.#listener = listener
  }

  /** `/rd/{id}` while registered. */
  get location(): string | undefined {
    return this.#location === undefined ? undefined : `/${this.#location.join('/')}`
  }

  /** Registers, whatever was before; tried again until it works or the registrar is stopped. */
  register(): Promise<void> {
    return this.#inTurn(() => this.#register())
  }

  /** Sends an Update with what has changed, or registers where that is still to be done. */
  update(): Promise<void> {
    return this.#inTurn(() =>
      this.#location === undefined ? this.#register() : this.#update(this.#location),
    )
  }

  /** Deregisters, as well as that goes in a few seconds. */
  async stop(): Promise<void> {
    const location = this.#location
    this.abandon()
    if (location === undefined) return
    try {
      const response = await this.#options.send({ method: 'DELETE', path: location }, FAREWELL_PATIENCE)
      if (response.code === '2.02') this.#listener.deregistered()
      else this.#listener.failed(`Deregister was answered ${response.code}`)
    } catch (thrown) {
      this.#listener.failed(`Deregister: ${reasonOf(thrown)}`)
    }
  }

  /** Falls silent without a word. */
  abandon(): void {
    this.#stopped = true
    this.#location = undefined
    this.#timer?.cancel()
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(() => {
      if (this.#stopped) return
      this.#timer?.cancel()
      return action()
    })
    return this.#turn
  }

  async #register(): Promise<void> {
    const description = this.#options.describe()
    this.#location = undefined
    const response = await this.#attempt('Register', {
      method: 'POST',
      path: ['rd'],
      query: registerQuery(description),
      contentFormat: LINK_FORMAT,
      payload: description.links,
    })
    if (response === undefined) return
    if (response.code !== '2.01') return this.#failed(`Register was answered ${response.code}`)
    this.#location = response.location ?? []
    this.#settled(description)
    this.#listener.registered(`/${this.#location.join('/')}`)
  }

  async #update(location: readonly string[]): Promise<void> {
    const description = this.#options.describe()
    const response = await this.#attempt('Update', {
      method: 'POST',
      path: location,
      ...this.#news(description),
    })
    if (response === undefined) return
    if (response.code === '2.04') {
      this.#settled(description)
      this.#listener.updated()
      return
    }
    this.#location = undefined
    if (response.code !== '4.04') return this.#failed(`Update was answered ${response.code}`)
    this.#listener.failed('Update was answered 4.04')
    await this.#register()
  }

  /** The response, or undefined where there was none and the next attempt is on its way. */
  async #attempt(what: string, request: OutgoingRequest): Promise<Response | undefined> {
    try {
      const response = await this.#options.send(request, PATIENCE)
      return this.#stopped ? undefined : response
    } catch (thrown) {
      if (thrown instanceof CodedError && !this.#stopped) this.#failed(`${what}: ${thrown.message}`)
      return undefined
    }
  }

  /** What an Update has to say: the parameters and links that differ from what was said last. */
  #news(description: Description): Pick<OutgoingRequest, 'query' | 'contentFormat' | 'payload'> {
    const query: string[] = []
    if (description.lifetime !== this.#said?.lifetime) query.push(`lt=${description.lifetime}`)
    if (description.binding !== undefined && description.binding !== this.#said?.binding) {
      query.push(`b=${description.binding}`)
    }
    const { links } = description
    return links === this.#said?.links ? { query } : { query, contentFormat: LINK_FORMAT, payload: links }
  }

  #settled(description: Description): void {
    this.#said = description
    this.#failures = 0
    if (description.lifetime > 0) this.#again('simulator update', updateDelay(description.lifetime))
  }

  #failed(reason: string): void {
    this.#location = undefined
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(this.#failures, 10))
    this.#failures++
    this.#again('simulator retry', longest / 2 + this.#options.random.integer(longest / 2))
    this.#listener.failed(reason)
  }

  #again(name: string, delay: number): void {
    this.#timer = this.#options.clock.schedule(name, delay, () => void this.update(), undefined)
  }
}

function registerQuery(description: Description): string[] {
  const { endpoint, lifetime, version, binding, queueMode, attributes = [] } = description
  const query = [`ep=${endpoint}`, `lt=${lifetime}`, `lwm2m=${version}`]
  if (binding !== undefined) query.push(`b=${binding}`)
  if (queueMode) query.push('Q')
  return [...query, ...attributes]
}

/** Milliseconds until the Update: time for one more exchange is left, and at least half the lifetime has passed. */
function updateDelay(lifetime: number): number {
  return Math.max((lifetime * 1000) / 2, lifetime * 1000 - PATIENCE)
}
