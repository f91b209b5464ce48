import { type CompilerOptions, compileMapping, overlaid, ruleNames } from './compiler.ts'
import type { MappingDocument } from './document.ts'
import type { MatchDocument } from './match.ts'
import type { MappingProblem } from './problem.ts'
import { overlap } from './rule/topic-filter.ts'
import type { Sheet } from './sheet.ts'

/** A file as it was read, and after it those that it extends. */
export type Chain<T extends LoadedFile = LoadedFile> = readonly T[]

export interface LoadedFile {
  readonly document: MappingDocument
}

/** What is wrong with one of the files. */
export interface FileProblem<T extends LoadedFile> {
  readonly file: T
  readonly problem: MappingProblem
}

export interface Layering<T extends LoadedFile> {
  readonly sheets: readonly Sheet[]
  readonly problems: readonly FileProblem<T>[]
}

/**
 * Compiles files that work together, in their order. A file that several extend is there once, without the rules that
 * any of them has put others in the place of, as far as that one's devices go, and with the tables of the first one
 * over its own.
 */
export function compileLayers<T extends LoadedFile>(
  chains: readonly Chain<T>[],
  options: CompilerOptions,
): Layering<T> {
  const overrides = new Map<string, Map<string, Exceptions>>()
  const tables = new Map<string, Tables>()
  const files = new Map<string, T>()
  for (const chain of chains) {
    const replaced = new Map<string, Exceptions>()
    let above: Tables = {}
    for (const file of chain) {
      const { document } = file
      const own = overrides.get(document.name) ?? new Map()
      for (const [rule, matches] of replaced) own.set(rule, together(own.get(rule), matches))
      overrides.set(document.name, own)
      files.delete(document.name) // a file that is extended comes after all that extend it
      files.set(document.name, file)
      const match = document.match === undefined ? 'all' : [document.match]
      for (const name of ruleNames(document)) replaced.set(name, together(replaced.get(name), match))
      tables.set(document.name, overlaid(above, tables.get(document.name) ?? {}))
      above = overlaid(document.tables ?? {}, above)
    }
  }
  const compiled = [...files.values()].map((file) => {
    const { name } = file.document
    const { sheet, problems } = compileMapping(file.document, options, overrides.get(name), tables.get(name))
    return { file, sheet, problems }
  })
  const problems = compiled.flatMap(({ file, problems: own }) => own.map((problem) => ({ file, problem })))
  return {
    sheets: compiled.map(({ sheet }) => sheet),
    problems: [...problems, ...clashes(compiled, chains)],
  }
}

type Tables = NonNullable<MappingDocument['tables']>
/** Devices that a rule is not for; undefined: none. */
type Exceptions = 'all' | readonly MatchDocument[]

function together(one: Exceptions | undefined, other: Exceptions): Exceptions {
  if (one === undefined || one === other) return other
  return one === 'all' || other === 'all' ? 'all' : [...new Set([...one, ...other])]
}

interface CompiledFile<T extends LoadedFile> {
  readonly file: T
  readonly sheet: Sheet
}

/** Two files that have nothing to do with each other must not claim one command topic. */
function clashes<T extends LoadedFile>(
  compiled: readonly CompiledFile<T>[],
  chains: readonly Chain<T>[],
): FileProblem<T>[] {
  const problems: FileProblem<T>[] = []
  for (const [index, one] of compiled.entries()) {
    for (const other of compiled.slice(index + 1)) {
      if (areRelated(one.file, other.file, chains)) continue
      problems.push(...claimedTwice(one, other))
    }
  }
  return problems
}

function areRelated<T extends LoadedFile>(one: T, other: T, chains: readonly Chain<T>[]): boolean {
  const has = (chain: Chain<T>, { document }: T): boolean =>
    chain.some((file) => file.document.name === document.name)
  return chains.some((chain) => has(chain, one) && has(chain, other))
}

function claimedTwice<T extends LoadedFile>(one: CompiledFile<T>, other: CompiledFile<T>): FileProblem<T>[] {
  return other.sheet.commands.flatMap((command) => {
    const claimant = one.sheet.commands.find(({ filter }) => overlap(filter, command.filter))
    if (claimant === undefined) return []
    const index = (other.file.document.commands ?? []).findIndex(
      ({ name }, at) => (name ?? `commands[${at}]`) === command.name,
    )
    const message = `the mapping ${one.sheet.name} (${claimant.name}) takes commands from this topic, too`
    return [
      { file: other.file, problem: { code: 'mapping_invalid', path: ['commands', index, 'topic'], message } },
    ]
  })
}
