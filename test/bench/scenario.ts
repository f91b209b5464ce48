/** What the load generator does (`load.c`). */
export type LoadMode = 'post' | 'register' | 'con' | 'non' | 'device'

export interface Scenario {
  readonly name: string
  /** Name of the subject and its number (`subject.ts`); `trivial` is the generator's own echo. */
  readonly subject: readonly [name: string, number?: number]
  /** Without one the subject drives itself. */
  readonly load?: LoadMode
  readonly needsSink: boolean
  /** Whose counter is the measure. */
  readonly counts: 'load' | 'subject'
  /** Not a rate: what the subject says once is the result. */
  readonly isSingle?: boolean
}

/** Messages under way at the same time. */
export const WINDOW = 256
/** Source ports: one peer has only 265 lawful message ids a second (RFC 7252, 4.4). */
export const SOCKETS = 500
/** Devices of the scenario that measures memory. */
const MEMORY_FLEET = 20_000

function posted(name: string, subject: string): Scenario {
  return { name, subject: [subject], load: 'post', needsSink: false, counts: 'load' }
}

function notified(name: string, subject: string, load: 'con' | 'non', qos: 0 | 1): Scenario {
  return { name, subject: [subject, qos], load, needsSink: true, counts: 'load' }
}

function fleet(name: string, size: number): Scenario {
  return { name, subject: ['fleet-notify', size], needsSink: true, counts: 'subject' }
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
  {
    ...{ name: 'request-roundtrip', subject: ['roundtrip', WINDOW], load: 'device' },
    ...{ needsSink: true, counts: 'subject' },
  },
  { name: 'registrations', subject: ['registrations'], load: 'register', needsSink: true, counts: 'load' },
  fleet('fleet-notify-1k', 1_000),
  fleet('fleet-notify-10k', 10_000),
  fleet('fleet-notify-100k', 100_000),
  {
    ...{ name: 'device-memory', subject: ['fleet-memory', MEMORY_FLEET] },
    ...{ needsSink: true, counts: 'subject', isSingle: true },
  },
]
