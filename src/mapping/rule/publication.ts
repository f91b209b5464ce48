import type { CompileContext } from '../compile-context.ts'
import { type DefaultsDocument, milliseconds, type PublicationDocument } from '../document.ts'
import type { KeyPath } from '../problem.ts'
import type { TemplateCompiler } from '../template/compiler.ts'
import { Constant } from '../template/constant.ts'
import { cutText } from '../template/text.ts'
import { isSafeTopic, topicTextFault } from './payload.ts'
import type { PublicationTemplate } from './publish-rule.ts'

/** Compiles what a publication is made of. What the rule does not say, the defaults of the file say. */
export function compilePublication(
  document: PublicationDocument,
  defaults: DefaultsDocument,
  path: KeyPath,
  templates: TemplateCompiler,
  { problems, connection }: CompileContext,
): PublicationTemplate {
  const { topic, payload, encode: encoding = 'json', qos, retain } = document
  if (topic === undefined) problems.add('mapping_invalid', path, 'needs the key topic')
  const fault = topic === undefined ? undefined : topicTextFault(topic)
  if (fault !== undefined)
    problems.add('mapping_invalid', [...path, 'topic'], `a topic for publications ${fault}`)
  const braced = bracedIn(topic ?? '').find((name) => templates.knows(name))
  if (braced !== undefined)
    problems.add('mapping_invalid', [...path, 'topic'], `here a variable is written \${${braced}}, with a $`)
  const expiry = document.expiry ?? defaults.expiry
  const type =
    document.contentType ?? defaults.contentType ?? (encoding === 'json' ? 'application/json' : undefined)
  const properties = { ...defaults.properties, ...document.properties }
  return {
    topic: templates.compile(topic ?? '', [...path, 'topic']),
    isTopicSafe: isSafeTopic(topic ?? ''),
    isTopicOfName: isMadeOfName(topic ?? ''),
    payload: payload === undefined ? undefined : templates.compile(payload, [...path, 'payload']),
    encoding,
    qos: qos ?? defaults.qos ?? 1,
    retain: retain ?? defaults.retain ?? false,
    connection,
    contentType: type === undefined ? undefined : templates.compile(type, [...path, 'contentType']),
    expiry: expiry === undefined ? undefined : Math.ceil(milliseconds(expiry) / 1000),
    properties: Object.entries(properties).map(([name, text]) => {
      const isOwn = document.properties !== undefined && Object.hasOwn(document.properties, name)
      return [
        name,
        text === ''
          ? new Constant('')
          : templates.compile(
              text,
              isOwn ? [...path, 'properties', name] : ['defaults', 'properties', name],
              true,
            ),
      ]
    }),
  }
}

/** Texts in an expression. */
const TEXTS = /'[^']*'|"[^"]*"/g
/** The variable, no key of that name. */
const NAME = /(?<![\w.])device(?!\w)/

/** Whether expressions of a topic ask for the name of the device. */
function isMadeOfName(topic: string): boolean {
  const stretches = cutText(topic) ?? []
  return stretches.some(
    (stretch) => typeof stretch !== 'string' && NAME.test(stretch.source.replaceAll(TEXTS, "''")),
  )
}

/** Names in braces alone, as levels of command topics have them. */
function bracedIn(topic: string): string[] {
  const literal = (cutText(topic) ?? []).filter((stretch) => typeof stretch === 'string')
  return literal.flatMap((text) =>
    [...text.matchAll(/\{([A-Za-z][A-Za-z0-9]*)\}/g)].map(([, name = '']) => name),
  )
}
