import { stringify } from 'yaml'
import type { SchemaNode } from '../../src/lib/schema-node.ts'

const WIDTH = 100

/** Comment lines of at most WIDTH characters. */
function comment(text: string, indent: string): string {
  const lines: string[] = []
  let line = `${indent}#`
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = `${indent}#`
    }
    line += ` ${word}`
  }
  return [...lines, line].map((one) => `${one}\n`).join('')
}

function yaml(value: unknown): string {
  const flow = Array.isArray(value) && value.length <= 3
  return stringify(value, {
    ...(flow && { collectionStyle: 'flow' }),
    flowCollectionPadding: false,
  }).trimEnd()
}

/** A key with its default; where it has none, as an example that is commented out. */
function keyText(key: string, schema: SchemaNode, indent: string): string {
  const help = comment(schema.description, indent)
  if (schema.properties !== undefined) return `${help}${indent}${key}:\n${groupText(schema, `${indent}  `)}`
  const isSet = schema.default !== undefined
  const value = yaml(isSet ? schema.default : schema.examples?.[0])
  const block = value.includes('\n') ? `\n${value.replaceAll(/^/gm, `${indent}  `)}` : ` ${value}`
  return `${help}${indent}${isSet ? '' : '# '}${key}:${block}\n`
}

function groupText(schema: SchemaNode, indent: string): string {
  const keys = Object.entries(schema.properties ?? {})
  return keys.map(([key, child]) => keyText(key, child, indent)).join('\n')
}

/** config/lwm2mqtt.yaml: every key with its description and its default. */
export function defaultFile(schema: SchemaNode): string {
  const head = `# yaml-language-server: $schema=./lwm2mqtt.schema.json
#
# Every key of the configuration with its default, so that an empty file means the same. A key may also be
# set by an environment variable (LWM2MQTT__MQTT__URL for mqtt.url); see docs/reference/configuration.md.
# \`lwm2mqtt check --config FILE\` names every fault of a file at once.
# Generated from lwm2mqtt.schema.json by \`npm run generate\`; copy it before you change it.
`
  return `${head}\n${groupText(schema, '')}`
}
