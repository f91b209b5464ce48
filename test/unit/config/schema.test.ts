import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Configuration } from '../../../src/config/configuration.ts'
import { variableName } from '../../../src/config/environment.ts'
import { loadConfiguration } from '../../../src/config/load.ts'
import { configurationSchema, contentKey, schemaKeys } from '../../../src/config/schema.ts'
import { type SchemaNode, typesOf } from '../../../src/lib/schema-node.ts'
import { load, schemaAt } from './given.ts'

const keys = schemaKeys().map((key) => ({ ...key, name: key.path.join('.') }))

interface Named {
  readonly path: string
  readonly node: SchemaNode
}

function nodes(node: SchemaNode, path: string): Named[] {
  const children = Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    nodes(child, `${path}.${key}`),
  )
  return [{ path, node }, ...children, ...(node.items === undefined ? [] : nodes(node.items, `${path}[]`))]
}

/** The value as the only one that a file sets. */
function fileWith(path: readonly string[], value: unknown): string {
  return JSON.stringify(path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))
}

describe('the schema', () => {
  test('holds the names that scripts outside the repository use', () => {
    const held = ['gateway.id', 'mqtt.url', 'lwm2m.listeners', 'store.path', 'mappings', 'log.level']
    expect(keys.map(({ name }) => name)).toEqual(expect.arrayContaining(held))
  })

  test.each(nodes(configurationSchema, 'schema'))('$path has a description', ({ node }) => {
    expect(node.description).toMatch(/^[A-Z].{8,}[.]$/s)
  })

  test.each(nodes(configurationSchema, 'schema').filter(({ node }) => node.properties !== undefined))(
    '$path takes no other keys',
    ({ node }) => {
      expect(typesOf(node)).toContain('object')
      expect(node).toMatchObject({ additionalProperties: false })
    },
  )

  test.each(nodes(configurationSchema, 'schema').filter(({ node }) => node.pattern !== undefined))(
    '$path says in words what its pattern asks for',
    ({ node }) => expect(node.patternErrorMessage).toMatch(/.{10,}/),
  )

  test.each(keys)('$name has a default, or is a text that may be missing', ({ schema }) => {
    expect(schema.default !== undefined || schema.type === 'string').toBe(true)
  })

  test.each(keys)('every example of $name is valid', ({ path, schema }) => {
    expect(schema.examples?.length).toBeGreaterThan(0)
    for (const example of schema.examples ?? []) expect(() => loadAlone(path, example)).not.toThrow()
  })

  test.each(keys)('the environment can set $name', ({ path, schema }) => {
    const example = schema.examples?.[0]
    const text = typeof example === 'string' ? example : JSON.stringify(example)
    const environment = { ...companions(path), [variableName(path)]: text }
    const configuration = loadConfiguration({ environment, readFile: () => 'x' })
    const expected = loadAlone(path, example)
    expect(path.reduce<unknown>((node, key) => (node as never)[key], configuration)).toEqual(
      path.reduce<unknown>((node, key) => (node as never)[key], expected),
    )
  })

  test('gives no two keys the same variable', () => {
    expect(new Set(keys.map(({ path }) => variableName(path).replaceAll('_', ''))).size).toBe(keys.length)
  })

  test('has no key that looks like an index, or like the content of a file key', () => {
    for (const { path, name } of keys) {
      expect(name).not.toMatch(/(^|\.)\d+(\.|$)/)
      const content = contentKey(path.at(-1) ?? '')
      if (content !== undefined) expect(schemaAt([...path.slice(0, -1), content])).toBeUndefined()
    }
  })
})

/** What an example needs beside it. */
function companions(path: readonly string[]): Record<string, string> {
  if (path.includes('tls')) {
    const pair = path.includes('ca_file') || path.includes('insecure')
    const files = pair ? {} : { LWM2MQTT__MQTT__TLS__CERT_FILE: '/c', LWM2MQTT__MQTT__TLS__KEY_FILE: '/k' }
    return { LWM2MQTT__MQTT__URL: 'mqtts://broker', ...files }
  }
  return path.includes('password_file') ? { LWM2MQTT__MQTT__USERNAME: 'u' } : {}
}

function loadAlone(path: readonly string[], value: unknown): Configuration {
  const own = variableName(path)
  const environment = Object.fromEntries(Object.entries(companions(path)).filter(([name]) => name !== own))
  const text = fileWith(path, value)
  return loadConfiguration({
    file: 'c.yaml',
    environment,
    readFile: (file) => (file === 'c.yaml' ? text : 'x'),
  })
}

describe('config/lwm2mqtt.yaml', () => {
  const file = fileURLToPath(new URL('../../../config/lwm2mqtt.yaml', import.meta.url))
  const text = readFileSync(file, 'utf8')

  test('says exactly the defaults of the schema', () => {
    const tree: unknown = parse(text)
    for (const { path, name, schema } of keys) {
      const said = path.reduce<unknown>(
        (node, key) => (node as Record<string, unknown> | undefined)?.[key],
        tree,
      )
      expect(said, name).toEqual(schema.default)
    }
  })

  test('loads, and is the same as no file at all', () => {
    const configuration = loadConfiguration({ file, environment: {}, readFile: () => text })
    expect(configuration).toEqual(load({}))
  })

  test('points editors to the schema beside it', () => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/lwm2mqtt\.schema\.json\n/)
  })

  test('shows every key, also those without a default', () => {
    for (const { path } of keys) expect(text).toMatch(new RegExp(`^ *(# )?${path.at(-1)}:`, 'm'))
  })
})
