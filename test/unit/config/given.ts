import type { Configuration } from '../../../src/config/configuration.ts'
import type { Environment } from '../../../src/config/environment.ts'
import { loadConfiguration } from '../../../src/config/load.ts'
import { ConfigurationErrors, type Problem } from '../../../src/config/problem.ts'
import { configurationSchema } from '../../../src/config/schema.ts'
import { pathText, placeText } from '../../../src/lib/problem.ts'
import type { SchemaNode } from '../../../src/lib/schema-node.ts'

export const FILE = '/etc/lwm2mqtt/lwm2mqtt.yaml'

export interface Given {
  readonly text?: string
  readonly environment?: Environment
  /** Other files, by absolute path. */
  readonly files?: Readonly<Record<string, string>>
}

export function load({ text, environment = {}, files = {} }: Given): Configuration {
  const contents = new Map(Object.entries(files))
  if (text !== undefined) contents.set(FILE, text)
  const readFile = (path: string): string => {
    const content = contents.get(path)
    if (content === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
    return content
  }
  return loadConfiguration({ file: text === undefined ? undefined : FILE, environment, readFile })
}

export function problemsOf(given: Given): readonly Problem[] {
  try {
    load(given)
  } catch (error) {
    if (error instanceof ConfigurationErrors) return error.problems
    throw error
  }
  return []
}

/** `line:column path code` of each problem: what tests compare. */
export function summaries(given: Given): string[] {
  return problemsOf(given).map(({ place, path, code }) => {
    return [placeText(place).replace(`${FILE}:`, ''), pathText(path), code]
      .filter((part) => part !== '')
      .join(' ')
  })
}

/** The schema of the group at `path`, undefined where there is no such group. */
export function schemaAt(path: readonly (string | number)[]): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, step) => {
    if (typeof step === 'number') return node?.items
    const { properties } = node ?? {}
    return properties !== undefined && Object.hasOwn(properties, step) ? properties[step] : undefined
  }, configurationSchema)
}
