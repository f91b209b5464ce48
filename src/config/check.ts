import type { KeyPath } from '../lib/problem.ts'
import type { Configuration } from './configuration.ts'

/** A fault that a check found. */
export interface Finding {
  readonly path: KeyPath
  /** What is wrong, and what to do about it. */
  readonly message: string
}

/** What a schema cannot say: values that must fit each other, and numbers inside texts. */
export interface Check {
  /** The keys that it looks at: where one of them is already faulty, it is not asked. */
  readonly reads: readonly string[]
  find(configuration: Configuration): Finding[]
}
