import { stringify } from 'yaml'
import { expected } from '../../src/lib/expectation.ts'
import { type JsonValue, stringifyJson } from '../../src/lib/json.ts'
import { type SchemaNode, typesOf } from '../../src/lib/schema-node.ts'
import { events } from '../../src/mapping/events.ts'
import { functions } from '../../src/mapping/expression/functions.ts'
import { fields, resourceFields } from '../../src/mapping/fields.ts'
import { type OperatorDocs, operatorDocs } from '../../src/mapping/template/operator-docs.ts'
import { kinds, type Variable } from '../../src/mapping/variables.ts'

/** A bar would end the cell of a table. */
const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => `\`${text}\``
const json = (value: JsonValue): string =>
  code(stringifyJson(value).replaceAll(/(?<=["\]}\d]),(?=["{])/g, ', '))

function takes(schema: SchemaNode): string {
  const isAny = schema.enum === undefined && typesOf(schema).length === 0
  const what = isAny ? 'any JSON, with expressions and operators' : expected(schema)
  return schema.default === undefined ? what : `${what}; default ${json(schema.default)}`
}

/** Rows for the keys of a group, and for those below them: `[]` stands for an entry of a list, `NAME` for a key of one's own. */
function rows({ properties = {}, required = [] }: SchemaNode, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`
    const needs = required.includes(key) ? 'required: ' : ''
    const examples = (schema.examples ?? []).map(json).join(' or ')
    const row = `| ${code(name)} | ${cell(schema.description)} | ${cell(needs + takes(schema))} | ${cell(examples)} |`
    return [row, ...rows(schema, `${name}.`), ...innerRows(schema, name)]
  })
}

function innerRows({ items, additionalProperties }: SchemaNode, name: string): string[] {
  const ofEntries = items?.properties === undefined ? [] : rows(items, `${name}[].`)
  const ofKeys = typeof additionalProperties === 'object' ? rows(additionalProperties, `${name}.NAME.`) : []
  return [...ofEntries, ...ofKeys]
}

const keyTable = (lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n| key | | takes | example |\n|---|---|---|---|\n${lines.join('\n')}\n`

function section(key: string, schema: SchemaNode): string {
  const examples = (schema.examples ?? []).map(json).join(' or ')
  const example = examples === '' ? '' : `\n- example: ${examples}`
  const inner = [...rows(schema, `${key}.`), ...innerRows(schema, key)]
  return `### ${code(key)}\n\n${schema.description}\n\n- takes: ${takes(schema)}${example}\n${keyTable(inner)}`
}

function eventRows(): string {
  return Object.entries(events)
    .map(([name, { kind, description }]) => `| ${code(name)} | ${description} | [${kind}](#${kind}) |`)
    .join('\n')
}

function kindSections(): string {
  return Object.entries(kinds)
    .map(([kind, variables]) => {
      return `### ${kind}\n\n| variable | type | |\n|---|---|---|\n${variableRows(variables)}\n`
    })
    .join('\n')
}

function variableRows(variables: readonly Variable[]): string {
  return variables
    .map(({ name, type, description }) => `| ${code(name)} | ${type} | ${cell(description)} |`)
    .join('\n')
}

function fieldSections(): string {
  return Object.entries(fields)
    .map(([variable, known]) => {
      return `### Fields of ${variable}\n\n| field | type | |\n|---|---|---|\n${variableRows(known)}\n`
    })
    .join('\n')
}

function functionRows(): string {
  return functions
    .map(({ signature, description, example: [expression, gives] }) => {
      const example = `${code(expression)} gives ${json(gives)}`
      return `| ${code(signature)} | ${cell(description)} | ${cell(example)} |`
    })
    .join('\n')
}

function operatorSection({ keys, description, example: { payload, document, gives } }: OperatorDocs): string {
  const yaml = stringify(document, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' }).trimEnd()
  return `### ${code(keys)}\n\n${description}\n\n\`\`\`yaml\n${yaml}\n\`\`\`\n\nWhere \`payload\` is ${json(payload)}, that gives ${json(gives)}.\n`
}

/** docs/reference/mapping.md: every key of a mapping file, and all that expressions and documents can use. */
export function mappingPage(schema: SchemaNode): string {
  const sections = Object.entries(schema.properties ?? {}).map(([key, child]) => section(key, child))
  return `# Mapping files

<!-- Generated from src/mapping by \`npm run generate\`: do not edit. -->

${schema.description} YAML or JSON, checked against \`mappings/mapping.schema.json\`; with the line
\`# yaml-language-server: $schema=...\` at its head, editors complete and check the file.

- **Expressions** are CEL, in \`\${...}\`. Inside \`{ }\` and \`[ ]\`, and wherever a colon follows, YAML wants quotes around
  the text: \`topic: "\${device}/x"\`.
- A file is at most 1 MB long and 64 groups deep, and holds at most 200,000 values, with what its aliases repeat.
  Integers are exact, also beyond 2^53. Keys are texts: \`2.05\` and \`"2.05"\` are the same key.
- Every fault is told at once, with file, line and column.
- A **payload's schema** is JSON schema, draft 7. Left out, so that no message can hold up the gateway: \`format\`, \`$id\`,
  references to other files or back to themselves, \`uniqueItems\` without \`maxItems\` of at most 256, and in patterns
  lookahead, lookbehind, \`\\b\` and references back. Integers beyond 2^53 count as the nearest double there.
- What a rule may do for one event **is bounded**: 10,000 steps, and 500 more for each object instance that the device
  registered; 500,000 in all. An element of a list that is gone through costs a step or more, and so do 64 characters of
  a text, or 64 elements of a list, that is made, compared or searched. A rule that wants more fails with
  \`mapping_budget\`.

## What the broker keeps

The gateway knows which retained topics each rule has told, of which device and what of it. A rule is known by its name,
one without a name by what it says. An empty message takes a topic away

- that a rule of a changed file tells elsewhere now, or whose rule is gone, also of a device that has gone meanwhile. A
  topic of which nothing is told, because no last value is known, stays. What is kept and was told once, when a device
  registered, is told again;
- whose object instance a device does not list any more;
- under the name that a device had (\`device\`), when an Update or a new registration gives it another one;
- of a file that is not for the device any more (\`match\`).

A file for a manufacturer or a model is for a device as soon as /3/0/0 or /3/0/1 is known: what holds of the device, its
last values included, is then told by that file. Where the file has entries under \`observe\`, the gateway reads these two
when the device registers; else somebody has to. To hear of a change, observe them.

What a rule with \`removal\` knows of the parts that it has told goes with its topic: where that is empty, or another one, no
part has to be taken away.

## Keys

${sections.join('\n')}
## Events

What \`on\` of a publication takes; the last column says which variables there are.

| event | | variables |
|---|---|---|
${eventRows()}

## Operators

In a payload, in the parts of a command, and wherever else a key takes any JSON.

${operatorDocs.map(operatorSection).join('\n')}
## Functions

Besides those of CEL.

| function | | example |
|---|---|---|
${functionRows()}

## Variables

By what the expression is about. \`dyn\` may be null.

${kindSections()}
## Fields

What the variables hold that have fields of their own. A field that does not apply is not there: \`default(result.code, '')\`.
A name that stands here in no table is an error when the file is read.

${fieldSections()}
### Elements of resources

| field | type | |
|---|---|---|
${variableRows(resourceFields)}
`
}
