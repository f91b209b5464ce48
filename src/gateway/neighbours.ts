import { CodedError } from '../lib/errors.ts'
import { isJsonObject, parseJson } from '../lib/json.ts'
import type { Logger } from '../lib/logger.ts'
import type { Message } from '../mapping/publication.ts'
import { decodeTopicLevel } from '../mapping/topic.ts'

/** Whoever floods the topic makes us forget some, not run out of memory. */
const MOST = 16

/**
 * One base belongs to one gateway: who comes second has to go. Who was there first is decided when the broker has
 * our own `online`: what it had retained has come by then, and so has what it kept for our session while we were
 * away, which tells of gateways that came and went.
 */
export class Neighbours {
  readonly #base: string
  readonly #logger: Logger
  readonly #online = new Set<string>()
  readonly #taken = Promise.withResolvers<CodedError>()
  #isAnnounced = false

  readonly #own: string

  /** @param gateway the id of this one */
  constructor(base: string, gateway: string, logger: Logger) {
    this.#base = base
    this.#own = gateway
    this.#logger = logger
  }

  /** Where all gateways of this base tell their state, as the preset `plain` says it. */
  get filter(): string {
    return `${this.#base}/gateway/+/state`
  }

  /** Resolves when the base turns out to be another's. */
  get taken(): Promise<CodedError> {
    return this.#taken.promise
  }

  /** A gateway told its state: this one, or another. */
  hear({ topic, payload }: Message): void {
    const gateway = decodeTopicLevel(topic.split('/').at(-2) ?? '')
    if (gateway === undefined || gateway === this.#own) return
    const online = saysOnline(payload)
    if (this.#isAnnounced) {
      if (online) this.#complain(gateway)
    } else if (!online) this.#online.delete(gateway)
    else if (this.#online.size < MOST) this.#online.add(gateway)
  }

  /** The broker has heard that we are online. */
  announced(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    const [first] = this.#online
    this.#online.clear()
    if (first !== undefined) this.#taken.resolve(this.#complain(first))
  }

  #complain(neighbour: string): CodedError {
    const message = `gateway '${neighbour}' is online under the base topic '${this.#base}'`
    const error = new CodedError('base_taken', message)
    this.#logger.error({ code: error.code, neighbour, base: this.#base }, message)
    return error
  }
}

function saysOnline(payload: Uint8Array): boolean {
  try {
    const body = parseJson(Buffer.from(payload).toString())
    return isJsonObject(body) && body.state === 'online'
  } catch {
    return false
  }
}
