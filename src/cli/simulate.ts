import { CodedError } from '../lib/errors.ts'
import type { EnablerVersion } from '../lwm2m/fact.ts'
import { parseVersionedPath, type VersionedPath } from '../lwm2m/path.ts'
import { integerOption, parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'

const VERSIONS: readonly EnablerVersion[] = ['1.0', '1.1', '1.2']
const DEFAULT_PORT = 5683
const MAX_COUNT = 10_000
const MAX_LIFETIME = 2 ** 31 - 1
const MAX_INTERVAL = 86_400
const MAX_OBJECTS = 1024
/** RFC 7959, 2.2. */
const BLOCK_SIZES = [16, 32, 64, 128, 256, 512, 1024]

/** Simulated LwM2M devices, until the signal. */
export const simulate: Command = {
  name: 'simulate',
  summary: 'run simulated LwM2M devices against a server',
  usage: `lwm2mqtt simulate --server coap://HOST[:PORT] --endpoint NAME [options]

Devices with sensors, a light, a switch, a firmware object and more; their values change. Prints a line an event.
Stops at SIGINT or SIGTERM, and deregisters.

  -s, --server URI       the LwM2M server, coap://HOST[:PORT]
  -e, --endpoint NAME    endpoint name; with --count above 1, NAME-1, NAME-2 and so on
  -n, --count N          how many devices (default 1)
      --lifetime S       lifetime of the registration in seconds, 0 for ever (default 300)
      --version V        LwM2M version: 1.0, 1.1 or 1.2 (default 1.1)
      --interval S       seconds between changes of the values, 0 for none (default 5)
  -a, --attribute K=V    an attribute of the registration, such as room=kitchen; may stand several times
      --block-size N     bytes of the largest block of a long value: 16, 32, 64 and so on to 1024 (default 1024)
      --objects LIST     object ids such as 3303,3311,3_1.0: any of the OMA registry, with the version where it
                         matters; each gets one instance with plausible values, besides the mandatory 0, 1 and 3`,

  async run(args, io) {
    const options = read(args)
    const { Fleet } = await import('../simulator/fleet.ts') // node-coap opens sockets where it is only loaded
    const fleet = new Fleet(options, (line) => io.out(line))
    fleet.start()
    await aborted(io.signal)
    await fleet.stop()
    return exitCodes.ok
  },
}

function read(args: readonly string[]) {
  const { values } = parseArguments(args, {
    server: { type: 'string', short: 's' },
    endpoint: { type: 'string', short: 'e' },
    count: { type: 'string', short: 'n', default: '1' },
    lifetime: { type: 'string', default: '300' },
    version: { type: 'string', default: '1.1' },
    interval: { type: 'string', default: '5' },
    attribute: { type: 'string', short: 'a', multiple: true, default: [] },
    'block-size': { type: 'string', default: '1024' },
    objects: { type: 'string' },
  })
  return {
    server: parseServer(required('--server', values.server)),
    endpoint: required('--endpoint', values.endpoint),
    count: integerOption('--count', values.count, 1, MAX_COUNT),
    lifetime: integerOption('--lifetime', values.lifetime, 0, MAX_LIFETIME),
    version: parseVersion(values.version),
    interval: integerOption('--interval', values.interval, 0, MAX_INTERVAL),
    attributes: values.attribute.map(parseAttribute),
    blockSize: parseBlockSize(values['block-size']),
    objects: values.objects === undefined ? undefined : parseObjects(values.objects),
  }
}

function required(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new CodedError('usage', `${option} is needed`)
  return value
}

function parseVersion(text: string): EnablerVersion {
  const version = VERSIONS.find((known) => known === text)
  if (version === undefined)
    throw new CodedError('usage', `--version is one of ${VERSIONS.join(', ')}, not '${text}'`)
  return version
}

/** What the registration interface knows itself (LwM2M Core, 6.2.1). */
const PARAMETERS: ReadonlySet<string> = new Set(['ep', 'lt', 'lwm2m', 'b', 'Q', 'sms', 'pid'])
/** Of a query parameter (RFC 7252, 5.10). */
const MAX_ATTRIBUTE_BYTES = 255

function parseAttribute(text: string): string {
  const [name = ''] = text.split('=', 1)
  if (name === '' || name === text || Buffer.byteLength(text) > MAX_ATTRIBUTE_BYTES)
    throw new CodedError(
      'usage',
      `--attribute is NAME=VALUE, such as room=kitchen, not '${text.slice(0, 40)}'`,
    )
  if (PARAMETERS.has(name))
    throw new CodedError('usage', `--attribute cannot set ${name}, a parameter of LwM2M`)
  return text
}

function parseBlockSize(text: string): number {
  const size = BLOCK_SIZES.find((known) => String(known) === text)
  if (size !== undefined) return size
  throw new CodedError('usage', `--block-size is one of ${BLOCK_SIZES.join(', ')}, not '${text}'`)
}

function parseObjects(text: string): VersionedPath[] {
  const parts = text.split(',')
  if (parts.length > MAX_OBJECTS)
    throw new CodedError('usage', `--objects takes at most ${MAX_OBJECTS} objects`)
  const objects = parts.map(parseObject)
  const twice = objects.find(
    ({ object }, index) => objects.findIndex((other) => other.object === object) < index,
  )
  if (twice !== undefined) throw new CodedError('usage', `--objects has object ${twice.object} twice`)
  return objects
}

function parseObject(text: string): VersionedPath {
  try {
    const path = parseVersionedPath(`/${text.trim()}`)
    if (path.instance === undefined) return path
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
  }
  throw new CodedError(
    'usage',
    `--objects takes object ids such as 3303 or 3_1.0, not '${text.slice(0, 20)}'`,
  )
}

function parseServer(text: string): { host: string; port: number } {
  const uri = URL.canParse(text) ? new URL(text) : undefined
  if (uri?.protocol !== 'coap:' || uri.hostname === '' || uri.pathname.length > 1) {
    throw new CodedError('usage', `--server is a URI such as coap://127.0.0.1:5683, not '${text}'`)
  }
  const host = uri.hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: uri.port === '' ? DEFAULT_PORT : Number(uri.port) }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
