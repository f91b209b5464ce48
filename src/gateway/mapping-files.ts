import { CodedError, reasonOf } from '../lib/errors.ts'
import { inOrder, placeText } from '../lib/problem.ts'
import { builtinModel } from '../lwm2m/model/builtin.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import { type ObserveEntry, ObservePolicy } from '../lwm2m/observe-policy.ts'
import type { CompilerOptions } from '../mapping/compiler.ts'
import { listOf } from '../mapping/document.ts'
import { exampleFaults } from '../mapping/example-check.ts'
import { faultText } from '../mapping/example-text.ts'
import { type ExampleOutcome, exampleSurroundings, runExamples } from '../mapping/examples.ts'
import { type Chain, compileLayers, type FileProblem } from '../mapping/layering.ts'
import { Layers } from '../mapping/layers.ts'
import type { ResponseTopicCheck } from '../mapping/message-reader.ts'
import type { PlacedProblem } from '../mapping/problem.ts'
import { constantFaults } from '../mapping/rule/command-constants.ts'
import { isConsequence } from '../mapping/sound-parts.ts'
import { checkCommandPath } from './command-check.ts'
import { ChainReader, isShipped, type MappingFile, presets } from './mapping-chain.ts'
import { MappingErrors } from './mapping-errors.ts'

/** What carries what no other file says anything of. */
const DEFAULT = 'plain'
export interface MappingLoaderOptions extends CompilerOptions {
  /** Where relative paths of the configuration start. */
  readonly folder: string
  readonly isResponseTopic: ResponseTopicCheck
  /** The examples are not run: whoever loads does that. */
  readonly skipsExamples?: boolean
}

/** What is in force, and the files that it was made of. */
export interface LoadedMappings {
  readonly layers: Layers
  /** What the files want observed, in their order. */
  readonly observe: readonly ObserveEntry[]
  readonly files: readonly MappingFile[]
  /** Runs the examples of one of the files. */
  readonly test: (file: MappingFile, model: ObjectModel) => ExampleOutcome[]
}

/**
 * Reads and compiles mappings.
 * @param names of presets, or paths
 * @throws MappingErrors with everything that is wrong, at once
 */
export function loadMappings(names: readonly string[], options: MappingLoaderOptions): LoadedMappings {
  const reader = new ChainReader()
  const chains = names.map((name, index) => reader.read(name, options.folder, ['mappings', index]))
  const fallback = reader.read(DEFAULT, options.folder, [])
  if (reader.problems.length > 0) throw everythingWrong(reader.problems, chains, options)
  const files = [...new Set([...chains, fallback].flat())]
  const unfit = [...namesakes(files), ...unobservable(files), ...impossible(files), ...untestable(files)]
  const layers = compile(chains, fallback, options, unfit)
  const tested = options.skipsExamples === true ? [] : files.filter(({ source }) => !isShipped(source))
  for (const file of tested) checkOutcomes(file, outcomesOf(file, fallback, options, builtinModel))
  const test: LoadedMappings['test'] = (file, model) => outcomesOf(file, fallback, options, model)
  return { layers, observe: observeEntries(chains.flat()), files, test }
}

/** What the schema found, and what compiling finds in the parts that it let through. */
function everythingWrong(
  found: readonly PlacedProblem[],
  chains: readonly Chain<MappingFile>[],
  options: MappingLoaderOptions,
): MappingErrors {
  const compiled = placed(compileLayers(chains, options).problems)
  const more = [...compiled, ...impossible(chains.flat()), ...untestable(chains.flat())].filter(
    (problem) =>
      !isConsequence(
        problem,
        found.filter(({ place }) => place.source === problem.place.source),
      ),
  )
  return errorsOf([...found, ...more])
}

/** File by file, in the order of each. */
function errorsOf(problems: readonly PlacedProblem[]): MappingErrors {
  const files = Map.groupBy(problems, ({ place }) => place.source)
  return new MappingErrors([...files.values()].flatMap((own) => own.toSorted(inOrder)))
}

function placed(problems: readonly FileProblem<MappingFile>[]): PlacedProblem[] {
  return problems.map(({ file, problem }) => ({ ...problem, place: file.locate(problem.path) }))
}

