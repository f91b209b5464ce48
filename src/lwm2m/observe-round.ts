import type { NewAttributes } from './command.ts'
import type { RegisteredDevice } from './device.ts'
import type { Waiting } from './observe-pacing.ts'
import type { PlanBasis } from './observe-plan.ts'

const NO_PATHS: ReadonlySet<string> = new Set()

/** How far the policy is with one device: what is still to be asked, and what is not to be asked again. */
export class ObserveRound implements Waiting<ObserveRound> {
  readonly device: RegisteredDevice
  previous: ObserveRound | undefined
  next: ObserveRound | undefined
  isWaiting = false
  /** Whether the device is being asked something. */
  isAsking = false
  /** Whether the device has shown itself since it was asked. */
  isRenewed = false
  /** What the plan was made from; undefined where another one is to be made at the next occasion. */
  basis: PlanBasis | undefined
  /** How many paths are not asked for, as there are too many; told already. */
  excess = 0
  /** Paths to read, before it can be told what is to be observed. */
  unread: ReadonlySet<string> = NO_PATHS
  /** Paths that are wanted, with their attributes, in the order in which they are asked for. */
  wanted: Map<string, NewAttributes | undefined> | undefined
  /** The path whose attributes the device has got or refused: what is left is to observe it. */
  prepared: string | undefined
  /** Whether the device took attributes in the query of an Observe for a fault. */
  refusesQuery = false
  #settled: Set<string> | undefined
  /** Paths that were read, and whether the device has answered. */
  #tried: Map<string, boolean> | undefined

  constructor(device: RegisteredDevice) {
    this.device = device
  }

  /** A new plan. */
  begin(unread: ReadonlySet<string>, wanted: Map<string, NewAttributes | undefined>): void {
    this.unread = unread
    this.wanted = wanted
    this.prepared = undefined
  }

  /** Nothing more is asked until a new plan is made. */
  end(): void {
    this.unread = NO_PATHS
    this.wanted = undefined
    this.prepared = undefined
  }

  get isOver(): boolean {
    return this.unread.size === 0 && this.wanted === undefined
  }

  /** A path that the device does not have, or that was cancelled: not asked for again in this registration. */
  settle(path: string): void {
    this.#settled ??= new Set()
    this.#settled.add(path)
  }

  isSettled(path: string): boolean {
    return this.#settled?.has(path) === true
  }

  /** Asks anew for settled paths, where they are such. */
  reopen(isSuch: (path: string) => boolean): void {
    this.basis = undefined
    for (const path of [...(this.#settled ?? NO_PATHS)]) if (isSuch(path)) this.#settled?.delete(path)
  }

  /** The path was read: once in this registration, whatever the device answers. */
  read(path: string, isAnswered: boolean): void {
    this.#tried ??= new Map()
    this.#tried.set(path, isAnswered)
    this.basis = undefined
  }

  isRead(path: string): boolean {
    return this.#tried?.has(path) === true
  }

  /** The device has shown itself: what it did not answer is read again. */
  retry(): void {
    for (const [path, isAnswered] of this.#tried ?? []) {
      if (isAnswered) continue
      this.#tried?.delete(path)
      this.basis = undefined
    }
  }
}
