import { exposedGc } from '../support/gc.ts'

const collect = exposedGc()

/** Bytes that are still in use after collection: JavaScript's, and those of buffers. */
export function heapInUse(): number {
  collect()
  collect() // what finalisers held on to
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
