/** A pending call; `cancel` after it fired, or twice, does nothing. */
export interface Timer {
  readonly name: string
  /** When it fires, on the clock that made it. */
  readonly due: number
  cancel(): void
}

class HeapTimer implements Timer {
  readonly name: string
  readonly due: number
  readonly order: number
  readonly fire: (context: never) => void
  readonly context: unknown
  readonly heap: TimerHeap
  /** Place in the heap, or -1 when it is no longer pending. */
  index = -1

  constructor(
    heap: TimerHeap,
    name: string,
    due: number,
    order: number,
    fire: (context: never) => void,
    context: unknown,
  ) {
    this.heap = heap
    this.name = name
    this.due = due
    this.order = order
    this.fire = fire
    this.context = context
  }

  cancel(): void {
    this.heap.remove(this)
  }

  isBefore(other: HeapTimer): boolean {
    return this.due < other.due || (this.due === other.due && this.order < other.order)
  }
}

/**
 * Timers ordered by due time in a binary heap: adding, firing and cancelling cost O(log n), whatever the number
 * of devices. Timers that are due at the same time fire in the order in which they were added.
 */
export class TimerHeap {
  readonly #heap: HeapTimer[] = []
  readonly #emptied: () => void
  #added = 0

  /**
   * @param emptied called when the last pending timer was cancelled or is about to fire
   */
  constructor(emptied: () => void = () => {}) {
    this.#emptied = emptied
  }

  get size(): number {
    return this.#heap.length
  }

  /** Names of all pending timers, for tests that assert that nothing is left behind. */
  names(): string[] {
    return this.#heap.map((timer) => timer.name)
  }

  /** Infinity when nothing is pending. */
  nextDue(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY
  }

  add<T>(name: string, due: number, fire: (context: T) => void, context: T): Timer {
    const timer = new HeapTimer(this, name, due, this.#added++, fire as (context: never) => void, context)
    this.#heap.push(timer)
    this.#rise(timer, this.#heap.length - 1)
    return timer
  }

  /** Fires the earliest timer if it is due at `now`; returns whether one fired. */
  runOne(now: number): boolean {
    const first = this.#heap[0]
    if (first === undefined || first.due > now) return false
    this.remove(first)
    first.fire(first.context as never)
    return true
  }

  /** Fires all that is due at `now`. One that throws does not keep the others from firing: it throws last. */
  runDue(now: number): void {
    let failure: { error: unknown } | undefined
    for (;;) {
      try {
        if (!this.runOne(now)) break
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
  }

  remove(timer: HeapTimer): void {
    const { index } = timer
    if (index < 0) return
    timer.index = -1
    const last = this.#heap.pop() as HeapTimer
    if (last !== timer) {
      this.#rise(last, index)
      if (last.index === index) this.#sink(last, index)
    }
    if (this.#heap.length === 0) this.#emptied()
  }

  #rise(timer: HeapTimer, index: number): void {
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#heap[parentIndex] as HeapTimer
      if (!timer.isBefore(parent)) break
      this.#place(parent, index)
      index = parentIndex
    }
    this.#place(timer, index)
  }

  #sink(timer: HeapTimer, index: number): void {
    for (;;) {
      let childIndex = 2 * index + 1
      let child = this.#heap[childIndex]
      if (child === undefined) break
      const right = this.#heap[childIndex + 1]
      if (right?.isBefore(child)) {
        child = right
        childIndex++
      }
      if (!child.isBefore(timer)) break
      this.#place(child, index)
      index = childIndex
    }
    this.#place(timer, index)
  }

  #place(timer: HeapTimer, index: number): void {
    this.#heap[index] = timer
    timer.index = index
  }
}
