import type { ObjectFacts, ObjectModel } from './model.ts'
import { type ObjectText, readObjectText } from './object-text.ts'

/** One version of an object. */
export interface Definition {
  readonly id: number
  readonly version: string
  readonly facts: ObjectFacts
}

/** A definition in its compact form, which is read when it is first asked for. */
export class ShippedDefinition implements Definition {
  readonly id: number
  readonly version: string
  readonly #text: ObjectText
  #facts: ObjectFacts | undefined

  constructor(text: ObjectText) {
    this.#text = text
    this.id = text[0]
    this.version = text[1]
  }

  get facts(): ObjectFacts {
    this.#facts ??= readObjectText(this.#text)
    return this.#facts
  }
}

/** `1.10` is newer than `1.9`. */
export function compareVersions(one: string, other: string): number {
  const [major = 0, minor = 0] = one.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number)
  return major - otherMajor || minor - otherMinor
}

/**
 * Object definitions by object and version. Where a version is not there, the newest with the same major version
 * stands in: a minor version only adds (LwM2M Core, 7.2.2). Another major version may give the same id another type,
 * so that it counts as unknown, and its values pass through as the payload has them.
 */
export class Definitions implements ObjectModel {
  /** Of each object the newest first. */
  readonly #objects = new Map<number, Definition[]>()

  constructor(definitions: Iterable<Definition>) {
    for (const definition of definitions) {
      const versions = this.#objects.get(definition.id)
      if (versions === undefined) this.#objects.set(definition.id, [definition])
      else versions.push(definition)
    }
    for (const versions of this.#objects.values()) {
      if (versions.length > 1) versions.sort((one, other) => compareVersions(other.version, one.version))
    }
  }

  object(id: number, version: string): ObjectFacts | undefined {
    return (this.exact(id, version) ?? this.newest(id, Number.parseInt(version, 10)))?.facts
  }

  /** Exactly this version. */
  exact(id: number, version: string): Definition | undefined {
    const versions = this.#objects.get(id)
    if (versions === undefined) return undefined
    for (const definition of versions) if (definition.version === version) return definition
    return undefined
  }

  /** The newest version, of one major version or of all. */
  newest(id: number, major?: number): Definition | undefined {
    const versions = this.#objects.get(id)
    if (major === undefined) return versions?.[0]
    return versions?.find(({ version }) => Number.parseInt(version, 10) === major)
  }
}
