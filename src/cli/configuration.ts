import type { Configuration } from '../config/configuration.ts'
import { loadConfiguration } from '../config/load.ts'
import { findConfiguration } from '../config/lookup.ts'
import { MappingErrors } from '../gateway/mapping-errors.ts'
import { readDocument } from '../lib/document.ts'
import type { Io } from './io.ts'
import { isOfConfiguration } from './mapping-tools.ts'

/** The configuration that a command works with, and the file that it came from, if there was one. */
export interface FoundConfiguration {
  readonly file: string | undefined
  readonly configuration: Configuration
}

/**
 * Loads the file that `--config` names, else the first of the usual places, else the defaults; the environment
 * goes over it.
 * @throws CodedError `config_unreadable`, ConfigurationErrors
 */
export function findAndLoad(named: string | undefined, io: Io): FoundConfiguration {
  const file = named ?? findConfiguration((path) => io.exists(path))
  const readFile = (path: string) => io.readFile(path)
  return { file, configuration: loadConfiguration({ file, environment: io.env, readFile }) }
}

/**
 * What is wrong with the mapping files that a configuration names: where one cannot be read, the place of its name in
 * the configuration.
 */
export function placedInConfiguration(thrown: unknown, { file }: FoundConfiguration, io: Io): unknown {
  if (!(thrown instanceof MappingErrors)) return thrown
  const variable = Object.keys(io.env).find((name) => name.startsWith(MAPPINGS_VARIABLE))
  const document =
    file === undefined || variable !== undefined
      ? undefined
      : readDocument(io.readFile(file), file, { nulls: 'dropped' })
  const problems = thrown.problems.map((problem) => {
    if (!isOfConfiguration(problem)) return problem
    const place =
      document?.locate(problem.path) ?? (variable === undefined ? problem.place : { source: variable })
    return { ...problem, place }
  })
  return new MappingErrors(problems)
}

/** Of the environment: the whole list, or an entry of it. */
const MAPPINGS_VARIABLE = 'LWM2MQTT__MAPPINGS'
