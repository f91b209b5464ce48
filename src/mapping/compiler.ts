import { CompileContext, type TopicResolver } from './compile-context.ts'
import type { MappingDocument, PublishDocument, UnitDocument } from './document.ts'
import { textOfResult } from './expression/result.ts'
import { failureOf } from './failure.ts'
import type { DeviceFilter, DeviceFilterOf, MatchDocument } from './match.ts'
import { type MappingProblem, Problems } from './problem.ts'
import { compileAnswer, compileCommand } from './rule/command-compiler.ts'
import { compilePublish } from './rule/publish-compiler.ts'
import type { GatewayFacts, Surroundings, UnitChange } from './scope/event.ts'
import { EventScope } from './scope/event.ts'
import { Sheet } from './sheet.ts'

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
  const surroundings: Surroundings = {
    ...{ gateway, base, integers },
    tables: overlaid(document.tables ?? {}, tables),
    units: unitsOf(units),
  }
  const context = new CompileContext(document.name, problems, Object.keys(surroundings.tables), connection)
  const resolve = resolver(surroundings, context)
  const isInForce = ({ name, off = false }: Pick<PublishDocument, 'name' | 'off'>): boolean =>
    !off && !(name !== undefined && overrides.get(name) === 'all')
  const { publish = [], commands = [] } = document
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
    commands: commands
      .map((rule, index) =>
        isInForce(rule) ? compileCommand(rule, index, defaults, context, resolve) : undefined,
      )
      .filter((rule) => rule !== undefined),
    answer:
      defaults.answer === undefined
        ? undefined
        : compileAnswer(defaults.answer, defaults, ['defaults', 'answer'], context),
  })
  checkNames(document, problems)
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

/** Names of the rules of a file, for what it puts in the place of others. */
export function ruleNames({ publish = [], commands = [] }: MappingDocument): ReadonlySet<string> {
  return new Set([...publish, ...commands].flatMap(({ name }) => (name === undefined ? [] : [name])))
}
