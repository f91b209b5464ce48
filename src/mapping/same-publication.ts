import type { Publication } from './publication.ts'

/** Whether two publications, or the absence of one, say the same in the same place. */
export function isSamePublication(one: Publication | undefined, other: Publication | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other) // both are made by the same code: keys stand in one order
}
