import { describe, expect, it } from 'vitest'
import type { BirthSession } from '../../../src/gateway/announcement.ts'
import { Announcements } from '../../../src/gateway/announcements.ts'
import { Mapper } from '../../../src/gateway/mapper.ts'
import { Outgoing } from '../../../src/gateway/outgoing.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { PublishDocument } from '../../../src/mapping/document.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { Outbox, type OutboxOptions } from '../../../src/mqtt/outbox.ts'
import { quiet } from '../../support/broker.ts'
import { registration } from '../lwm2m/registration.ts'
import { device, lifecycle, values } from '../mapping/plain-rig.ts'
import { layersOf, mapperRig } from './mapper-rig.ts'

// What is told of a fleet, between the mapper and a queue to a broker, while the devices go on.

const PATHS = [0, 1, 2, 3, 4].map((instance) => `/3303/${instance}/5700`)
const VALUE: PublishDocument = {
  ...{ name: 'value', on: 'value', topic: 'new/${endpoint}${path}', payload: '${value}', retain: true },
}
const OLD: PublishDocument = { ...VALUE, topic: 'old/${endpoint}${path}' }
const FILLER: Publication = { topic: 'x', payload: 'x', qos: 1, retain: false }

/** Devices, the mapper, and a broker that keeps what is retained. */
class Fleet {
  readonly known = new Map<string, DeviceSnapshot>()
  readonly outbox: Outbox
  readonly outgoing: Outgoing
  readonly announcements: Announcements
  readonly retained = new Map<string, string>()
  readonly heard: string[] = []
  /** Publications of facts that the queue had no room for: a device would tell them again. */
  refused = 0
  readonly rig: ReturnType<typeof mapperRig>
  #packetId = 0

  constructor(publish: readonly PublishDocument[], count: number, options: Partial<OutboxOptions> = {}) {
    for (let index = 0; index < count; index++) {
      const endpoint = `d${index}`
      this.known.set(endpoint, {
        ...device,
        registration: registration({ endpoint }),
        values: new LastValues(),
      })
    }
    const nobody: DeviceSnapshot = { ...device, registration: undefined }
    this.rig = mapperRig(layersOf({ publish }), {
      snapshot: (endpoint) => this.known.get(endpoint) ?? nobody,
    })
    const { clock, logger, mapper } = this.rig
    this.outbox = new Outbox({ limit: 10_000, bytes: 1e8, inFlight: 100, ...options }, clock, logger)
    const session = {
      publish: this.outbox.offer.bind(this.outbox),
      publishFirst: this.outbox.offerBirth.bind(this.outbox),
    }
    this.outgoing = new Outgoing(session, mapper)
    this.announcements = new Announcements(clock)
  }

  /** The broker is there, and acknowledges all that comes, until it is away again. */
  async connect(): Promise<void> {
    this.outbox.attach({
      limits: { receiveMaximum: 100, packet: 1e9, qos: 1, retain: true },
      isWritable: true,
      publish: (publication) => this.#take(publication),
    })
    this.outbox.open()
    await this.pass(10_000)
  }

  async pass(milliseconds: number): Promise<void> {
    for (let at = 0; at < milliseconds; at += 500) {
      await quiet()
      this.rig.clock.advance(500)
    }
  }

  lose(): void {
    this.outbox.detach({
      error: new CodedError('mqtt_closed', 'away'),
      overPublication: false,
      refusal: undefined,
      disconnect: undefined,
    })
  }

