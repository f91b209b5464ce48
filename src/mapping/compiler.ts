import { closest } from '../lib/suggestion.ts'
import { CompileContext, type TopicResolver } from './compile-context.ts'
import type { MappingDocument, PublishDocument, UnitDocument } from './document.ts'
import { textOfResult } from './expression/result.ts'
import { seen } from './expression/seen.ts'
import { failureOf } from './failure.ts'
import type { DeviceFilter, DeviceFilterOf, MatchDocument } from './match.ts'
import { type MappingProblem, Problems } from './problem.ts'
import { compileAnswer, compileCommand } from './rule/command-compiler.ts'
import type { CommandRule } from './rule/command-rule.ts'
import { compilePublish } from './rule/publish-compiler.ts'
import { covers } from './rule/topic-filter.ts'
import type { GatewayFacts, Surroundings, UnitChange } from './scope/event.ts'
import { EventScope } from './scope/event.ts'
import { Sheet } from './sheet.ts'
import { kinds } from './variables.ts'

export interface CompilerOptions {
  readonly gateway: GatewayFacts
  /** Base topic, without a slash at the end. */
  readonly base: string
  readonly filterOf: DeviceFilterOf
  /** Names of the broker connections besides the main one; undefined where nobody knows them: any will do. */
  readonly connections?: readonly string[] | undefined
}

/** How a file stands among those that are in force with it. */
export interface Placing {
  /** The broker connection that it speaks over; undefined for the main one. */
  readonly connection: string | undefined
  readonly overrides: Overrides
  /** Tables of files that extend this one: they go over its own, key by key. */
  readonly tables: Tables
}

type Tables = NonNullable<MappingDocument['tables']>

/** Names of rules that files which extend this one have put others in the place of, and for which devices: or for all. */
export type Overrides = ReadonlyMap<string, 'all' | readonly MatchDocument[]>

export interface Compiled {
  /** Of use only where there are no problems. */
  readonly sheet: Sheet
  readonly problems: readonly MappingProblem[]
}

/**
 * Compiles one file, without the one that it extends.
 * @param document as the schema lets it through
 */
export function compileMapping(
  document: MappingDocument,
  options: CompilerOptions,
  { connection, overrides, tables }: Placing = {
    connection: document.connection,
    overrides: new Map(),
    tables: {},
  },
): Compiled {
  const problems = new Problems()
  const { units = {}, integers = 'number', defaults = {}, match, device } = document
  const { gateway, base, filterOf } = options
  const known = overlaid(document.tables ?? {}, tables)
  const surroundings: Surroundings = {
    ...{ gateway, base, integers },
    tables: seen(known),
    units: unitsOf(units),
  }
  const context = new CompileContext(document.name, problems, Object.keys(known), connection)
  const resolve = resolver(surroundings, context)
  const isInForce = ({ name, off = false }: Pick<PublishDocument, 'name' | 'off'>): boolean =>
    !off && !(name !== undefined && overrides.get(name) === 'all')
  const { publish = [], commands = [] } = document
  const commandRules = commands.map((rule, index) =>
    isInForce(rule) ? compileCommand(rule, index, defaults, context, resolve) : undefined,
  )
  const sheet = new Sheet({
    document,
    connection,
    surroundings,
    budget: context.budget,
    exceptions: exceptionsOf(overrides, filterOf),
    match: match === undefined ? undefined : filterOf(match),
    deviceName: device === undefined ? undefined : context.templates('device').compile(device, ['device']),
    publishes: publish
      .map((rule, index) =>
        isInForce(rule) ? compilePublish(rule, index, defaults, context, resolve) : undefined,
      )
      .filter((rule) => rule !== undefined),
    commands: commandRules.filter((rule) => rule !== undefined),
    answer:
      defaults.answer === undefined
        ? undefined
        : compileAnswer(defaults.answer, defaults, ['defaults', 'answer'], context),
  })
  checkNames(document, problems)
  checkReach(commandRules, problems)
  checkConnection(document, options, problems)
  return { sheet, problems: problems.list }
}

