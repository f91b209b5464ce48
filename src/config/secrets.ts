import { dirname, resolve } from 'node:path'
import { reasonOf } from '../lib/errors.ts'
import { isJsonObject } from '../lib/json.ts'
import type { KeyPath, Place } from '../lib/problem.ts'
import type { SchemaNode } from '../lib/schema-node.ts'
import type { Problem } from './problem.ts'
import { configurationSchema, contentKey, namedEntry } from './schema.ts'

/** A plain object while it is still being put together. */
export type Tree = Record<string, unknown>

export interface SecretSources {
  /** Content of a file as text; throws where it cannot be read. */
  readonly readFile: (path: string) => string
  locate(path: KeyPath): Place
  /** The configuration file, if that is where the path at `path` was written. */
  fileOf(path: KeyPath): string | undefined
}

/** A `*_file` key that is set, and the group that it stands in. */
interface FileKey {
  readonly path: readonly string[]
  readonly holder: Tree
  readonly name: string
  /** The key for the file's content. */
  readonly content: string
}

function fileKeysIn(value: unknown, schema: SchemaNode, path: readonly string[] = []): FileKey[] {
  if (!isJsonObject(value)) return []
  const holder = value as Tree
  const entry = namedEntry(schema)
  return Object.entries(holder).flatMap(([key, name]) => {
    const content = contentKey(key)
    const own = [...path, key]
    if (typeof name === 'string') return content === undefined ? [] : [{ path: own, holder, name, content }]
    const child = entry ?? schema.properties?.[key]
    return child === undefined ? [] : fileKeysIn(name, child, own)
  })
}

/**
 * Reads what the `*_file` keys name into keys of their own: `password_file` into `password`. One line break at the
 * end is cut. A relative path starts at the folder of the configuration file that holds it, one from the
 * environment at the working directory.
 * @param tree a valid configuration; it is changed
 */
export function readSecrets(tree: Tree, sources: SecretSources): Problem[] {
  const problems: Problem[] = []
  for (const { path, holder, name, content } of fileKeysIn(tree, configurationSchema)) {
    try {
      const text = sources.readFile(absolute(name, sources.fileOf(path))).replace(/\r?\n$/, '')
      holder[content] = text
      // As where a secret was mounted before it was there: the broker would only say that it does not let us in.
      const message = 'is the name of a file that is empty'
      if (text === '') problems.push({ code: 'config_invalid', place: sources.locate(path), path, message })
    } catch (error) {
      const message = `cannot be read: ${reasonOf(error)}`
      problems.push({ code: 'config_unreadable', place: sources.locate(path), path, message })
    }
  }
  return problems
}

/** A path of the configuration, from the folder of the file in which it stands, else from the working directory. */
export function absolute(name: string, writtenIn: string | undefined): string {
  return writtenIn === undefined ? resolve(name) : resolve(dirname(writtenIn), name)
}
