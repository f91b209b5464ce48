import type { Clock } from '../../lib/clock.ts'
import { CodedError } from '../../lib/errors.ts'
import type { EnablerVersion } from '../../lwm2m/fact.ts'
import type { Definitions } from '../../lwm2m/model/definitions.ts'
import { defaultVersion } from '../../lwm2m/model/enabler.ts'
import type { ObjectFacts } from '../../lwm2m/model/model.ts'
import type { VersionedPath } from '../../lwm2m/path.ts'
import type { SimulatedObject } from '../object.ts'
import { generic } from './generic.ts'
import { standardObjects } from './standard.ts'

/** Every device has these (LwM2M Core, appendix E): Security, Server, Device. */
const MANDATORY: ReadonlySet<number> = new Set([0, 1, 3])

export interface ChoiceOptions {
  readonly clock: Clock
  /** Of the registration, in seconds. */
  readonly lifetime: number
  readonly version: EnablerVersion
  readonly model: Definitions
}

/**
 * The mandatory objects and those that are chosen: with a behaviour of their own where there is one for the version
 * that is meant, else made of the definition.
 * @param chosen the object, and the version where it matters
 * @throws CodedError `simulator_object` for one that the model does not know
 */
export function chooseObjects(
  chosen: readonly Pick<VersionedPath, 'object' | 'version'>[],
  options: ChoiceOptions,
): SimulatedObject[] {
  const { clock, lifetime, version: enabler } = options
  const standard = new Map(standardObjects(clock, lifetime).map((object) => [object.id, object]))
  const objects = new Map([...standard].filter(([id]) => MANDATORY.has(id)))
  for (const { object: id, version } of chosen) {
    const own = standard.get(id)
    const fits = own !== undefined && [undefined, versionOf(own, enabler)].includes(version)
    objects.set(id, fits ? own : generic(definitionOf(id, version, options), clock))
  }
  return [...objects.values()]
}

function versionOf(object: SimulatedObject, enabler: EnablerVersion): string {
  return object.version ?? defaultVersion(object.id, enabler)
}

function definitionOf(
  id: number,
  version: string | undefined,
  { model, version: enabler }: ChoiceOptions,
): ObjectFacts {
  const usual = version ?? defaultVersion(id, enabler)
  const found = model.exact(id, usual) ?? (version === undefined ? model.newest(id) : undefined)
  if (found !== undefined) return found.facts
  const meant = version === undefined ? '' : ` of version ${version}`
  throw new CodedError('simulator_object', `the model knows no object ${id}${meant}`)
}