/** @param unfit what else is wrong with the files */
function compile(
  chains: readonly Chain<MappingFile>[],
  fallback: Chain<MappingFile>,
  options: MappingLoaderOptions,
  unfit: readonly PlacedProblem[] = [],
): Layers {
  const { sheets, problems } = compileLayers(chains, options)
  const wrong = [...unfit, ...placed(problems)]
  if (wrong.length > 0) throw errorsOf(wrong)
  const { isResponseTopic } = options
  // As it ships, whatever other files have put in the place of its rules.
  const [own] = compileLayers([fallback], options).sheets
  if (own === undefined) throw new CodedError('mapping_unreadable', `the preset ${DEFAULT} is missing`)
  return new Layers({ sheets, fallback: own, isResponseTopic })
}

/** Runs the examples of a file: they say what comes of its own rules, whatever it extends and however it is run. */
function outcomesOf(
  file: MappingFile,
  fallback: Chain<MappingFile>,
  options: MappingLoaderOptions,
  model: ObjectModel,
): ExampleOutcome[] {
  const alone = compile([[file]], fallback, { ...options, ...exampleSurroundings })
  return runExamples(file.document, () => alone, model)
}

/** @throws MappingErrors where an example does not come out as it says */
function checkOutcomes(file: MappingFile, outcomes: readonly ExampleOutcome[]): void {
  const faults = outcomes.filter(({ fault }) => fault !== undefined)
  if (faults.length === 0) return
  throw new MappingErrors(
    faults.map(({ index, name, fault }) => {
      const path = ['examples', index, fault?.key ?? 'gives']
      const message = `the example '${name}' comes out otherwise: ${fault === undefined ? '' : faultText(fault)}`
      return { code: 'mapping_invalid', path, message, place: file.locate(path) }
    }),
  )
}

/** Files are told apart by their names, of which some belong to presets. */
function namesakes(files: readonly MappingFile[]): PlacedProblem[] {
  const taken = new Set(presets())
  const known = new Map<string, MappingFile>()
  const fault = (file: MappingFile, message: string): PlacedProblem => {
    return { code: 'mapping_invalid', path: ['name'], message, place: file.locate(['name']) }
  }
  return files
    .filter(({ source }) => !isShipped(source))
    .flatMap((file) => {
      const { name } = file.document
      if (taken.has(name)) return [fault(file, belongsToPreset(name))]
      const other = known.get(name)
      if (other === undefined) known.set(name, file)
      if (other === undefined || other === file) return []
      return [fault(file, `is the name of another mapping, too: ${placeText(other.locate(['name']))}`)]
    })
}

function belongsToPreset(name: string): string {
  return `'${name}' is the name of a preset: give your file another name; with \`extends: ${name}\` it has the preset's rules, and a rule with the name of one of them takes its place`
}

/** What is wrong with entries of `observe`: found before anything takes over. */
function unobservable(files: readonly MappingFile[]): PlacedProblem[] {
  return files.flatMap((file) =>
    (file.document.observe ?? []).flatMap((entry, index) => {
      try {
        new ObservePolicy(
          observeEntries([{ ...file, document: { ...file.document, observe: [entry] } }]),
          builtinModel,
        )
        return []
      } catch (error) {
        const path = ['observe', index]
        return [
          { code: 'mapping_invalid' as const, path, message: reasonOf(error), place: file.locate(path) },
        ]
      }
    }),
  )
}

/** Commands that no device could be sent, whatever the message. */
function impossible(files: readonly MappingFile[]): PlacedProblem[] {
  return files.flatMap((file) =>
    placed(constantFaults(file.document, checkCommandPath).map((problem) => ({ file, problem }))),
  )
}

/** Examples that nothing can come of. */
function untestable(files: readonly MappingFile[]): PlacedProblem[] {
  return files.flatMap((file) => placed(exampleFaults(file.document).map((problem) => ({ file, problem }))))
}

/** Entries of `observe`, each for the devices that its file is for. */
function observeEntries(files: readonly MappingFile[]): ObserveEntry[] {
  return files.flatMap(({ document: { observe = [], match } }) =>
    observe.flatMap((entry) => {
      const { path, attributes, match: own } = typeof entry === 'string' ? { path: entry } : entry
      return listOf(path).map((one) => ({
        path: one,
        ...(attributes === undefined ? undefined : { attributes }),
        match: { ...match, ...own },
      }))
    }),
  )
}
