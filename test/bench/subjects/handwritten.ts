import { ascending } from '../../../src/lib/ascending.ts'
import { type JsonObject, stringifyJson } from '../../../src/lib/json.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type {
  Fact,
  LifecycleFact,
  ObservationFact,
  Registration,
  ValuesFact,
} from '../../../src/lwm2m/fact.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import type { Mapped, Mapping, Read } from '../../../src/mapping/mapping.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import type { MappingState } from '../../../src/mapping/state.ts'
import { encodeTopicLevel } from '../../../src/mapping/topic.ts'
import { jsonOfValue } from '../../../src/mapping/value-json.ts'

/** Values, registrations and observations as the preset `plain` tells them, in plain TypeScript: what it is measured by. */
export class HandwrittenMapping implements Mapping {
  readonly connections = [undefined]
  readonly #devices: string

  /** @param base topic, without a slash at the end */
  constructor(base: string) {
    this.#devices = `${base}/device/`
  }

  up(fact: Fact, device: DeviceSnapshot, state: MappingState): Mapped {
    return { publications: this.#publications(fact, device), state, timers: [], failures: [] }
  }

  filtersOf(): readonly string[] {
    return []
  }

  down(): Read {
    return { orders: [], rejections: [] }
  }

  triggered(): undefined {
    return undefined
  }

  answer(_result: object, _reply: object, _at: number, _device: object, state: MappingState): Mapped {
    return nothing(state)
  }

  response(_result: object, _reply: object, _at: number, _device: object, state: MappingState): Mapped {
    return nothing(state)
  }

  progress(_order: object, _step: string, _at: number, _device: object, state: MappingState): Mapped {
    return nothing(state)
  }

  reject(_rejection: object, _at: number, _device: object, state: MappingState): Mapped {
    return nothing(state)
  }

  gateway(): readonly Publication[] {
    return []
  }

  standing(_device: object, state: MappingState): Mapped {
    return nothing(state)
  }

  adopt(): Mapped {
    return this.renew({}, 0, {})
  }

  renew(_device: object, _at: number, state: MappingState): Mapped {
    return nothing(state)
  }

  isMoving(): boolean {
    return false
  }

  placement(): undefined {
    return undefined
  }

  rules(): ReadonlySet<string> {
    return NO_RULES
  }

  due(_timer: object, _endpoint: string, _device: object, state: MappingState): Mapped {
    return nothing(state)
  }

  report(): readonly Publication[] {
    return []
  }

  #publications(fact: Fact, device: DeviceSnapshot): Publication[] {
    switch (fact.type) {
      case 'values':
        return ascending(fact.samples, timeOf).map((sample, index) =>
          this.#value(fact, sample, `${fact.id}.${index}`, device),
        )
      case 'registered':
        return [
          this.#publication(fact, 'presence', `${fact.id}.0`, presenceOf(fact), true),
          this.#publication(fact, 'registration', `${fact.id}.1`, registrationOf(fact.registration), true),
          this.#publication(fact, 'event', `${fact.id}.2`, lifecycleOf(fact), false),
        ]
      case 'observed':
        return [this.#publication(fact, 'event', `${fact.id}.0`, observationOf(fact), false)]
      default:
        return []
    }
  }

  #value(fact: ValuesFact, sample: Sample, id: string, device: DeviceSnapshot): Publication {
    const { path } = sample
    return {
      topic: `${this.#devices}${encodeTopicLevel(fact.endpoint)}/value${path}`,
      payload: stringifyJson(bodyOf(fact, sample, device)),
      qos: 1,
      retain: true,
      contentType: 'application/json',
      userProperties: { id },
      origin: {
        endpoint: fact.endpoint,
        name: encodeTopicLevel(fact.endpoint),
        rule: 'plain/value',
        subject: path,
      },
    }
  }

  #publication(
    { endpoint }: { readonly endpoint: string },
    suffix: string,
    id: string,
    body: JsonObject,
    retain: boolean,
  ): Publication {
    return {
      topic: `${this.#devices}${encodeTopicLevel(endpoint)}/${suffix}`,
      payload: stringifyJson(body),
      qos: 1,
      retain,
      contentType: 'application/json',
      userProperties: { id },
      ...(retain && {
        origin: { endpoint, name: encodeTopicLevel(endpoint), rule: `plain/${suffix}`, subject: 'device' },
      }),
    }
  }
}

function nothing(state: MappingState): Mapped {
  return { publications: [], state, timers: [], failures: [] }
}

const NO_RULES: ReadonlySet<string> = new Set()

/** A sample without a time is the present. */
function timeOf(sample: Sample): number {
  return sample.time ?? Number.MAX_SAFE_INTEGER
}

function bodyOf(fact: ValuesFact, sample: Sample, device: DeviceSnapshot): JsonObject {
  const [, object, instance, resource] = sample.path.split('/', 4)
  const facts = device.resource(Number(object), Number(resource))
  const told = MEASURED.has(Number(resource)) ? unitTold(`/${object}/${instance}`, device) : undefined
  const unit = sample.unit ?? told ?? facts?.unit
  const value = jsonOfValue(sample.value)
  const time = sample.time ?? fact.at
  // Written out: a spread costs more than the rest of it.
  if (facts === undefined) return unit === undefined ? { value, time } : { value, time, unit }
  const { name } = facts
  return unit === undefined ? { value, time, name } : { value, time, unit, name }
}

const UNITS = 5701
/** Measured values and their bounds, in all IPSO objects: their unit stands beside them, in 5701. */
const MEASURED: ReadonlySet<number> = new Set([5601, 5602, 5603, 5604, 5700, 5702, 5703, 5704, 5900])

function unitTold(instance: string, device: DeviceSnapshot): string | undefined {
  const unit = device.values.value(`${instance}/${UNITS}`)?.value
  return typeof unit === 'string' && unit !== '' ? unit : undefined
}

function presenceOf({ at, type }: LifecycleFact): JsonObject {
  return { state: 'awake', since: at, reason: type }
}

function registrationOf({ endpoint: _, objects, ...rest }: Registration): JsonObject {
  return { ...rest, objects: objects.map(({ id, version, instances }) => ({ id, version, instances })) }
}

function lifecycleOf({ type, at, id, registration }: LifecycleFact): JsonObject {
  return { event: type, time: at, id, registration: registration.id }
}

function observationOf({ type, at, id, path, reason }: ObservationFact): JsonObject {
  return { event: type, time: at, id, path, reason }
}
