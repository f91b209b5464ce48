import { isWithin } from '../lwm2m/path.ts'
import type { Exchange, Relation } from './exchange.ts'
import type { Request, Response } from './message.ts'

const MAX_OBSERVATIONS = 256

interface Observer {
  readonly relation: Relation
  /** Read again for each notification. */
  readonly request: Request
}

export interface ObserversListener {
  observed(path: string): void
  notified(path: string): void
  acknowledged(path: string): void
  ended(path: string, why: string): void
}

/** Who observes what on a device, by token (RFC 7641, 4.1). */
export class Observers {
  readonly #byToken = new Map<string, Observer>()
  readonly #read: (request: Request) => Response
  readonly #listener: ObserversListener
  confirmable: boolean

  constructor(read: (request: Request) => Response, confirmable: boolean, listener: ObserversListener) {
    this.#read = read
    this.confirmable = confirmable
    this.#listener = listener
  }

  /** Paths under observation, in the order of their making. */
  get paths(): string[] {
    return [...this.#byToken.values()].map((observer) => observer.request.path)
  }

  /** Answers an Observe that was read well. The same token again renews the observation. */
  add(exchange: Exchange, response: Response): void {
    const { token, request } = exchange
    if (this.#byToken.size >= MAX_OBSERVATIONS && !this.#byToken.has(token)) {
      exchange.respond(response) // without an Observe option: read, not observed
      return
    }
    const relation = exchange.establish(response)
    if (relation === undefined) return
    this.#byToken.set(token, { relation, request })
    relation.onGivenUp(() => {
      if (this.#byToken.get(token)?.relation === relation) this.end(token, 'given up')
    })
    this.#listener.observed(request.path)
  }

  end(token: string, why: string): void {
    const observer = this.#byToken.get(token)
    if (observer === undefined) return
    this.#byToken.delete(token)
    this.#listener.ended(observer.request.path, why)
  }

  acknowledged(token: string): void {
    const observer = this.#byToken.get(token)
    if (observer !== undefined) this.#listener.acknowledged(observer.request.path)
  }

  /** Forgets all without a word, as a device does that restarts. */
  clear(): void {
    this.#byToken.clear()
  }

  /** Notifies everyone who observes one of these paths, what is below it, or what is above it: once each. */
  changed(paths: readonly string[]): void {
    for (const [token, { relation, request }] of this.#byToken) {
      if (paths.some((path) => touches(path, request.path))) this.#renew(token, relation, request)
    }
  }

  /** Sends a notification of this very content to everyone who observes exactly this path. */
  send(path: string, response: Response): void {
    for (const { relation, request } of this.#byToken.values()) {
      if (request.path === path) this.#notify(relation, path, response)
    }
  }

  #renew(token: string, relation: Relation, request: Request): void {
    const response = this.#read(request)
    if (response.code === '2.05') {
      this.#notify(relation, request.path, response)
      return
    }
    relation.end(response.code, this.confirmable)
    this.end(token, response.code)
  }

  #notify(relation: Relation, path: string, response: Response): void {
    relation.notify(response, this.confirmable)
    this.#listener.notified(path)
  }
}

function touches(changed: string, observed: string): boolean {
  return isWithin(changed, observed) || isWithin(observed, changed)
}
