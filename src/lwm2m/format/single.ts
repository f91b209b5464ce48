import { isWithin, type Path, parsePath } from '../path.ts'
import type { ResourceType, Sample } from '../value.ts'
import type { DecodeContext } from './codec.ts'
import { malformed, unsupported } from './failures.ts'

/** What the formats that hold one bare value share: text/plain, opaque, link format. */

/** The type that the model gives; undefined where it knows none, or only that the resource can be executed. */
export function knownType(
  context: DecodeContext,
  object: number,
  resource: number,
): ResourceType | undefined {
  const type = context.resource(object, resource)?.type
  return type === 'none' ? undefined : type
}

/** Type of the one resource that the payload is the value of. */
export function singleType(context: DecodeContext, format: string): ResourceType | undefined {
  const path = context.base === '/' ? undefined : parsePath(context.base)
  if (path?.resource === undefined) {
    throw malformed(`${format} holds one resource's value, but ${context.base} was asked for`, 'byte 0')
  }
  return knownType(context, path.object, path.resource)
}

/** The one sample that a bare value can carry. */
export function singleSample(samples: readonly Sample[], base: string, format: string): Sample {
  const [sample] = samples
  if (sample === undefined || samples.length > 1 || sample.path !== base) {
    throw unsupported(`${format} holds exactly one value, of the resource or resource instance itself`, base)
  }
  return sample
}

/** Parsed base of a write, and a check that a sample lies within it. */
export function pathWithin(sample: Sample, base: string): Path {
  const path = parsePath(sample.path)
  if (base !== '/' && !isWithin(sample.path, base)) {
    throw unsupported(`${sample.path} does not lie within ${base}`, sample.path)
  }
  if (path.resource === undefined) throw unsupported(`${sample.path} names no resource`, sample.path)
  return path
}
