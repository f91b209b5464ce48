/** Data types of resources (LwM2M Core, appendix C); `none` is what can only be executed. */
export type ResourceType =
  | 'string'
  | 'integer'
  | 'unsigned'
  | 'float'
  | 'boolean'
  | 'opaque'
  | 'time'
  | 'objlnk'
  | 'corelnk'
  | 'none'

/** By resource id, of the resources of one object. */
export type ResourceTypes = Readonly<Record<string, Exclude<ResourceType, 'none'>>>

/** A link to an object instance. 65535:65535 is the null link. */
export interface ObjectLink {
  readonly object: number
  readonly instance: number
}

/**
 * A resource's value. Integers (integer, unsigned, time in epoch seconds) are `number` while they are safe and
 * `bigint` beyond 2^53 - 1: never rounded. Opaque is bytes; strings and CoRE links are text.
 */
export type Value = string | number | bigint | boolean | Uint8Array | ObjectLink

/** One value of one resource or resource instance, as decoded from a payload. */
export interface Sample {
  /** Path text of the resource (`/3/0/9`) or the resource instance (`/3/0/7/0`). */
  readonly path: string
  readonly type: ResourceType
  readonly value: Value
  /** Milliseconds since the epoch, where the payload gave a time. */
  readonly time?: number
  /** SenML unit, where the payload gave one. */
  readonly unit?: string
}

/** The newest value of a path. */
export interface LastValue {
  readonly value: Value
  /** Milliseconds since the epoch: the device's own where it gave one, else that of arrival. */
  readonly time: number
  /** SenML unit, where the device gave one. */
  readonly unit: string | undefined
}

export function isObjectLink(value: unknown): value is ObjectLink {
  return typeof value === 'object' && value !== null && 'object' in value && 'instance' in value
}
