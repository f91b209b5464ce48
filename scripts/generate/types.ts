import { contentKey, type SchemaNode } from '../../src/config/schema.ts'

const HEADER = `// Generated from config/lwm2mqtt.schema.json by \`npm run generate\`: do not edit.
`

const doc = (text: string, indent: string): string => `${indent}/** ${text} */\n`

function valueType(schema: SchemaNode, indent: string): string {
  if (schema.enum !== undefined) {
    return schema.enum.map((one) => (typeof one === 'string' ? `'${one}'` : String(one))).join(' | ')
  }
  if (schema.properties !== undefined) return groupType(schema.properties, indent)
  if (schema.items !== undefined) return `readonly ${valueType(schema.items, indent)}[]`
  return schema.type === 'integer' || schema.type === 'number' ? 'number' : (schema.type ?? 'unknown')
}

function property(key: string, schema: SchemaNode, indent: string): string {
  const optional = schema.default === undefined ? '?' : ''
  const own = `${doc(schema.description, indent)}${indent}readonly ${key}${optional}: ${valueType(schema, indent)}\n`
  const content = contentKey(key)
  if (content === undefined) return own
  return `${own}${doc(`Content of ${key}.`, indent)}${indent}readonly ${content}?: string\n`
}

function groupType(properties: Readonly<Record<string, SchemaNode>>, indent: string): string {
  const inner = `${indent}  `
  const lines = Object.entries(properties).map(([key, schema]) => property(key, schema, inner))
  return `{\n${lines.join('')}${indent}}`
}

/** TypeScript of the validated configuration: keys with a default are always there. */
export function configurationTypes(schema: SchemaNode): string {
  return `${HEADER}
/** The validated configuration, defaults filled in. */
export interface Configuration ${groupType(schema.properties ?? {}, '')}
`
}
