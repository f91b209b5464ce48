import { relative } from 'node:path'
import type { Configuration } from '../config/configuration.ts'
import type { MappingFile } from '../gateway/mapping-chain.ts'
import { MappingErrors } from '../gateway/mapping-errors.ts'
import { type LoadedMappings, loadMappings, type MappingLoaderOptions } from '../gateway/mapping-files.ts'
import { mappingOptions } from '../gateway/mapping-options.ts'
import { modelFiles } from '../gateway/model-files.ts'
import type { Logger } from '../lib/logger.ts'
import { placeText } from '../lib/problem.ts'
import { DeviceMatcher } from '../lwm2m/device-match.ts'
import { builtinModel } from '../lwm2m/model/builtin.ts'
import { CombinedModel } from '../lwm2m/model/combined.ts'
import { ModelFolder } from '../lwm2m/model/folder.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import { exampleSurroundings } from '../mapping/examples.ts'
import { connectionOfChain } from '../mapping/layering.ts'
import type { PlacedProblem } from '../mapping/problem.ts'
import type { Io } from './io.ts'

/** What the commands for mapping files have in common. */

/** Their options, as parseArgs takes them. */
export const configOption = { config: { type: 'string', short: 'c' } } as const

/** Its line in a command's help. */
export const configOptionHelp = `  -c, --config FILE   configuration whose object definitions (lwm2m.models) are used as well (default: see
                      \`lwm2mqtt help\`); where it is given, \`connection\` names one of its mqtt.connections`

/** A mapping file together with those that it extends, compiled. */
export interface OpenedMapping extends LoadedMappings {
  /** The file itself. */
  readonly file: MappingFile
  /** The broker connection that it speaks over; undefined for the main one. */
  readonly connection: string | undefined
}

/**
 * The connections that a mapping file may name: those of the configuration that somebody named; without one, any.
 * @param named by `--config`
 */
export function knownConnections(
  named: string | undefined,
  { mqtt }: Configuration,
): readonly string[] | undefined {
  return named === undefined ? undefined : Object.keys(mqtt.connections)
}

/** @throws MappingErrors with all that is wrong, places relative to the working directory */
function load(names: readonly string[], options: Partial<MappingLoaderOptions>): LoadedMappings {
  try {
    return loadMappings(names, {
      ...exampleSurroundings,
      folder: process.cwd(),
      filterOf: (match) => new DeviceMatcher(match),
      isResponseTopic: () => false,
      ...options,
    })
  } catch (error) {
    throw error instanceof MappingErrors ? new MappingErrors(error.problems.map(withNearPlace)) : error
  }
}

function openFile(name: string, options: Partial<MappingLoaderOptions>): OpenedMapping {
  const loaded = loadNamed([name], { ...options, skipsExamples: true })
  const [file] = loaded.files
  if (file === undefined) throw new Error('a file that was read is missing')
  return { ...loaded, file, connection: connectionOfChain(loaded.files) }
}

/**
 * Reads and compiles one file, or a preset by its name, as examples are run, whatever the configuration: they say what
 * comes of a file, everywhere the same.
 * @param connections that it may name; undefined for any
 * @throws MappingErrors
 */
export function openForExamples(name: string, connections: readonly string[] | undefined): OpenedMapping {
  return openFile(name, { connections })
}

/**
 * Reads and compiles files and presets as if one configuration named them all.
 * @param connections that they may name; undefined for any
 * @throws MappingErrors
 */
export function openTogether(
  names: readonly string[],
  connections: readonly string[] | undefined,
): LoadedMappings {
  return loadNamed(names, { connections, skipsExamples: true })
}

/**
 * Reads and compiles one file, or a preset, as the gateway of a configuration would.
 * @param connections that it may name; undefined for any
 * @throws MappingErrors
 */
export function openForGateway(
  name: string,
  configuration: Configuration,
  connections: readonly string[] | undefined,
): OpenedMapping {
  return openFile(name, { ...mappingOptions(configuration), connections })
}

/** Reads, compiles and tests all that a configuration names, as its gateway would. @throws MappingErrors */
export function checkMappings(configuration: Configuration): void {
  load(configuration.mappings, mappingOptions(configuration))
}

/** Of a command line, which has no keys. */
function loadNamed(names: readonly string[], options: Partial<MappingLoaderOptions>): LoadedMappings {
  try {
    return load(names, options)
  } catch (error) {
    if (!(error instanceof MappingErrors)) throw error
    throw new MappingErrors(
      error.problems.map((problem) => (isOfConfiguration(problem) ? { ...problem, path: [] } : problem)),
    )
  }
}

/** Whether a problem is about what the configuration names. */
export function isOfConfiguration({ path }: PlacedProblem): boolean {
  return path[0] === 'mappings'
}

function withNearPlace(problem: PlacedProblem): PlacedProblem {
  return { ...problem, place: { ...problem.place, source: nearPath(problem.place.source) } }
}

/** Relative to the working directory for what lies in it. */
export function nearPath(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') ? path : near
}

/** Where an example, or another part of a file, stands. */
export function placeIn({ locate }: MappingFile, path: PlacedProblem['path']): string {
  const place = locate(path)
  return placeText({ ...place, source: nearPath(place.source) })
}

/**
 * The objects that are known: the user's own over the built-in ones. Files that are refused are told on standard error.
 * @throws CodedError `model_folder`
 */
export async function modelOf({ lwm2m }: Configuration, io: Io): Promise<ObjectModel> {
  const folder = lwm2m.models
  if (folder === undefined) return builtinModel
  const complain: Logger['warn'] = (_, message) => io.err(`lwm2mqtt: ${message}`)
  const logger: Logger = { debug() {}, info() {}, warn: complain, error: complain }
  const own = new ModelFolder({ folder, files: modelFiles(folder), logger })
  await own.update()
  return new CombinedModel(own, builtinModel)
}
