import { ascending } from '../lib/ascending.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { stringifyJson } from '../lib/json.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type {
  DeviceFact,
  Fact,
  LifecycleFact,
  Registration,
  UndecodableFact,
  ValuesFact,
} from '../lwm2m/fact.ts'
import type { Sample } from '../lwm2m/value.ts'
import type { PlainTopics } from './plain-topics.ts'
import type { Publication } from './publication.ts'
import { jsonOfValue } from './value-json.ts'

/** Turns a fact into the publications of the preset `plain`. Each has an id of its own, made from the fact's. */
export function publicationsOf(fact: Fact, device: DeviceSnapshot, topics: PlainTopics): Publication[] {
  switch (fact.type) {
    case 'values':
      return valuesOf(fact, device, topics)
    case 'registered':
    case 're-registered':
      return [
        presence(fact, 'awake', topics),
        registered(fact.registration, fact.id, topics),
        lifecycle(fact, topics),
      ]
    case 'updated':
      return [registered(fact.registration, fact.id, topics), lifecycle(fact, topics)]
    case 'deregistered':
    case 'expired':
      return [presence(fact, 'offline', topics), unregistered(fact, topics), lifecycle(fact, topics)]
    case 'undecodable':
      return [undecodable(fact, topics)]
    case 'refused':
      return [
        transient(
          topics.gateway('event'),
          fact.id,
          eventBody(fact, {
            endpoint: fact.endpoint ?? null,
            address: fact.address,
            code: fact.code,
            reason: fact.reason,
          }),
        ),
      ]
    case 'refusals-suppressed':
      return [transient(topics.gateway('event'), fact.id, eventBody(fact, { count: fact.count }))]
    default:
      return [
        deviceEvent(fact, topics, {
          path: fact.path,
          ...(fact.code === undefined ? undefined : { code: fact.code }),
          reason: fact.reason,
        }),
      ]
  }
}

/** What holds for a registered device: presence and registration, as they are told at each connection. */
export function standingOf(registration: Registration, topics: PlainTopics): Publication[] {
  const { endpoint, id, registeredAt, updatedAt } = registration
  const state = { state: 'awake', since: registeredAt, reason: 'registered' }
  const stamp = `${id}.${updatedAt}` // what is told again unchanged keeps its id
  const awake = retained(topics.device(endpoint, 'presence'), `${stamp}.presence`, state)
  return [awake, registered(registration, stamp, topics)]
}

function publication(topic: string, id: string, body: JsonValue, retain: boolean): Publication {
  return {
    topic,
    payload: stringifyJson(body),
    qos: 1,
    retain,
    contentType: 'application/json',
    userProperties: { id },
  }
}

export function retained(topic: string, id: string, body: JsonValue): Publication {
  return publication(topic, id, body, true)
}

export function transient(topic: string, id: string, body: JsonValue): Publication {
  return publication(topic, id, body, false)
}

function eventBody(fact: Fact, detail: JsonObject): JsonObject {
  return { event: fact.type, time: fact.at, id: fact.id, ...detail }
}

function deviceEvent(fact: DeviceFact, topics: PlainTopics, detail: JsonObject): Publication {
  return transient(topics.device(fact.endpoint, 'event'), fact.id, eventBody(fact, detail))
}

function lifecycle(fact: LifecycleFact, topics: PlainTopics): Publication {
  const predecessor = fact.type === 're-registered' ? { predecessor: fact.predecessor } : undefined
  return deviceEvent(fact, topics, { registration: fact.registration.id, ...predecessor })
}

function presence(fact: LifecycleFact, state: 'awake' | 'offline', topics: PlainTopics): Publication {
  const body = { state, since: fact.at, reason: fact.type }
  return retained(topics.device(fact.endpoint, 'presence'), `${fact.id}.presence`, body)
}

function registered(registration: Registration, id: string, topics: PlainTopics): Publication {
  const { endpoint, objects, ...rest } = registration
  const body = {
    ...rest,
    objects: objects.map((object) => ({
      id: object.id,
      version: object.version,
      instances: object.instances,
    })),
  }
  return retained(topics.device(endpoint, 'registration'), `${id}.registration`, body)
}

/** The registration is over: the broker forgets it. */
function unregistered(fact: LifecycleFact, topics: PlainTopics): Publication {
  const topic = topics.device(fact.endpoint, 'registration')
  return { topic, payload: '', qos: 1, retain: true, userProperties: { id: `${fact.id}.registration` } }
}

/**
 * A value that was overtaken by a newer one is an event: the retained value stays. A series ends with its newest value,
 * so that this is the one that stays.
 */
function valuesOf(fact: ValuesFact, device: DeviceSnapshot, topics: PlainTopics): Publication[] {
  return ascending(fact.samples, timeOf).map((sample, index) => {
    const id = `${fact.id}.${index}`
    if (fact.late) return lateValue(fact, id, sample, topics)
    return retained(topics.value(fact.endpoint, sample.path), id, valueBody(fact, sample, device))
  })
}

/** A sample without a time is the present. */
function timeOf(sample: Sample): number {
  return sample.time ?? Number.MAX_SAFE_INTEGER
}

function valueBody(fact: ValuesFact, sample: Sample, device: DeviceSnapshot): JsonObject {
  const [, object, instance, resource] = sample.path.split('/', 4)
  const facts = device.resource(Number(object), Number(resource))
  const told = MEASURED.has(Number(resource)) ? unitTold(`/${object}/${instance}`, device) : undefined
  const unit = sample.unit ?? told ?? facts?.unit
  const value = jsonOfValue(sample.value)
  const time = sample.time ?? fact.at
  // Written out: this is made for each value of each notification, and a spread costs more than the rest of it.
  if (facts === undefined) return unit === undefined ? { value, time } : { value, time, unit }
  const { name } = facts
  return unit === undefined ? { value, time, name } : { value, time, unit, name }
}

const UNITS = 5701
/** Measured values and their bounds, in all IPSO objects: their unit stands beside them, in 5701. */
const MEASURED: ReadonlySet<number> = new Set([5601, 5602, 5603, 5604, 5700])

/** The unit that the device has told lately for what this instance measures; an empty text is none. */
function unitTold(instance: string, device: DeviceSnapshot): string | undefined {
  const unit = device.values.value(`${instance}/${UNITS}`)?.value
  return typeof unit === 'string' && unit !== '' ? unit : undefined
}

function lateValue(fact: ValuesFact, id: string, sample: Sample, topics: PlainTopics): Publication {
  const sequence = fact.sequence === undefined ? undefined : { sequence: fact.sequence }
  const body = {
    path: sample.path,
    value: jsonOfValue(sample.value),
    sampled: sample.time ?? fact.at,
    ...sequence,
  }
  const event = { ...eventBody(fact, body), event: 'late-value' }
  return transient(topics.device(fact.endpoint, 'event'), id, event)
}

function undecodable(fact: UndecodableFact, topics: PlainTopics): Publication {
  const { path, contentFormat, payload, code, reason } = fact
  const bytes = jsonOfValue(payload)
  return deviceEvent(fact, topics, {
    path,
    contentFormat: contentFormat ?? null,
    payload: bytes,
    code,
    reason,
  })
}
