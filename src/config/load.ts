import { readDocument, type YamlDocument } from '../lib/document.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import { isJsonObject } from '../lib/json.ts'
import { type KeyPath, type Place, pathText } from '../lib/problem.ts'
import { checks } from './checks.ts'
import type { Configuration } from './configuration.ts'
import { applyEnvironment, type Environment } from './environment.ts'
import { ConfigurationErrors, keysOf, type Problem } from './problem.ts'
import { absolute, readSecrets, type Tree } from './secrets.ts'
import { validate } from './validation.ts'

export interface ConfigurationSources {
  /** The configuration file; without it the defaults and the environment make the configuration. */
  readonly file?: string | undefined
  readonly environment: Environment
  /** Content of a file as text (UTF-8); throws where it cannot be read. */
  readonly readFile: (path: string) => string
}

type Locate = (path: KeyPath) => Place

/**
 * Reads, checks and completes the configuration: the file, the environment over it, under both the defaults of the
 * schema, and the content of the files that `*_file` keys name.
 * @returns it, deeply frozen
 * @throws CodedError `config_unreadable` where the file cannot be read
 * @throws ConfigurationErrors with everything that is wrong, at once
 */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const document = readConfigurationFile(sources)
  if (document.faults.length > 0) throw syntaxErrors(document)
  const tree = document.tree ?? {}
  if (!isJsonObject(tree)) throw new ConfigurationErrors(validate(tree, document.locate))
  return complete(tree as Tree, document.locate, sources)
}

function syntaxErrors({ faults }: YamlDocument): ConfigurationErrors {
  const causes = faults.filter(({ kind }) => kind !== 'consequence')
  return new ConfigurationErrors(
    causes.map(({ path, message, place }): Problem => ({ code: 'config_syntax', path, message, place })),
  )
}

function readConfigurationFile({ file, readFile }: ConfigurationSources): YamlDocument {
  if (file === undefined) return { tree: {}, faults: [], locate: () => ({ source: 'defaults' }) }
  try {
    return readDocument(readFile(file), file, { nulls: 'dropped' })
  } catch (error) {
    const message = `the configuration file cannot be read: ${reasonOf(error)}`
    throw new CodedError('config_unreadable', message, { place: file, cause: error })
  }
}

function complete(tree: Tree, locateInFile: Locate, sources: ConfigurationSources): Configuration {
  const overrides = applyEnvironment(tree, sources.environment)
  const locate: Locate = (path) => {
    const variable = overrides.variableOf(path)
    return variable === undefined ? locateInFile(path) : { source: variable }
  }
  const fileOf = (path: KeyPath) => (overrides.variableOf(path) === undefined ? sources.file : undefined)
  const faults = validate(tree, locate)
  removeFaults(tree, faults)
  const configuration = tree as unknown as Configuration
  const problems = [
    ...overrides.problems,
    ...faults,
    ...runChecks(configuration, faults, locate),
    ...readSecrets(tree, { readFile: sources.readFile, locate, fileOf }),
  ]
  if (problems.length > 0) throw new ConfigurationErrors(problems)
  const whole = withFolder(withBase(configuration), fileOf(['lwm2m', 'models']))
  return deepFreeze(withMappings(whole, fileOf(['mappings'])))
}

/** Puts defaults in the place of faulty values, so that one fault does not hide another. */
function removeFaults(tree: Tree, faults: readonly Problem[]): void {
  if (faults.length === 0) return
  for (const { path } of faults) {
    const keys = keysOf(path) // a faulty entry takes its list along
    const holder = keys.slice(0, -1).reduce<Tree | undefined>((group, key) => group?.[key] as Tree, tree)
    if (holder !== undefined) delete holder[keys.at(-1) ?? '']
  }
  validate(tree, () => ({ source: '' }))
}

function runChecks(configuration: Configuration, faults: readonly Problem[], locate: Locate): Problem[] {
  const faulty = faults.map(({ path }) => pathText(path))
  const concerns = (key: string) => faulty.some((path) => path.startsWith(key) || key.startsWith(`${path}.`))
  return checks
    .filter(({ reads }) => !reads.some(concerns))
    .flatMap((check) => check.find(configuration))
    .map(({ path, message }) => ({ code: 'config_invalid', place: locate(path), path, message }))
}

/** `{base}` in a topic filter stands for `mqtt.base`. */
function withBase(configuration: Configuration): Configuration {
  const { mqtt } = configuration
  const resolved = <T extends { readonly responseTopics: readonly string[] }>(broker: T): T => ({
    ...broker,
    responseTopics: broker.responseTopics.map((filter) => filter.replaceAll('{base}', mqtt.base)),
  })
  const connections = Object.entries(mqtt.connections).map(([name, one]) => [name, resolved(one)])
  return { ...configuration, mqtt: { ...resolved(mqtt), connections: Object.fromEntries(connections) } }
}

/** `lwm2m.models` becomes an absolute path. */
function withFolder(configuration: Configuration, writtenIn: string | undefined): Configuration {
  const { lwm2m } = configuration
  if (lwm2m.models === undefined) return configuration
  return { ...configuration, lwm2m: { ...lwm2m, models: absolute(lwm2m.models, writtenIn) } }
}

const PRESET = /^[a-z][a-z0-9-]*$/

/** In `mappings`, what is not the name of a preset becomes an absolute path. */
function withMappings(configuration: Configuration, writtenIn: string | undefined): Configuration {
  const mappings = configuration.mappings.map((name) =>
    PRESET.test(name) ? name : absolute(name, writtenIn),
  )
  return { ...configuration, mappings }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}
