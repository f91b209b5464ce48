import { configurationFor, GatewayProcess, startCommand } from './gateway-process.ts'
import { type Mosquitto, startMosquitto } from './mosquitto.ts'
import { MqttClients, type Payload, type ProtocolVersion, type Subscriber } from './mqtt-clients.ts'
import { killAll, type Program } from './processes.ts'

/** Topic of the gateway's state. */
export const STATE = 'lwm2m/gateway/gw/state'

/** A topic of a device. */
export const device = (rest: string, endpoint = 'room-1'): string => `lwm2m/device/${endpoint}/${rest}`

/** mosquitto and its clients, the gateway and a simulated device `room-1`, each a process of its own. */
export class Scene {
  readonly broker: Mosquitto
  readonly clients: MqttClients
  readonly all: Subscriber
  gateway: GatewayProcess
  readonly devices: Program
  readonly #configuration: string
  #questions = 0

  /** @param more entries of the configuration's `mqtt` */
  static async open(version: ProtocolVersion, more: readonly string[] = []): Promise<Scene> {
    const broker = await startMosquitto()
    const clients = new MqttClients(broker.port, version)
    // On 3.1.1 only what is there before the subscription arrives with the flag.
    await clients.publish(device('do/read/3/0', 'early'), '', '-r')
    await clients.publish(device('do/execute/3/0/4', 'early'), "0='x'", '-r')
    const all = await clients.subscribe('lwm2m/#')
    const configuration = configurationFor(broker.url, [`protocol: ${version}`, ...more])
    const gateway = await GatewayProcess.start(configuration)
    await all.payload(STATE, ({ state }) => state === 'online')
    const devices = startCommand([
      'simulate',
      '--server',
      gateway.uri,
      '--endpoint',
      'room-1',
      '--interval',
      '1',
    ])
    await all.payload(device('value/3304/0/5700'))
    return new Scene(broker, clients, all, gateway, devices, configuration)
  }

  private constructor(
    broker: Mosquitto,
    clients: MqttClients,
    all: Subscriber,
    gateway: GatewayProcess,
    devices: Program,
    configuration: string,
  ) {
    this.broker = broker
    this.clients = clients
    this.all = all
    this.gateway = gateway
    this.devices = devices
    this.#configuration = configuration
  }

  /** Starts the gateway anew, on another port; resolves when it has said `online`. */
  async restartGateway(): Promise<void> {
    const mark = this.all.mark
    this.gateway = await GatewayProcess.start(this.#configuration)
    await this.all.payload(STATE, ({ state }) => state === 'online', mark)
  }

  /** Sends a request with an id of its own and returns the answer. */
  async ask(request: Payload): Promise<Payload> {
    const id = `q${++this.#questions}`
    await this.clients.publish(device('do/request'), JSON.stringify({ id, ...request }))
    return this.all.payload(device('response'), (answer) => answer.id === id)
  }

  /** Sends a short form and returns the answer. */
  async askShort(action: string, payload: string): Promise<Payload> {
    const mark = this.all.mark
    await this.clients.publish(device(`do/${action}`), payload)
    return this.all.payload(device('response'), () => true, mark)
  }

  async close(): Promise<void> {
    await killAll()
    await this.broker.stop()
  }
}
