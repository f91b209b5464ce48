import { Gateway } from '../gateway/gateway.ts'
import { packageVersion } from '../gateway/version.ts'
import { SystemClock } from '../lib/clock.ts'
import { createLogger } from '../lib/logger.ts'
import { SystemRandom } from '../lib/random.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { findAndLoad, placedInConfiguration } from './configuration.ts'
import { deviceUris } from './device-uris.ts'
import { exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'

/** Runs the gateway until it is told to stop. */
export const run: Command = {
  name: 'run',
  summary: 'run the gateway',
  usage: `lwm2mqtt run [--config FILE]

Runs the gateway until SIGINT or SIGTERM: then it says offline, empties its queue to the broker and closes, within
five seconds. The log goes to standard output; its first lines name every address and a URI to give to a device.

  -c, --config FILE   configuration file (default: see \`lwm2mqtt help\`)`,

  async run(args, io) {
    const { values } = parseArguments(args, { config: { type: 'string', short: 'c' } })
    const found = findAndLoad(values.config, io)
    const { file, configuration } = found
    const { level, pretty } = configuration.log
    const logger = createLogger(level, pretty === 'auto' ? io.terminal : pretty)
    const environment = { clock: new SystemClock(), random: new SystemRandom(), logger }
    const { id } = configuration.gateway
    logger.info(
      { version: packageVersion(), gateway: id, configuration: file ?? 'defaults' },
      'lwm2mqtt starts',
    )
    const gateway = await Gateway.start(configuration, environment).catch((error: unknown) => {
      throw placedInConfiguration(error, found, io)
    })
    const { listenerUris, brokers } = gateway
    const { base } = configuration.mqtt
    for (const { connection, url } of brokers) {
      const main = { broker: url, base }
      if (connection === undefined) logger.info(main, `publishes to ${url}`)
      else logger.info({ broker: url, connection }, `publishes to ${url} (connection ${connection})`)
    }
    for (const uri of listenerUris) logger.info({ listener: uri }, `listens on ${uri}`)
    for (const uri of deviceUris(listenerUris)) logger.info({ uri }, `give a device this server URI: ${uri}`)
    const failure = await Promise.race([stopped(io), gateway.failure])
    logger.info({ gateway: id }, 'lwm2mqtt stops')
    await gateway.stop()
    if (failure !== undefined) throw failure
    return exitCodes.ok
  },
}

/** Resolves when the command shall end. */
export function stopped(io: Io): Promise<undefined> {
  if (io.signal.aborted) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    io.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
