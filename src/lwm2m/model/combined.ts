import type { Definition, Definitions } from './definitions.ts'
import { compareVersions } from './definitions.ts'
import type { ObjectFacts, ObjectModel } from './model.ts'

/** Definitions that may be replaced by others at any time. */
export interface DefinitionSource {
  readonly definitions: Definitions
}

/**
 * The user's own definitions over the built-in ones: of the same version the user's win, and a version that is there
 * wins over one that stands in for it.
 */
export class CombinedModel implements ObjectModel {
  readonly #own: DefinitionSource
  readonly #builtin: Definitions

  constructor(own: DefinitionSource, builtin: Definitions) {
    this.#own = own
    this.#builtin = builtin
  }

  object(id: number, version: string): ObjectFacts | undefined {
    const own = this.#own.definitions
    const found = own.exact(id, version) ?? this.#builtin.exact(id, version)
    if (found !== undefined) return found.facts
    const major = Number.parseInt(version, 10)
    return newer(own.newest(id, major), this.#builtin.newest(id, major))?.facts
  }
}

function newer(own: Definition | undefined, builtin: Definition | undefined): Definition | undefined {
  if (own === undefined || builtin === undefined) return own ?? builtin
  return compareVersions(own.version, builtin.version) >= 0 ? own : builtin
}
