import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { Message } from './publication.ts'
import { factsOf, type ReadPayload, readPayload } from './rule/command-rule.ts'
import type { Trigger } from './rule/publish-compiler.ts'
import type { PublishRule } from './rule/publish-rule.ts'
import type { Run } from './run.ts'
import type { KnownDevice } from './scope/device.ts'
import { type MessageFacts, OrderScope } from './scope/message.ts'
import type { Sheet } from './sheet.ts'
import { DEVICE } from './subject.ts'

/** A rule that a message has set off. */
export interface SetOff {
  readonly sheet: Sheet
  readonly rule: PublishRule
  readonly message: MessageFacts
  /** The one device that it is about; undefined for all that are registered. */
  readonly endpoint: string | undefined
}

/** Filters of the messages that cause publications. */
export function triggerFilters(sheets: readonly Sheet[]): readonly string[] {
  return sheets.flatMap(({ publishes }) =>
    publishes.flatMap(({ triggers }) => triggers.map(({ filter }) => filter.filter)),
  )
}

/** The rules that a message of another topic sets off: `on: {message: ...}`. */
export function setOff(sheets: readonly Sheet[], message: Message): readonly SetOff[] {
  const incoming = new Incoming(message)
  const listeners = sheets.filter(({ connection }) => connection === message.connection)
  return listeners.flatMap((sheet) =>
    sheet.publishes.flatMap(({ rule, triggers }) => {
      const facts = triggers.map((trigger) => incoming.factsFor(trigger)).find((known) => known !== undefined)
      return facts === undefined ? [] : [{ sheet, rule, endpoint: meant(sheet, facts), message: facts }]
    }),
  )
}

/** Why rules leave a message alone whose topic is theirs: for whoever tries a file. */
export function objectionsTo(sheets: readonly Sheet[], message: Message): string[] {
  const topic = message.topic.split('/')
  const { value } = readPayload(message.payload)
  const listeners = sheets.filter(({ connection }) => connection === message.connection)
  return listeners.flatMap((sheet) => [
    ...sheet.publishes.flatMap(({ rule, triggers }) =>
      triggers
        .filter(({ filter }) => filter.match(topic) !== undefined)
        .flatMap(({ schema }) => schema?.check(value) ?? [])
        .map((fault) => `${sheet.name}, rule ${rule.name}: ${fault}`),
    ),
    ...sheet.commands
      .filter((rule) => rule.levels(topic) !== undefined)
      .map((rule) => `${sheet.name}, rule ${rule.name}: its condition (when) does not hold`),
  ])
}

/** A message, read once, and only if a filter matches its topic. */
class Incoming {
  readonly #message: Message
  readonly #topic: readonly string[]
  #payload: ReadPayload | undefined

  constructor(message: Message) {
    this.#message = message
    this.#topic = message.topic.split('/')
  }

  /** @returns undefined where the message is none that the trigger means */
  factsFor({ filter, schema }: Trigger): MessageFacts | undefined {
    const levels = filter.match(this.#topic)
    if (levels === undefined) return undefined
    this.#payload ??= readPayload(this.#message.payload)
    const { value } = this.#payload
    const isMeant = schema?.check(value) === undefined
    return isMeant ? factsOf(this.#message, this.#payload, value, levels) : undefined
  }
}

/** The one device that a level of the topic names; a name that nobody has means none. */
function meant(sheet: Sheet, { levels: { device } }: MessageFacts): string | undefined {
  return device === undefined ? undefined : (sheet.endpointOf(device) ?? '')
}

/** The devices that rules which were set off are about; undefined for all that are registered. */
export function endpointsOf(rules: readonly SetOff[]): readonly string[] | undefined {
  const named = rules.map(({ endpoint }) => endpoint)
  return named.includes(undefined) ? undefined : named.filter((endpoint) => endpoint !== undefined)
}

/** When a message came. */
interface Arrival {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Applies those rules to one device that were set off and are for it. */
export function applyTriggered(
  rules: readonly SetOff[],
  endpoint: string,
  device: DeviceSnapshot,
  arrival: Arrival,
  run: Run,
): void {
  for (const rule of rules) {
    const { sheet } = rule
    const isMeant = rule.endpoint === undefined || rule.endpoint === endpoint
    if (isMeant && sheet.matches(device) && !sheet.leaves(rule.rule.name, device))
      applyTrigger(rule, sheet.known(endpoint, device), arrival, run)
  }
}

function applyTrigger(
  { sheet, rule, message }: SetOff,
  device: KnownDevice,
  arrival: Arrival,
  run: Run,
): void {
  const scope = new OrderScope(sheet.surroundings, { event: 'message', ...arrival }, device, message)
  rule.apply(scope, DEVICE, arrival.at, run)
}
