import { SystemClock } from '../lib/clock.ts'
import { reasonOf } from '../lib/errors.ts'
import type { EnablerVersion } from '../lwm2m/fact.ts'
import { builtinModel } from '../lwm2m/model/builtin.ts'
import type { VersionedPath } from '../lwm2m/path.ts'
import { Device } from './device.ts'
import { chooseObjects } from './objects/choose.ts'

export interface FleetOptions {
  readonly server: { readonly host: string; readonly port: number }
  /** The name of one device; of several the part before `-1`, `-2`. */
  readonly endpoint: string
  readonly count: number
  /** Seconds; 0 is for ever. */
  readonly lifetime: number
  readonly version: EnablerVersion
  /** Seconds between changes of the values; 0 for none. */
  readonly interval: number
  /** Bytes of the largest block that they take and give: a power of two from 16 to 1024. */
  readonly blockSize?: number
  /** Parameters of the Register that LwM2M does not know: `room=kitchen`. */
  readonly attributes?: readonly string[]
  /** Objects besides the mandatory ones, some with a version; the standard set when absent. */
  readonly objects?: readonly Pick<VersionedPath, 'object' | 'version'>[] | undefined
}

/** Several devices that tell of themselves, a line an event. */
export class Fleet {
  readonly devices: readonly Device[]
  readonly #print: (line: string) => void

  /** @throws CodedError `simulator_object` for an object that the model does not know */
  constructor(options: FleetOptions, print: (line: string) => void) {
    const { endpoint, count, objects: chosen, ...rest } = options
    this.#print = print
    const clock = new SystemClock()
    const objects = chosen && chooseObjects(chosen, { ...rest, clock, model: builtinModel })
    const shared = { ...rest, clock, ...(objects && { objects }) }
    this.devices = Array.from({ length: count }, (_, index) => {
      return new Device({ ...shared, endpoint: count === 1 ? endpoint : `${endpoint}-${index + 1}` })
    })
  }

  /** Starts all; one that cannot open a socket says so. */
  start(): void {
    for (const device of this.devices) {
      this.#tell(device)
      device
        .start()
        .catch((thrown: unknown) => this.#print(`${device.endpoint} did not start: ${reasonOf(thrown)}`))
    }
  }

  /** Deregisters and closes all. */
  async stop(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.stop()))
  }

  #tell(device: Device): void {
    const say = (text: string) => this.#print(`${device.endpoint} ${text}`)
    device.on('registered', (location) => say(`registered at ${location}`))
    device.on('updated', () => say('updated its registration'))
    device.on('deregistered', () => say('deregistered'))
    device.on('failed', (reason) => say(`not registered: ${reason}`))
    device.on('rebooting', () => say('reboots'))
    device.on('read', ({ path }) => say(`read ${path}`))
    device.on('discovered', ({ path }) => say(`discovered ${path}`))
    device.on('written', ({ path, resources }) => say(`written ${path}: ${shown(device, resources)}`))
    device.on('executed', ({ path, parameters }) => say(`executed ${path}${listed(parameters)}`))
    device.on('created', ({ path }) => say(`created ${path}`))
    device.on('deleted', ({ path }) => say(`deleted ${path}`))
    device.on('refused', (path, code) => say(`refused ${path}: ${code}`))
    device.on('observed', (path) => say(`observed ${path}`))
    device.on('notified', (path) => say(`notified ${path}`))
    device.on('unobserved', (path, why) => say(`no longer observed ${path}: ${why}`))
  }
}

function shown(device: Device, resources: readonly string[]): string {
  return resources.map((path) => `${path}=${text(device.get(path))}`).join(' ')
}

function text(value: ReturnType<Device['get']>): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'object' ? `${value.object}:${value.instance}` : String(value ?? '...')
}

function listed(parameters: ReadonlyMap<number, string>): string {
  return [...parameters].map(([number, value]) => ` ${number}='${value}'`).join('')
}
