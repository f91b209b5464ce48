/** Places at the front that are given up before the rest moves forward: moving costs, and so it is done seldom. */
const MOST_GAPS = 32

/**
 * The messages of one peer that are remembered, oldest first, found by message id. The ids stand in an array of
 * their own: looking through a full one touches a few cache lines instead of every message.
 */
export class History<T extends { readonly id: number }> {
  #ids: number[] = []
  #messages: (T | undefined)[] = []
  /** Where the oldest stands. */
  #first = 0

  get length(): number {
    return this.#messages.length - this.#first
  }

  find(id: number): T | undefined {
    const index = this.#ids.indexOf(id, this.#first)
    return index < 0 ? undefined : this.#messages[index]
  }

  /** The oldest message that `fits`. */
  oldest(fits: (message: T) => boolean): T | undefined {
    for (let index = this.#first; index < this.#messages.length; index++) {
      const message = this.#messages[index]
      if (message !== undefined && fits(message)) return message
    }
    return undefined
  }

  /** Many peers have said one thing lately: a list of one takes one place, where the first `push` takes seventeen. */
  add(message: T): void {
    if (this.#messages.length === 0) {
      this.#ids = [message.id]
      this.#messages = [message]
      return
    }
    this.#ids.push(message.id)
    this.#messages.push(message)
  }

  /** Mostly it is the oldest that goes. */
  remove(message: T): void {
    const index = this.#messages.indexOf(message, this.#first)
    if (index < 0) return
    if (index > this.#first) this.#cut(index, 1)
    else this.#removeOldest()
  }

  all(): T[] {
    return this.#messages.slice(this.#first) as T[]
  }

  #removeOldest(): void {
    this.#messages[this.#first++] = undefined
    const isEmpty = this.#first === this.#messages.length
    if (!isEmpty && this.#first < MOST_GAPS) return
    this.#cut(0, this.#first)
    this.#first = 0
  }

  #cut(index: number, count: number): void {
    this.#ids.splice(index, count)
    this.#messages.splice(index, count)
  }
}
