import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reasonOf } from '../lib/errors.ts'
import { closest } from '../lib/suggestion.ts'
import type { MappingDocument } from '../mapping/document.ts'
import type { Chain, LoadedFile } from '../mapping/layering.ts'
import type { KeyPath, PlacedProblem } from '../mapping/problem.ts'
import { readMapping } from '../mapping/reader.ts'

/** The presets that ship: src/ and dist/ lie equally deep beside mappings/. */
const PRESETS = fileURLToPath(new URL('../../mappings/', import.meta.url))
/** Files that extend each other, in one chain. */
const LONGEST_CHAIN = 8

/** A mapping file, read. */
export interface MappingFile extends LoadedFile {
  /** Its path. */
  readonly source: string
  readonly locate: ReturnType<typeof readMapping>['locate']
}

/** Whether a file is a preset. */
export function isShipped(source: string): boolean {
  return source.startsWith(PRESETS)
}

/** Whether an entry is the name of a preset; else it is a path. */
function isPreset(name: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(name)
}

/** Path of a preset, or of a file. */
function mappingPath(name: string, folder: string): string {
  if (isPreset(name)) return resolve(PRESETS, `${name}.yaml`)
  return isAbsolute(name) ? name : resolve(folder, name)
}

/** @param naming where the file is named: in a file that extends it, else in the configuration */
function unreadable(name: string, path: string, error: unknown, naming: Naming): PlacedProblem {
  const suggestion = isPreset(name) ? closest(name, presets()) : undefined
  return {
    code: 'mapping_unreadable',
    place: naming.file?.locate(naming.path) ?? { source: isPreset(name) ? name : path },
    path: naming.path,
    message: isPreset(name) ? noPreset(name) : `the mapping file cannot be read: ${whyUnreadable(error)}`,
    ...(suggestion !== undefined && { suggestion }),
  }
}

interface Naming {
  /** Undefined for the configuration. */
  readonly file: MappingFile | undefined
  readonly path: KeyPath
}

function noPreset(name: string): string {
  return `there is no preset '${name}': there are ${presets().join(', ')}; the name of a file has an ending, as ${name}.yaml`
}

function whyUnreadable(error: unknown): string {
  const isMissing = (error as { readonly code?: unknown }).code === 'ENOENT'
  return isMissing ? 'there is no such file' : reasonOf(error)
}

/** Names of the presets. */
export function presets(): string[] {
  return readdirSync(PRESETS).flatMap((file) => (file.endsWith('.yaml') ? [basename(file, '.yaml')] : []))
}

/** Reads files and those that they extend, each once. */
export class ChainReader {
  readonly problems: PlacedProblem[] = []
  readonly #known = new Map<string, MappingFile | undefined>()

  /** @param path where the configuration names it */
  read(name: string, folder: string, path: KeyPath): Chain<MappingFile> {
    const chain: MappingFile[] = []
    let naming: Naming = { file: undefined, path }
    let next: string | undefined = name
    let from = folder
    while (next !== undefined) {
      const file = this.#file(next, from, naming)
      if (file === undefined) break
      if (chain.includes(file) || chain.length === LONGEST_CHAIN) {
        const message = chain.includes(file)
          ? 'extends itself'
          : `more than ${LONGEST_CHAIN} files in a chain`
        const last = chain.at(-1) ?? file
        this.problems.push({
          code: 'mapping_invalid',
          place: last.locate(['extends']),
          path: ['extends'],
          message,
        })
        break
      }
      chain.push(file)
      naming = { file, path: ['extends'] }
      next = file.document.extends
      from = dirname(file.source)
    }
    return chain
  }

  #file(name: string, folder: string, naming: Naming): MappingFile | undefined {
    const path = mappingPath(name, folder)
    if (this.#known.has(path)) return this.#known.get(path)
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      this.problems.push(unreadable(name, path, error, naming))
      return undefined
    }
    const file = this.#understand(text, path)
    this.#known.set(path, file)
    return file
  }

  #understand(text: string, path: string): MappingFile | undefined {
    const { tree, problems, locate } = readMapping(text, path)
    this.problems.push(...problems)
    // The schema has let through what there is of it.
    return tree === undefined
      ? undefined
      : { document: tree as unknown as MappingDocument, source: path, locate }
  }
}
