import { contentKey, namedEntry } from '../../src/config/schema.ts'
import { type SchemaNode, type SchemaType, typesOf } from '../../src/lib/schema-node.ts'

const HEADER = `// Generated from config/lwm2mqtt.schema.json by \`npm run generate\`: do not edit.
`

const doc = (text: string, indent: string): string => `${indent}/** ${text} */\n`

function valueType(schema: SchemaNode, indent: string): string {
  if (schema.enum !== undefined) {
    return schema.enum.map((one) => (typeof one === 'string' ? `'${one}'` : String(one))).join(' | ')
  }
  return typesOf(schema)
    .map((type) => typeText(type, schema, indent))
    .join(' | ')
}

function typeText(type: SchemaType, schema: SchemaNode, indent: string): string {
  switch (type) {
    case 'object':
      return groupType(schema, indent)
    case 'array':
      return `readonly ${itemType(schema, indent)}[]`
    case 'integer':
      return 'number'
    default:
      return type
  }
}

function itemType({ items }: SchemaNode, indent: string): string {
  if (items === undefined) return 'unknown'
  const type = valueType(items, indent)
  return typesOf(items).length > 1 ? `(${type})` : type
}

function property(key: string, schema: SchemaNode, isRequired: boolean, indent: string): string {
  const optional = isRequired || schema.default !== undefined ? '' : '?'
  const own = `${doc(schema.description, indent)}${indent}readonly ${key}${optional}: ${valueType(schema, indent)}\n`
  const content = contentKey(key)
  if (content === undefined) return own
  return `${own}${doc(`Content of ${key}.`, indent)}${indent}readonly ${content}?: string\n`
}

function groupType(schema: SchemaNode, indent: string): string {
  const { properties = {}, required = [] } = schema
  const entry = namedEntry(schema)
  if (entry !== undefined) return `{ readonly [name: string]: ${valueType(entry, indent)} }`
  const inner = `${indent}  `
  const lines = Object.entries(properties).map(([key, schema]) =>
    property(key, schema, required.includes(key), inner),
  )
  return `{\n${lines.join('')}${indent}}`
}

/** TypeScript of the validated configuration: keys with a default are always there. */
export function configurationTypes(schema: SchemaNode): string {
  return `${HEADER}
/** The validated configuration, defaults filled in. */
export interface Configuration ${groupType(schema, '')}
`
}
