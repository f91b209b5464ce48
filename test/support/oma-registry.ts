import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

/** The XML files of the OMA registry, which are no part of this repository. */
export const REGISTRY = join(import.meta.dirname, '../../../shared/oma-registry')

/** A suite that needs them; its name says why it was skipped. */
export const describeWithRegistry = (name: string, suite: () => void): void =>
  existsSync(REGISTRY)
    ? void describe(name, suite)
    : void describe.skip(`${name} (skipped: there is no ../shared/oma-registry)`, () => {})
