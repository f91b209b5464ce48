import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { CompileContext, TopicResolver } from '../compile-context.ts'
import type { AnswerDocument, CommandDocument, DefaultsDocument } from '../document.ts'
import type { KeyPath } from '../problem.ts'
import { type AnswerTemplate, CommandRule } from './command-rule.ts'
import { compileSchema, type PayloadSchema } from './payload-schema.ts'
import { compilePublication } from './publication.ts'
import { TopicFilter } from './topic-filter.ts'

/** Keys that say something about the rule; all others make the command. */
const OF_THE_RULE: ReadonlySet<string> = new Set([
  ...['name', 'topic', 'parse', 'payload', 'when', 'device', 'endpoint', 'remember', 'answer', 'off'],
])

/**
 * Compiles a rule of `commands`.
 * @returns undefined for a rule without a usable topic
 */
export function compileCommand(
  document: CommandDocument,
  index: number,
  defaults: DefaultsDocument,
  context: CompileContext,
  resolve: TopicResolver,
): CommandRule | undefined {
  const path: KeyPath = ['commands', index]
  const { mapping, budget, problems, keys } = context
  const resolved = resolve(document.topic, [...path, 'topic'])
  const topic = resolved === undefined ? undefined : TopicFilter.parse(resolved)
  const { when, device, endpoint, remember, name = `commands[${index}]`, parse = 'auto' } = document
  const request = context.templates('request')
  const order = context.templates('order')
  const schema = schemaOf(document.payload, [...path, 'payload'], context)
  const body = order.compile(bodyOf(document), path)
  if (typeof topic === 'string') problems.add('mapping_invalid', [...path, 'topic'], topic)
  if (topic === undefined || typeof topic === 'string') return undefined
  context.checkLevels(document as unknown as JsonValue, path, topic.names)
  if (device === undefined && endpoint === undefined && !topic.names.includes('device')) {
    problems.add(
      'mapping_invalid',
      path,
      'needs a level {device} in the topic, or the key device or endpoint',
    )
  }
  return new CommandRule({
    ...{ mapping, name, key: keys.keyOf(document), topic, parse, schema, body, budget },
    when: when === undefined ? undefined : request.compileCondition(when, [...path, 'when']),
    device: device === undefined ? undefined : request.compile(device, [...path, 'device']),
    endpoint: endpoint === undefined ? undefined : request.compile(endpoint, [...path, 'endpoint']),
    remember: remember === undefined ? undefined : order.compile(remember, [...path, 'remember']),
    answer: answerOf(document, defaults, path, context),
  })
}

/** What makes the command: a rule without what it says about itself. */
export function bodyOf(document: CommandDocument): JsonObject {
  return Object.fromEntries(
    Object.entries(document).filter(([key]) => !OF_THE_RULE.has(key)) as [string, JsonValue][],
  )
}

function schemaOf(
  document: JsonValue | undefined,
  path: KeyPath,
  { problems }: CompileContext,
): PayloadSchema | undefined {
  if (document === undefined) return undefined
  const { schema, faults } = compileSchema(document)
  for (const fault of faults) problems.add('mapping_invalid', [...path, ...fault.path], fault.message)
  return schema
}

/** The rule's own answer, over what the file says for all. */
function answerOf(
  { answer }: CommandDocument,
  defaults: DefaultsDocument,
  path: KeyPath,
  context: CompileContext,
): AnswerTemplate | undefined {
  if (answer !== undefined) {
    const { answer: common, ...others } = defaults
    return compileAnswer({ ...common, ...answer }, others, [...path, 'answer'], context)
  }
  return undefined
}

export function compileAnswer(
  document: AnswerDocument,
  defaults: DefaultsDocument,
  path: KeyPath,
  context: CompileContext,
): AnswerTemplate {
  const templates = context.templates('answer')
  const { when } = document
  return {
    publication: compilePublication(document, defaults, path, templates, context),
    when: when === undefined ? undefined : templates.compileCondition(when, [...path, 'when']),
  }
}
