import { variableName } from '../../src/config/environment.ts'
import { configurationFiles } from '../../src/config/lookup.ts'
import { namedEntry, schemaKeys } from '../../src/config/schema.ts'
import { expected } from '../../src/lib/expectation.ts'
import type { SchemaNode } from '../../src/lib/schema-node.ts'

const code = (text: string): string => `\`${text}\``
const json = (value: unknown): string =>
  code(JSON.stringify(value).replaceAll(/(?<=["\]}\d]),(?=["{])/g, ', '))

/** Rows for the keys of a list's entries, and for those below them. */
function entryRows({ properties = {}, required = [] }: SchemaNode, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`
    const byDefault = schema.default === undefined || schema.properties !== undefined
    const standard = byDefault ? '' : `; default ${json(schema.default)}`
    const takes = `${required.includes(key) ? 'required: ' : ''}${expected(schema)}${standard}`
    const examples = (schema.examples ?? []).map(json).join(' or ')
    return [
      `| ${code(name)} | ${schema.description} | ${takes} | ${examples} |`,
      ...entryRows(schema, `${name}.`),
    ]
  })
}

function entryTable(schema: SchemaNode): string {
  const entry = schema.items ?? namedEntry(schema)
  if (entry?.properties === undefined) return ''
  return `\n| key of an entry | | takes | example |\n|---|---|---|---|\n${entryRows(entry).join('\n')}\n`
}

/** The variables of the keys inside a group with names of the user's own. */
function entryVariables(path: readonly string[], schema: SchemaNode): string[] {
  const inner = schemaKeys(namedEntry(schema) ?? schema)[0]
  if (namedEntry(schema) === undefined || inner === undefined) return []
  const name = variableName([...path, 'name', ...inner.path])
  return [`- environment, one key: ${code(name)}, with NAME in capitals and without its hyphens`]
}

function keySection(path: readonly string[], schema: SchemaNode): string {
  const rows = [
    `- takes: ${expected(schema)}${schema.items === undefined ? '' : `, each ${expected(schema.items)}`}`,
    `- default: ${schema.default === undefined ? 'none' : json(schema.default)}`,
    `- example: ${(schema.examples ?? []).map(json).join(' or ')}`,
    `- environment: ${code(variableName(path))}`,
    ...entryVariables(path, schema),
  ]
  return `### ${code(path.join('.'))}\n\n${schema.description}\n\n${rows.join('\n')}\n${entryTable(schema)}`
}

function groupSection(path: readonly string[], schema: SchemaNode): string {
  const keys = Object.entries(schema.properties ?? {})
  const sections = keys.map(([key, child]) => {
    const childPath = [...path, key]
    return child.properties === undefined ? keySection(childPath, child) : groupSection(childPath, child)
  })
  return `## ${code(path.join('.'))}\n\n${schema.description}\n\n${sections.join('\n')}`
}

function topSection(key: string, schema: SchemaNode): string {
  if (schema.properties !== undefined) return groupSection([key], schema)
  return keySection([key], schema).replace('###', '##')
}

/** docs/reference/configuration.md: how a configuration comes about, and every key. */
export function configurationPage(schema: SchemaNode): string {
  const sections = Object.entries(schema.properties ?? {}).map(([key, child]) => topSection(key, child))
  return `# Configuration

<!-- Generated from config/lwm2mqtt.schema.json by \`npm run generate\`: do not edit. -->

One YAML file, checked against \`config/lwm2mqtt.schema.json\`. \`config/lwm2mqtt.yaml\` shows every key with its
default. With the line \`# yaml-language-server: $schema=...\` at its head, editors complete and check the file.

- **Which file:** the one that \`--config\` names, else the first that exists of
  ${configurationFiles.map(code).join(', ')}, else none: the defaults.
- **Environment:** each key has a variable, which wins over the file. Lists are given as JSON or YAML
  (\`["/3/0/9"]\`). A variable without text counts as not set.
- **Secrets** stay out of the file: a key that ends in \`_file\` names the file that holds one. One line break at its
  end does not count. A relative path starts at the folder of the configuration file, or, from the environment, at
  the working directory.
- A key without a value (\`username:\`) counts as not set. An unknown key is an error.
- \`lwm2mqtt check\` prints what is in effect, without secrets, or every fault at once with its line and column.

${sections.join('\n')}`
}
