import type { Configuration } from '../config/configuration.ts'
import { loadConfiguration } from '../config/load.ts'
import { findConfiguration } from '../config/lookup.ts'
import type { Io } from './io.ts'

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
