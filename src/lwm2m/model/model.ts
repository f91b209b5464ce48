import type { ResourceType } from '../value.ts'

/** What the gateway knows of one resource of an object (from the OMA registry's files, LwM2M Core, appendix D). */
export interface ResourceFacts {
  readonly id: number
  readonly name: string
  readonly type: ResourceType
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
  readonly multiple: boolean
  readonly mandatory: boolean
  /** As the registry writes it, such as `0..100`; absent where it gives none. */
  readonly range?: string
  /** SenML unit or what the registry says in its place. */
  readonly unit?: string
}

export interface ObjectFacts {
  readonly id: number
  readonly version: string
  readonly name: string
  readonly multiple: boolean
  readonly mandatory: boolean
  readonly resources: ReadonlyMap<number, ResourceFacts>
}

/** The object definitions that are known; an unknown object is no error anywhere. */
export interface ObjectModel {
  /** The facts of exactly this version, else of the newest with the same major version, else undefined. */
  object(id: number, version: string): ObjectFacts | undefined
}
