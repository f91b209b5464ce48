import { CodedError } from '../../src/lib/errors.ts'
import { SeededRandom } from '../support/random.ts'
import { heapInUse } from './heap.ts'
import { mutate } from './mutate.ts'
import type { FuzzTarget } from './target.ts'

export interface Finding {
  readonly input: Uint8Array
  readonly error: unknown
}

export interface Report {
  readonly accepted: number
  readonly refused: number
  /** The first input that was answered neither with a result nor with a CodedError. */
  readonly finding: Finding | undefined
  /** Bytes that the heap has grown by, after collection, since the first inputs; undefined where that was too soon. */
  readonly growth: number | undefined
}

/** Inputs after which caches and compiled code are there, and the heap is measured for the first time. */
export const WARM_UP = 20_000
/** Bytes; what grows by more is taken for a leak. */
const TOLERATED_GROWTH = 10_000_000

type Verdict = 'accepted' | 'refused' | { readonly error: unknown }

function judge(target: FuzzTarget, input: Uint8Array): Verdict {
  try {
    target.run(input)
    return 'accepted'
  } catch (error) {
    return error instanceof CodedError ? 'refused' : { error }
  }
}

/** A number from a name, so that each target has a sequence of its own under one seed. */
function seedOf(name: string, seed: number): number {
  let mixed = seed | 0
  for (const letter of name) mixed = Math.imul(mixed ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return mixed
}

/** Runs the seeds and `count` mutated inputs against a target, the same ones for the same seed. */
export function fuzz(target: FuzzTarget, count: number, seed: number): Report {
  const random = new SeededRandom(seedOf(target.name, seed))
  const totals = { accepted: 0, refused: 0 }
  let before: number | undefined
  for (let index = -target.seeds.length; index < count; index++) {
    if (index === WARM_UP) before = heapInUse()
    const input = index < 0 ? target.seeds.at(index) : mutate(random, target.seeds)
    if (input === undefined) continue
    const verdict = judge(target, input)
    if (typeof verdict === 'object')
      return { ...totals, finding: { input, error: verdict.error }, growth: undefined }
    totals[verdict]++
  }
  const growth = before === undefined ? undefined : heapInUse() - before
  return { ...totals, finding: leak(growth), growth }
}

function leak(growth: number | undefined): Finding | undefined {
  if (growth === undefined || growth <= TOLERATED_GROWTH) return undefined
  return { input: new Uint8Array(0), error: new Error(`the heap has grown by ${growth} bytes`) }
}

const SMALL = 1024
const LARGE = 64 * 1024
const ROUNDS = 5
/** Linear cost stays near 1; caches and collections make it a few; a square would be 64. */
const GENEROUS = 10
/** How often that has to show: a machine that stalls is not to be taken for it. */
const ATTEMPTS = 3

/** A seed grown to a size: repeated whole, or only its second half, so that its head stays in force. */
function grown(seed: Uint8Array, size: number, from: number): Uint8Array {
  const output = new Uint8Array(size)
  for (let at = 0; at < size; at++) {
    output[at] = (
      at < seed.length ? seed[at] : seed[from + ((at - seed.length) % (seed.length - from))]
    ) as number
  }
  return output
}

/** The shortest time that so many bytes took, in milliseconds, over a few rounds. */
function cost(target: FuzzTarget, input: Uint8Array): number {
  let shortest = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    for (let bytes = 0; bytes < LARGE; bytes += input.length) judge(target, input)
    shortest = Math.min(shortest, performance.now() - start)
  }
  return shortest
}

/** Ways to make one kind of input at any size. */
function* growers(target: FuzzTarget): Generator<(size: number) => Uint8Array> {
  if (target.grow !== undefined) yield (size) => (target.grow as (size: number) => Uint8Array)(size)
  for (const seed of target.seeds) {
    if (seed.length === 0) continue
    yield (size) => grown(seed, size, 0)
    yield (size) => grown(seed, size, seed.length >> 1)
    yield (size) => grown(seed, size, seed.length - 1)
  }
}

/** How many times more a byte costs in large inputs, at the best of a few attempts. */
function steepness(target: FuzzTarget, grow: (size: number) => Uint8Array): number {
  let ratio = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < ATTEMPTS && ratio > GENEROUS; attempt++) {
    ratio = Math.min(ratio, cost(target, grow(LARGE)) / Math.max(cost(target, grow(SMALL)), 0.05))
  }
  return ratio
}

/**
 * Looks for inputs whose cost grows faster than they do: the same number of bytes in large inputs may cost but a
 * few times what it costs in small ones.
 */
export function findSuperlinear(target: FuzzTarget): Finding | undefined {
  for (const grow of growers(target)) {
    const ratio = steepness(target, grow)
    if (ratio <= GENEROUS) continue
    const error = new Error(`a byte costs ${ratio.toFixed(1)} times more at ${LARGE} bytes than at ${SMALL}`)
    return { input: grow(SMALL), error }
  }
  return undefined
}
