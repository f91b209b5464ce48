import type { Clock } from '../../lib/clock.ts'
import type { ObjectFacts, ResourceFacts } from '../../lwm2m/model/model.ts'
import { parseInterval } from '../../lwm2m/model/range.ts'
import type { Value } from '../../lwm2m/value.ts'
import type { Behaviour, Content, SimulatedObject, World } from '../object.ts'

const SENSOR_VALUE = 5700
const PLAUSIBLE_NUMBER = 20
const SOME_BYTES = [0xde, 0xad, 0xbe, 0xef]

/**
 * One instance of any object, made of its definition: all resources that can hold a value, with a plausible one
 * within their range. What is measured changes at each interval; what can be written, can be written.
 */
export function generic(facts: ObjectFacts, clock: Clock): SimulatedObject {
  const held = [...facts.resources.values()].filter(holdsValue)
  const resources = held.map((resource) => [resource.id, contentOf(resource, clock)] as const)
  const measured = held.find(({ id }) => id === SENSOR_VALUE) ?? held.find(isMeasured)
  return {
    id: facts.id,
    version: facts.version,
    facts,
    instances: { 0: Object.fromEntries(resources) },
    ...(measured &&
      isMeasured(measured) && { behaviour: (world: World) => measuring(world, facts.id, measured) }),
  }
}

function holdsValue({ type, executable }: ResourceFacts): boolean {
  return type !== 'none' && !executable
}

function isMeasured({ type, readable, writable, multiple }: ResourceFacts): boolean {
  return readable && !writable && !multiple && (type === 'float' || type === 'integer')
}

function contentOf(facts: ResourceFacts, clock: Clock): Content {
  const value = plausibleValue(facts, clock)
  return facts.multiple ? new Map([[0, value]]) : value
}

function plausibleValue(facts: ResourceFacts, clock: Clock): Value {
  switch (facts.type) {
    case 'integer':
    case 'unsigned':
    case 'float':
      return withinRange(facts, PLAUSIBLE_NUMBER)
    case 'boolean':
      return false
    case 'time':
      return Math.floor(clock.wall() / 1000)
    case 'opaque':
      return Uint8Array.from(SOME_BYTES)
    case 'objlnk':
      return { object: 3, instance: 0 }
    case 'corelnk':
      return '</3/0>'
    default:
      return facts.name
  }
}

/** The number, or the end of the resource's range that is next to it. */
function withinRange({ range = '' }: ResourceFacts, value: number): number {
  const interval = parseInterval(range)
  if (interval === undefined) return value
  return Math.min(Math.max(value, Number(interval.least)), Number(interval.most))
}

function measuring(world: World, object: number, facts: ResourceFacts): Behaviour {
  const path = `/${object}/0/${facts.id}`
  const unit = facts.type === 'float' ? 0.1 : 1
  return {
    tick() {
      const value = PLAUSIBLE_NUMBER + (world.random.integer(11) - 5) * unit
      world.set(path, withinRange(facts, Math.round(value * 10) / 10))
    },
  }
}
