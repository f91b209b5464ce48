import type { ErrorCode } from '../lib/errors.ts'
import { type KeyPath, type PlacedProblem as Placed, type Problem, pathText } from '../lib/problem.ts'

export type { KeyPath } from '../lib/problem.ts'

import { closest } from '../lib/suggestion.ts'

type MappingCode = Extract<ErrorCode, `mapping_${string}`>

/** One fault of a mapping file. Where the path stands in the file, its reader knows. */
export type MappingProblem = Problem<MappingCode>

/** One fault of a mapping file, and where it stands. */
export type PlacedProblem = Placed<MappingCode>

/** Collects what is wrong with a file, so that all of it is told at once. */
export class Problems {
  readonly list: MappingProblem[] = []

  add(code: MappingProblem['code'], path: KeyPath, message: string, suggestion?: string): void {
    const isKnown = this.list.some(
      (known) => known.message === message && pathText(known.path) === pathText(path),
    )
    if (isKnown) return // a part of the file that many rules share
    this.list.push({ code, path, message, ...(suggestion === undefined ? undefined : { suggestion }) })
  }

  /** A word that is none of those that are known. */
  unknown(path: KeyPath, message: string, word: string, known: readonly string[]): void {
    const suggestion = closest(word, known)
    this.add(
      'mapping_invalid',
      path,
      suggestion === undefined && known.length > 0 ? `${message}: ${known.join(', ')}` : message,
      suggestion,
    )
  }
}
