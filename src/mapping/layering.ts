import { closest } from '../lib/suggestion.ts'
import { type CompilerOptions, compileMapping, overlaid, type Placing, ruleNames } from './compiler.ts'
import type { MappingDocument } from './document.ts'
import { mappingId } from './mapping-id.ts'
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

/** The connection that a chain speaks over: the first of its files that names one decides; undefined for the main one. */
export function connectionOfChain(chain: Chain): string | undefined {
  return chain.find(({ document }) => document.connection !== undefined)?.document.connection
}

/**
 * Compiles files that work together, in their order. A file that several extend is there once for each connection,
 * without the rules that any of those has put others in the place of, as far as that one's devices go, and with the
 * tables of the first one over its own.
 */
export function compileLayers<T extends LoadedFile>(
  chains: readonly Chain<T>[],
  options: CompilerOptions,
): Layering<T> {
  const compiled = placed(chains).map(({ file, ...placing }) => {
    const { sheet, problems } = compileMapping(file.document, options, placing)
    return { file, sheet, problems }
  })
  const problems = compiled.flatMap(({ file, problems: own }) => own.map((problem) => ({ file, problem })))
  return {
    sheets: compiled.map(({ sheet }) => sheet),
    problems: [...withoutRepetitions(problems), ...clashes(compiled, chains), ...idleSwitches(chains)],
  }
}

/** Keys of a rule that only switches off one of another file. */
const OF_A_SWITCH: ReadonlySet<string> = new Set(['name', 'off', 'topic'])

/** Rules that switch off what is not there. */
function idleSwitches<T extends LoadedFile>(chains: readonly Chain<T>[]): FileProblem<T>[] {
  return chains.flatMap((chain) =>
    chain.flatMap((file, index) => {
      const below = new Set(chain.slice(index + 1).flatMap(({ document }) => [...ruleNames(document)]))
      return (['publish', 'commands'] as const).flatMap((list) =>
        (file.document[list] ?? []).flatMap((rule, at) => {
          const { name, off } = rule
          const isSwitch = off === true && Object.keys(rule).every((key) => OF_A_SWITCH.has(key))
          if (!isSwitch || name === undefined || below.has(name)) return []
          const message = `no file that this one extends has a rule '${name}' to switch off`
          const problem = { code: 'mapping_invalid', path: [list, at, 'name'], message } as const
          const suggestion = closest(name, below)
          return [{ file, problem: suggestion === undefined ? problem : { ...problem, suggestion } }]
        }),
      )
    }),
  )
}

type Tables = NonNullable<MappingDocument['tables']>
/** Devices that a rule is not for; undefined: none. */
type Exceptions = 'all' | readonly MatchDocument[]

function together(one: Exceptions | undefined, other: Exceptions): Exceptions {
  if (one === undefined || one === other) return other
  return one === 'all' || other === 'all' ? 'all' : [...new Set([...one, ...other])]
}

/** What stands before, and what comes to it. */
function withMore(
  before: ReadonlyMap<string, Exceptions> | undefined,
  more: ReadonlyMap<string, Exceptions>,
): ReadonlyMap<string, Exceptions> {
  const all = new Map(before)
  for (const [rule, matches] of more) all.set(rule, together(all.get(rule), matches))
  return all
}

interface PlacedFile<T extends LoadedFile> extends Placing {
  readonly file: T
}

/** Each file once for each connection, in the order in which they are applied. */
function placed<T extends LoadedFile>(chains: readonly Chain<T>[]): readonly PlacedFile<T>[] {
  const files = new Map<string, PlacedFile<T>>()
  for (const chain of chains) {
    const connection = connectionOfChain(chain)
    const replaced = new Map<string, Exceptions>()
    let above: Tables = {}
    for (const file of chain) {
      const { document } = file
      const id = mappingId(document.name, connection)
      const before = files.get(id)
      files.delete(id) // a file that is extended comes after all that extend it
      files.set(id, {
        file,
        connection,
        overrides: withMore(before?.overrides, replaced),
        tables: overlaid(above, before?.tables ?? {}),
      })
      const match = document.match === undefined ? 'all' : [document.match]
      for (const name of ruleNames(document)) replaced.set(name, together(replaced.get(name), match))
      above = overlaid(document.tables ?? {}, above)
    }
  }
  return [...files.values()]
}

/** A file that is there for several connections has each of its faults once. */
function withoutRepetitions<T extends LoadedFile>(problems: readonly FileProblem<T>[]): FileProblem<T>[] {
  const known = new Map<T, Set<string>>()
  return problems.filter(({ file, problem: { path, message } }) => {
    const own = known.get(file) ?? new Set()
    known.set(file, own)
    const id = `${path.join('/')} ${message}`
    return !own.has(id) && own.add(id)
  })
}

interface CompiledFile<T extends LoadedFile> {
  readonly file: T
  readonly sheet: Sheet
}

/** Two files that have nothing to do with each other must not claim one command topic of the same connection. */
function clashes<T extends LoadedFile>(
  compiled: readonly CompiledFile<T>[],
  chains: readonly Chain<T>[],
): FileProblem<T>[] {
  const problems: FileProblem<T>[] = []
  for (const [index, one] of compiled.entries()) {
    for (const other of compiled.slice(index + 1)) {
      if (one.sheet.connection !== other.sheet.connection) continue
      if (areRelated(one, other, chains)) continue
      problems.push(...claimedTwice(one, other))
    }
  }
  return problems
}

/** Whether a chain of their connection has both. */
function areRelated<T extends LoadedFile>(
  one: CompiledFile<T>,
  other: CompiledFile<T>,
  chains: readonly Chain<T>[],
): boolean {
  const has = (chain: Chain<T>, { sheet }: CompiledFile<T>): boolean =>
    chain.some((file) => file.document.name === sheet.name)
  return chains.some(
    (chain) => connectionOfChain(chain) === one.sheet.connection && has(chain, one) && has(chain, other),
  )
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
