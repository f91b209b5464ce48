import { dirname, resolve } from 'node:path'
import { reasonOf } from '../lib/errors.ts'
import type { KeyPath, Place } from '../lib/problem.ts'
import type { Problem } from './problem.ts'
import { contentKey, schemaKeys } from './schema.ts'

/** A plain object while it is still being put together. */
export type Tree = Record<string, unknown>

export interface SecretSources {
  /** Content of a file as text; throws where it cannot be read. */
  readonly readFile: (path: string) => string
  locate(path: KeyPath): Place
  /** The configuration file, if that is where the path at `path` was written. */
  fileOf(path: KeyPath): string | undefined
}

const fileKeys = schemaKeys().flatMap(({ path }) => {
  const content = contentKey(path.at(-1) ?? '')
  return content === undefined ? [] : [{ path, group: path.slice(0, -1), content }]
})

function groupAt(tree: Tree, path: readonly string[]): Tree {
  return path.reduce((group, key) => group[key] as Tree, tree)
}

/**
 * Reads what the `*_file` keys name into keys of their own: `password_file` into `password`. One line break at the
 * end is cut. A relative path starts at the folder of the configuration file that holds it, one from the
 * environment at the working directory.
 * @param tree a valid configuration; it is changed
 */
export function readSecrets(tree: Tree, sources: SecretSources): Problem[] {
  const problems: Problem[] = []
  for (const { path, group, content } of fileKeys) {
    const holder = groupAt(tree, group)
    const name = holder[path.at(-1) ?? '']
    if (typeof name !== 'string') continue
    try {
      holder[content] = sources.readFile(absolute(name, sources.fileOf(path))).replace(/\r?\n$/, '')
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
