import { configurationFor, GatewayProcess } from './gateway-process.ts'
import { LeshanDevice, type LeshanVersion } from './leshan.ts'
import { type Mosquitto, startMosquitto } from './mosquitto.ts'
import { MqttAsker } from './mqtt-asker.ts'
import { MqttClients, type Payload, type Subscriber } from './mqtt-clients.ts'
import { killAll } from './processes.ts'

const ENDPOINT = 'leshan'

/** What a command that went well is answered with. */
export const OK = { status: 'ok', code: '2.05' }
export const CREATED = { status: 'ok', code: '2.01' }
export const DELETED = { status: 'ok', code: '2.02' }
export const CHANGED = { status: 'ok', code: '2.04' }

/** mosquitto, the gateway and a device of Leshan's, each a process of its own, and a subscriber of everything. */
export class LeshanScene {
  readonly all: Subscriber
  readonly asker: MqttAsker
  readonly device: LeshanDevice
  readonly #broker: Mosquitto

  /** Resolves when the device is registered. */
  static async open(version: LeshanVersion, blockSize?: number): Promise<LeshanScene> {
    const broker = await startMosquitto()
    const clients = new MqttClients(broker.port)
    const all = await clients.subscribe('lwm2m/#')
    const gateway = await GatewayProcess.start(configurationFor(broker.url))
    const device = LeshanDevice.start(version, gateway.uri, ENDPOINT, blockSize)
    await device.said('registered /rd/')
    return new LeshanScene(broker, all, new MqttAsker(clients, all, ENDPOINT), device)
  }

  private constructor(broker: Mosquitto, all: Subscriber, asker: MqttAsker, device: LeshanDevice) {
    this.#broker = broker
    this.all = all
    this.asker = asker
    this.device = device
  }

  async close(): Promise<void> {
    await killAll()
    await this.#broker.stop()
  }

  ask(request: Payload): Promise<Payload> {
    return this.asker.ask(request)
  }

  read(path: string, more: Payload = {}): Promise<Payload> {
    return this.ask({ operation: 'read', path, ...more })
  }

  write(path: string, value: unknown, more: Payload = {}): Promise<Payload> {
    return this.ask({ operation: 'write', path, value, ...more })
  }

  create(path: string, more: Payload): Promise<Payload> {
    return this.ask({ operation: 'create', path, ...more })
  }

  delete(path: string): Promise<Payload> {
    return this.ask({ operation: 'delete', path })
  }

  discover(path: string): Promise<Payload> {
    return this.ask({ operation: 'discover', path })
  }

  /** Resolves when reading a path gives the value: the device obeys line by line, so all before has happened too. */
  async untilRead(path: string, value: unknown): Promise<void> {
    while ((await this.read(path)).content !== value);
  }
}
