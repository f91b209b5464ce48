import type { JsonValue } from '../../lib/json.ts'
import type { CompileContext, TopicResolver } from '../compile-context.ts'
import { type DefaultsDocument, listOf, milliseconds, type PublishDocument } from '../document.ts'
import { type EventName, eventNames, events } from '../events.ts'
import type { KeyPath } from '../problem.ts'
import type { TemplateCompiler } from '../template/compiler.ts'
import type { Elements } from '../template/operators.ts'
import type { Kind } from '../variables.ts'
import { PathFilter } from './path-filter.ts'
import { compileSchema, type PayloadSchema } from './payload-schema.ts'
import { compilePublication } from './publication.ts'
import { type PublicationFilter, PublishRule } from './publish-rule.ts'
import { TopicFilter } from './topic-filter.ts'
import { ValueFilter } from './value-filter.ts'

/** How the values of one message are put together. */
export type Grouping = 'value' | 'instance' | 'notification' | 'device'

/** A message of another topic that causes publications. */
export interface Trigger {
  readonly filter: TopicFilter
  readonly schema: PayloadSchema | undefined
}

/** A rule with what causes it. */
export interface CompiledPublish {
  readonly rule: PublishRule
  readonly events: readonly EventName[]
  readonly triggers: readonly Trigger[]
  readonly per: Grouping
  readonly series: 'each' | 'last' | 'array'
}

/** Events that bring values, of which a rule can take one at a time or several together. */
const OF_VALUES: ReadonlySet<string> = new Set(['value', 'notify', 'observe', 'read', 'send'])

/**
 * Compiles a rule of `publish`.
 * @returns undefined for a rule without a cause: what its expressions know is not known
 */
export function compilePublish(
  document: PublishDocument,
  index: number,
  defaults: DefaultsDocument,
  context: CompileContext,
  resolve: TopicResolver,
): CompiledPublish | undefined {
  const path: KeyPath = ['publish', index]
  const { causes, triggers } = causesOf(document, path, context, resolve)
  if (causes.length + triggers.length === 0) return undefined
  if (triggers.length > 0) {
    const names = triggers.flatMap(({ filter }) => filter.names)
    context.checkLevels(document as unknown as JsonValue, path, names)
  }
  const per = groupingOf(document, causes, path, context)
  const kinds = kindsOf(causes, triggers.length > 0, per)
  const outer = context.templates(...kinds)
  const { elements, inner } = elementsOf(document, path, outer)
  const { problems, mapping, budget, keys } = context
  const { name = `publish[${index}]`, when, removal, stop = false } = document
  if (document.per === 'device' && document.path !== undefined && document.filter !== undefined)
    problems.add('mapping_invalid', [...path, 'filter'], 'a publication per device is filtered by on: value')
  const rule = new PublishRule({
    ...{ mapping, name, key: keys.keyOf(document), removal, stop, budget, elements },
    path: document.path === undefined ? undefined : new PathFilter(listOf(document.path)),
    when: when === undefined ? undefined : outer.compileCondition(when, [...path, 'when']),
    publication: compilePublication(document, defaults, path, inner, context),
    filter: filterOf(document, path, inner, { kinds, deferrable: deferrableOf(per, causes) }, context),
  })
  return { rule, events: causes, triggers, per, series: document.series ?? 'each' }
}

function causesOf(
  { on }: PublishDocument,
  path: KeyPath,
  { problems }: CompileContext,
  resolve: TopicResolver,
): { causes: EventName[]; triggers: Trigger[] } {
  const causes: EventName[] = []
  const triggers: Trigger[] = []
  if (on === undefined) problems.add('mapping_invalid', path, 'needs the key on: what causes the publication')
  for (const [index, cause] of listOf(on).entries()) {
    const at = Array.isArray(on) ? [...path, 'on', index] : [...path, 'on']
    if (typeof cause === 'string') {
      const name = eventNames.find((known) => known === cause)
      if (name === undefined) problems.unknown(at, `'${cause}' is no event`, cause, eventNames)
      else causes.push(name)
      continue
    }
    const resolved = resolve(cause.message, [...at, 'message'])
    const filter = resolved === undefined ? undefined : TopicFilter.parse(resolved)
    if (typeof filter === 'string') problems.add('mapping_invalid', [...at, 'message'], filter)
    else if (filter !== undefined)
      triggers.push({ filter, schema: schemaOf(cause.payload, [...at, 'payload'], problems) })
  }
  return { causes, triggers }
}

