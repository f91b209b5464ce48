import type { Configuration } from '../config/configuration.ts'
import { effectiveYaml } from '../config/effective.ts'
import { parseBrokerUrl, streamOpener } from '../mqtt/stream.ts'
import { parseArguments } from './arguments.ts'
import { targetOf } from './broker-target.ts'
import type { Command } from './command.ts'
import { findAndLoad, placedInConfiguration } from './configuration.ts'
import { exitCodes } from './exit-codes.ts'
import { checkMappings } from './mapping-tools.ts'

/** Validates the configuration and shows what the gateway would use. */
export const check: Command = {
  name: 'check',
  summary: 'validate the configuration and print what is in effect',
  usage: `lwm2mqtt check [--config FILE]

Reads the configuration as \`run\` would: file, environment, defaults, and the mapping files that it names. Prints the
result as YAML, without secrets; or every fault at once, with its file, line and column.

  -c, --config FILE   configuration file (default: see \`lwm2mqtt help\`)`,

  async run(args, io) {
    const { values } = parseArguments(args, { config: { type: 'string', short: 'c' } })
    const found = findAndLoad(values.config, io)
    const { file, configuration } = found
    checkCertificates(configuration)
    try {
      checkMappings(configuration)
    } catch (error) {
      throw placedInConfiguration(error, found, io)
    }
    io.out(`# ${file === undefined ? 'no configuration file: defaults and environment' : `from ${file}`}`)
    io.out(effectiveYaml(configuration).trimEnd())
    return exitCodes.ok
  },
}

/** Certificates and keys, which the gateway would refuse at its start. @throws CodedError `config_invalid` */
function checkCertificates(configuration: Configuration): void {
  const { mqtt } = configuration
  const others = Object.entries(mqtt.connections).map(
    ([name, one]) => [`mqtt.connections.${name}`, one] as const,
  )
  const main = mqtt.url === 'embedded' ? [] : [['mqtt', mqtt] as const]
  for (const [section, broker] of [...main, ...others]) {
    const { url, tls } = targetOf(broker)
    streamOpener(parseBrokerUrl(url, section), tls, section)
  }
}