function exceptionsOf(overrides: Overrides, filterOf: DeviceFilterOf): Map<string, DeviceFilter[]> {
  const some = [...overrides].filter(
    (entry): entry is [string, readonly MatchDocument[]] => entry[1] !== 'all',
  )
  return new Map(some.map(([name, matches]) => [name, matches.map(filterOf)]))
}

/** @returns tables of which `others` give what they have in common */
export function overlaid(tables: Tables, others: Tables): Tables {
  const both = Object.entries(others).map(([name, table]) => [name, { ...tables[name], ...table }])
  return { ...tables, ...Object.fromEntries(both) }
}

/** Puts what is known beforehand into a topic filter: `${base}`, `${gateway.topic}`. */
function resolver(surroundings: Surroundings, context: CompileContext): TopicResolver {
  const scope = new EventScope(surroundings, { event: 'online', id: '', at: 0 })
  const { problems, budget } = context
  return (text, path) => {
    if (!text.includes('${')) return text
    const level = levelMeant(text)
    if (level !== undefined) {
      const message = `Unknown variable: ${level}; a level of the topic with this name is written {${level}}`
      problems.add('mapping_expression', path, message)
      return undefined
    }
    const before = problems.list.length
    const template = context.templates('gateway').compile(text, path)
    if (problems.list.length > before) return undefined
    budget.refill()
    try {
      return textOfResult(template.evaluate(scope))
    } catch (error) {
      const { message } = failureOf(error)
      problems.add('mapping_expression', path, message.includes(text) ? message : `in '${text}': ${message}`)
      return undefined
    }
  }
}

const KNOWN_BEFOREHAND: ReadonlySet<string> = new Set(kinds.gateway.map(({ name }) => name))

/** The name in `home/${device}/set`, where a level with this name was meant. */
function levelMeant(topic: string): string | undefined {
  return topic
    .split('/')
    .map((level) => /^\$\{\s*([A-Za-z][A-Za-z0-9]{0,31})\s*\}$/.exec(level)?.[1])
    .find((name) => name !== undefined && closest(name, KNOWN_BEFOREHAND) === undefined)
}

function unitsOf(units: Readonly<Record<string, string | UnitDocument>>): ReadonlyMap<string, UnitChange> {
  return new Map(
    Object.entries(units).map(([unit, change]) => [
      unit,
      typeof change === 'string'
        ? { unit: change, factor: 1, offset: 0 }
        : { unit: change.unit, factor: change.factor ?? 1, offset: change.offset ?? 0 },
    ]),
  )
}

/** A connection that the configuration does not have. */
function checkConnection(
  { connection }: MappingDocument,
  { connections }: CompilerOptions,
  problems: Problems,
): void {
  if (connection === undefined || connections === undefined || connections.includes(connection)) return
  const message = `mqtt.connections of the configuration has no '${connection}'`
  problems.unknown(['connection'], message, connection, connections)
}

/** Two rules of one name cannot be told apart. */
function checkNames(document: MappingDocument, problems: Problems): void {
  const seen = new Set<string>()
  for (const list of ['publish', 'commands'] as const) {
    for (const [index, { name }] of (document[list] ?? []).entries()) {
      if (name === undefined) continue
      if (seen.has(name))
        problems.add('mapping_invalid', [list, index, 'name'], `there are two rules '${name}'`)
      seen.add(name)
    }
  }
}

/** A rule without a condition takes all messages of its topic: later ones for the same never get one. */
function checkReach(rules: readonly (CommandRule | undefined)[], problems: Problems): void {
  for (const [index, rule] of rules.entries()) {
    if (rule === undefined) continue
    const before = rules.slice(0, index).filter((one) => one !== undefined && !one.isChoosy)
    const greedy = before.find((one) => one !== undefined && covers(one.filter, rule.filter))
    if (greedy === undefined) continue
    const message = `is never reached: the rule ${greedy.name} before it takes every message of this topic, and has no \`when\``
    problems.add('mapping_invalid', ['commands', index, 'topic'], message)
  }
}

/** Names of the rules of a file, for what it puts in the place of others. */
export function ruleNames({ publish = [], commands = [] }: MappingDocument): ReadonlySet<string> {
  return new Set([...publish, ...commands].flatMap(({ name }) => (name === undefined ? [] : [name])))
}