function schemaOf(
  document: JsonValue | undefined,
  path: KeyPath,
  problems: CompileContext['problems'],
): PayloadSchema | undefined {
  if (document === undefined) return undefined
  const { schema, faults } = compileSchema(document)
  for (const fault of faults) problems.add('mapping_invalid', [...path, ...fault.path], fault.message)
  return schema
}

function groupingOf(
  { per, name: _ }: PublishDocument,
  causes: readonly EventName[],
  path: KeyPath,
  { problems }: CompileContext,
): Grouping {
  const ofValues = causes.filter((cause) => OF_VALUES.has(cause))
  if (per !== undefined && per !== 'device' && ofValues.length < causes.length) {
    problems.add('mapping_invalid', [...path, 'per'], `per: ${per} is for events that bring values`)
  }
  if (per !== undefined) return per
  return ofValues.includes('value') || ofValues.length === 0 ? 'value' : 'notification'
}

const KIND_OF_GROUPING: Readonly<Record<Grouping, Kind>> = {
  value: 'value',
  instance: 'instance',
  notification: 'notification',
  device: 'device',
}

function kindsOf(
  causes: readonly EventName[],
  hasTriggers: boolean,
  per: Grouping,
): readonly [Kind, ...Kind[]] {
  const kinds = causes.map(
    (cause): Kind => (OF_VALUES.has(cause) ? KIND_OF_GROUPING[per] : events[cause].kind),
  )
  const all = hasTriggers ? [...kinds, 'message' as const] : kinds
  const [first = 'device', ...others] = new Set(all)
  return [first, ...others]
}

function elementsOf(
  { each, as: name }: PublishDocument,
  path: KeyPath,
  outer: TemplateCompiler,
): { readonly elements: Elements | undefined; readonly inner: TemplateCompiler } {
  if (each === undefined) return { elements: undefined, inner: outer }
  const places = { list: [...path, 'each'], name: [...path, 'as'], where: path }
  return outer.compileElements({ list: each, name, where: undefined }, places)
}

/** Values are known later on, too, and so is what a rule says of a device as a whole, whatever caused it. */
function deferrableOf(per: Grouping, causes: readonly EventName[]): ReadonlySet<string> {
  const isOfDevice = per === 'device' && causes.some((cause) => OF_VALUES.has(cause))
  return isOfDevice ? new Set([...causes, 'message']) : OF_VALUES
}

function filterOf(
  { filter }: PublishDocument,
  path: KeyPath,
  templates: TemplateCompiler,
  { kinds, deferrable }: { readonly kinds: readonly Kind[]; readonly deferrable: ReadonlySet<string> },
  { problems }: CompileContext,
): PublicationFilter | undefined {
  if (filter === undefined) return undefined
  const { deadBand, onChange = false, minInterval, always = [] } = filter
  const judge = new ValueFilter({
    ...{ deadBand, onChange },
    minInterval: minInterval === undefined ? undefined : milliseconds(minInterval),
  })
  const whole = kinds.every((kind) => kind === 'value') ? '${value}' : undefined
  const compared = filter.of ?? whole
  const at = [...path, 'filter']
  if (deadBand !== undefined && compared === undefined)
    problems.add('mapping_invalid', at, 'deadBand compares numbers: it needs the key of here')
  for (const [index, name] of always.entries()) {
    if (!eventNames.some((known) => known === name))
      problems.unknown([...at, 'always', index], `'${name}' is no event`, name, eventNames)
  }
  const of = compared === undefined ? undefined : templates.compileExpression(compared, [...at, 'of'])
  return { judge, of, deferrable, always: new Set(always) }
}