  #take({ topic, payload, retain }: Publication): number {
    const packetId = ++this.#packetId
    this.heard.push(`${topic} ${String(payload)}`)
    if (retain && payload.length > 0) this.retained.set(topic, String(payload))
    else if (retain) this.retained.delete(topic)
    queueMicrotask(() => this.outbox.acknowledged(packetId, undefined))
    return packetId
  }

  fill(count: number): void {
    for (let index = 0; index < count; index++) this.outgoing.publish(FILLER, () => {})
  }

  send(fact: Fact): void {
    const last = fact.type === 'values' ? this.known.get(fact.endpoint)?.values : undefined
    if (fact.type === 'values' && last instanceof LastValues) last.learn(fact)
    // Not by the rig's own way, which takes everything for published at once.
    const { mapper } = this.rig
    for (const publication of Mapper.prototype.up.call(mapper, fact)) {
      if (!this.outgoing.publish(publication, () => {})) this.refused++
    }
  }

  /** Each device tells this of all its sensors. */
  tellAll(value: number): void {
    const samples = PATHS.map((path) => ({ path, type: 'float', value }) as const)
    for (const endpoint of this.known.keys()) this.send({ ...values(samples), endpoint })
  }

  reload(...publish: readonly PublishDocument[]): void {
    const renewal = this.rig.mapper.replace(layersOf({ publish }), this.known.values())
    this.announcements.renewAsked(this.#inTurn)
    this.announcements.tell('devices', this.#inTurn, renewal(undefined))
  }

  ask(payload: string): void {
    const message = { topic: 'ha/status', payload: Buffer.from(payload), retain: false }
    const { mapper } = this.rig
    this.announcements.asked(this.#inTurn, () => mapper.triggered(message, 's-1', this.known.values()))
  }

  readonly #inTurn: BirthSession = {
    publishFirst: (publication, done) =>
      this.outbox.hasRoom && this.outgoing.publish(publication, () => done()),
    lost: (publications) => {
      for (const publication of publications) this.rig.mapper.lost(publication)
    },
    open: () => {},
  }
}

/** A hundred reloads, by turns `b` and `a`, while all tell the number of the round, and the broker is away at times. */
async function reloadUnderLoad(fleet: Fleet, file: (name: string) => PublishDocument): Promise<void> {
  for (let round = 1; round <= 100; round++) {
    fleet.reload(file(round % 2 === 0 ? 'a' : 'b'))
    fleet.tellAll(round)
    await fleet.pass(round % 3 === 0 ? 500 : 1_000)
    if (round % 10 === 5) fleet.lose()
    if (round % 10 === 6) await fleet.connect()
  }
}

describe('what is told of a fleet', () => {
  it('never goes over what a device tells meanwhile, with the broker there or away', async () => {
    for (const isAway of [false, true]) {
      const fleet = new Fleet([VALUE], 400)
      fleet.tellAll(1)
      await fleet.connect()
      if (isAway) fleet.lose()
      fleet.reload(VALUE)
      fleet.tellAll(2)
      if (isAway) await fleet.connect()
      await fleet.pass(10_000)
      expect(new Set(fleet.retained.values())).toEqual(new Set(['2']))
    }
  })

  it('does not bring back a device that is forgotten meanwhile', async () => {
    const fleet = new Fleet([VALUE], 100)
    fleet.tellAll(1)
    await fleet.connect()
    fleet.lose()
    fleet.reload(VALUE)
    for (const [endpoint, { registration: known }] of [...fleet.known]) {
      fleet.known.set(endpoint, { ...device, registration: undefined })
      if (known !== undefined)
        fleet.send({ ...lifecycle('deregistered'), endpoint, registration: known } as Fact)
      for (const removal of fleet.rig.mapper.forget(endpoint)) fleet.outgoing.publish(removal, () => {}, true)
    }
    await fleet.connect()
    expect([...fleet.retained]).toEqual([])
  })

  it('takes parts away although there was no room for what comes before them', async () => {
    const parts = (...names: string[]): PublishDocument => ({
      ...{
        name: 'parts',
        on: ['registered', 'connected'],
        topic: 'parts/${endpoint}',
        retain: true,
        removal: 'cmps',
      },
      payload: { cmps: Object.fromEntries(names.map((name) => [name, { p: 'sensor' }])) },
    })
    const first: PublishDocument = {
      ...{
        name: 'first',
        on: ['registered', 'connected'],
        topic: 'first/${endpoint}',
        payload: 1,
        retain: true,
      },
    }
    const fleet = new Fleet([first, parts('a', 'b')], 1, { limit: 4 })
    fleet.send({
      ...lifecycle('registered'),
      endpoint: 'd0',
      registration: registration({ endpoint: 'd0' }),
    } as Fact)
    await fleet.connect()
    fleet.lose()
    fleet.fill(4)
    fleet.reload(first, parts('a'))
    await fleet.connect()
    const told = fleet.heard.filter((line) => line.startsWith('parts/')).slice(1)
    expect(told).toEqual([
      'parts/d0 {"cmps":{"a":{"p":"sensor"},"b":{"p":"sensor"}}}',
      'parts/d0 {"cmps":{"a":{"p":"sensor"}}}',
    ])
  })

  it('comes over a connection that drops as well, and takes away what was there', async () => {
    const fleet = new Fleet([OLD], 1, { limit: 6, drops: true })
    fleet.tellAll(1)
    await fleet.connect()
    fleet.lose()
    fleet.fill(6)
    fleet.reload(VALUE)
    await fleet.connect()
    await fleet.pass(60_000)
    expect([...fleet.retained.keys()].sort()).toEqual(PATHS.map((path) => `new/d0${path}`))
  })

  it('is told by the mapping in force where a message has asked for it before', async () => {
    const on = [{ message: 'ha/status' }]
    const rule = (topic: string): PublishDocument => ({
      name: topic,
      on,
      topic: `${topic}/\${endpoint}`,
      payload: 1,
      retain: true,
    })
    const fleet = new Fleet([rule('old')], 50, { limit: 60 })
    fleet.fill(55)
    fleet.ask('online')
    await fleet.pass(500)
    fleet.reload(rule('new'))
    await fleet.connect()
    await fleet.pass(60_000)
    expect(fleet.retained.size).toBe(50)
    expect([...fleet.retained.keys()].every((topic) => topic.startsWith('new/'))).toBe(true)
  })

  it('survives a hundred reloads under load: each value comes, whole, and what is kept is the newest', async () => {
    const file = (name: string): PublishDocument => ({
      ...VALUE,
      topic: String(VALUE.topic).replace('new', name),
      payload: { value: VALUE.payload ?? '', by: name },
    })
    const fleet = new Fleet([file('a')], 20)
    await fleet.connect()
    await reloadUnderLoad(fleet, file)
    await fleet.pass(10_000)
    const kept = [...fleet.known.keys()].flatMap((endpoint) => PATHS.map((path) => `a/${endpoint}${path}`))
    expect(new Map([...fleet.retained].sort())).toEqual(
      new Map(kept.sort().map((topic) => [topic, '{"value":100,"by":"a"}'])),
    )
    const heard = new Set(fleet.heard)
    for (const line of heard) expect(line).toMatch(/^(?:a\/.* (?:|.*"by":"a"\})|b\/.* (?:|.*"by":"b"\}))$/)
    const isHeard = (topic: string, value: number): boolean =>
      ['a', 'b'].some((by) => heard.has(`${by}${topic.slice(1)} {"value":${value},"by":"${by}"}`))
    expect(fleet.refused).toBe(0)
    for (let round = 1; round <= 100; round++)
      for (const topic of kept) expect(isHeard(topic, round), `${topic} ${round}`).toBe(true)
  })
})
