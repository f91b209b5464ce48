import type { Random } from '../../src/lib/random.ts'

/** Bytes at which decoders turn: limits of lengths, signs, markers. */
const INTERESTING = [0x00, 0x01, 0x0d, 0x0e, 0x0f, 0x7f, 0x80, 0xc0, 0xf0, 0xfe, 0xff]
const MOST_STEPS = 5
/** Bytes that an input may have. */
const LONGEST = 2048
/** One input in so many is pure chance. */
const PURE_CHANCE = 16

type Mutation = (random: Random, input: Uint8Array, seeds: readonly Uint8Array[]) => Uint8Array

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)] as T
}

function patched(random: Random, input: Uint8Array, change: (byte: number) => number): Uint8Array {
  if (input.length === 0) return input
  const at = random.integer(input.length)
  const output = Uint8Array.from(input)
  output[at] = change(output[at] as number)
  return output
}

/** `input` with `length` bytes at `at` replaced by others. */
function replaced(input: Uint8Array, at: number, length: number, others: Uint8Array): Uint8Array {
  return Buffer.concat([input.subarray(0, at), others, input.subarray(at + length)])
}

/** A piece of some bytes. */
function piece(random: Random, bytes: Uint8Array): Uint8Array {
  const from = random.integer(bytes.length + 1)
  return bytes.subarray(from, from + random.integer(bytes.length - from + 1))
}

const mutations: readonly Mutation[] = [
  function flipBit(random, input) {
    return patched(random, input, (byte) => byte ^ (1 << random.integer(8)))
  },
  function setInteresting(random, input) {
    return patched(random, input, () => pick(random, INTERESTING))
  },
  function setAny(random, input) {
    return patched(random, input, () => random.integer(256))
  },
  function step(random, input) {
    return patched(random, input, (byte) => byte + (random.integer(2) === 0 ? 1 : -1))
  },
  function truncate(random, input) {
    return input.subarray(0, random.integer(input.length + 1))
  },
  function insert(random, input) {
    return replaced(input, random.integer(input.length + 1), 0, random.bytes(1 + random.integer(8)))
  },
  function remove(random, input) {
    return replaced(input, random.integer(input.length + 1), 1 + random.integer(8), new Uint8Array(0))
  },
  function repeat(random, input) {
    return replaced(input, random.integer(input.length + 1), 0, piece(random, input))
  },
  function splice(random, input, seeds) {
    const other = pick(random, seeds)
    return Buffer.concat([input.subarray(0, random.integer(input.length + 1)), piece(random, other)])
  },
]

/** An input made from the seeds: a few mutations in a row, or now and then bytes of pure chance. */
export function mutate(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  if (seeds.length === 0 || random.integer(PURE_CHANCE) === 0) return random.bytes(random.integer(64))
  let input = pick(random, seeds)
  const steps = 1 + random.integer(MOST_STEPS)
  for (let step = 0; step < steps; step++) input = pick(random, mutations)(random, input, seeds)
  return Uint8Array.from(input.subarray(0, LONGEST))
}
