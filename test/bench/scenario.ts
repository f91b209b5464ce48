import { measureMemory } from './memory.ts'
import type { Result } from './result.ts'
import type { Stage } from './stage.ts'
import { measureStay } from './stay.ts'

/** What the load generator does (`load.c`). */
export type LoadMode = 'post' | 'register' | 'con' | 'non' | 'device' | 'stay'

export interface Scenario {
  readonly name: string
  /** Name of the subject and its number (`subject.ts`); `trivial` is the generator's own echo. */
  readonly subject: readonly [name: string, number?: number]
  /** Undefined where the subject makes its own. */
  readonly load: LoadMode | undefined
  readonly devices: number
  readonly needsSink: boolean
  /** Whose counter is the measure. */
  readonly counts: 'load' | 'subject'
  /** Not a rate: this measures it once, while others still start. */
  readonly measure?: (stage: Stage) => Promise<Result>
  /** Only where it is asked for by its name. */
  readonly isLong?: boolean
}

/** Messages under way at the same time. */
export const WINDOW = 256
/** Devices, each on a port of its own: one peer has only 265 lawful message ids a second (RFC 7252, 4.4). */
const PEERS = 500
/** Devices of the scenario that measures memory, and of the one that measures whether they stay. */
const MEMORY_FLEET = 20_000
const STAYING_FLEET = 10_000

function posted(name: string, subject: string): Scenario {
  return { name, subject: [subject], load: 'post', devices: PEERS, needsSink: false, counts: 'load' }
}

function notified(name: string, subject: string, load: 'con' | 'non', qos: 0 | 1, devices = PEERS): Scenario {
  return { name, subject: [subject, qos], load, devices, needsSink: true, counts: 'load' }
}

function mapped(mapping: string): Scenario {
  return notified(`map-${mapping}`, `map-${mapping}`, 'con', 1)
}

function mappedAlone(mapping: string): Scenario {
  const name = `map-${mapping}-alone`
  return { name, subject: [name], load: undefined, devices: 0, needsSink: false, counts: 'subject' }
}

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [
  posted('generator-ceiling', 'trivial'),
  posted('raw-echo', 'echo'),
  posted('coap-post', 'coap-post'),
  notified('notify-con-qos0', 'notify', 'con', 0),
  notified('notify-con-qos1', 'notify', 'con', 1),
  notified('notify-non-qos0', 'notify', 'non', 0),
  notified('notify-non-qos1', 'notify', 'non', 1),
  notified('naive-notify-con-qos1', 'naive', 'con', 1),
  notified('naive-notify-non-qos0', 'naive', 'non', 0),
  ...['handwritten', 'plain', 'emqx', 'homeassistant'].map(mapped),
  ...['handwritten', 'plain'].map(mappedAlone),
  {
    ...{ name: 'request-roundtrip', subject: ['roundtrip', WINDOW], load: 'device' },
    ...{ devices: PEERS, needsSink: true, counts: 'subject' },
  },
  {
    ...{ name: 'registrations', subject: ['registrations'], load: 'register' },
    ...{ devices: PEERS, needsSink: true, counts: 'load' },
  },
  notified('fleet-notify-1k', 'notify', 'con', 1, 1_000),
  notified('fleet-notify-10k', 'notify', 'con', 1, 10_000),
  notified('fleet-notify-100k', 'notify', 'con', 1, 100_000),
  {
    ...{ name: 'device-memory', subject: ['memory'], load: 'stay', devices: MEMORY_FLEET },
    ...{ needsSink: true, counts: 'subject', measure: measureMemory },
  },
  {
    ...{ name: 'three-lifetimes', subject: ['stay'], load: 'stay', devices: STAYING_FLEET },
    ...{ needsSink: true, counts: 'load', measure: measureStay, isLong: true },
  },
]
