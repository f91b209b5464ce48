import { type Heard, type MqttClients, type Payload, payloadOf, type Subscriber } from './mqtt-clients.ts'

/** Asks one device over MQTT, and hears what is published of it. */
export class MqttAsker {
  readonly #clients: MqttClients
  readonly #all: Subscriber
  readonly #endpoint: string
  #questions = 0

  /** @param all a subscriber of `lwm2m/#` */
  constructor(clients: MqttClients, all: Subscriber, endpoint: string) {
    this.#clients = clients
    this.#all = all
    this.#endpoint = endpoint
  }

  /** A topic of the device. */
  topic(rest: string): string {
    return `lwm2m/device/${this.#endpoint}/${rest}`
  }

  /** Sends a request with an id of its own and returns the answer. */
  async ask(request: Payload): Promise<Payload> {
    return payloadOf(await this.askText(JSON.stringify(request)))
  }

  /**
   * As `ask`, where digits count that JavaScript's JSON does not keep.
   * @param request JSON of an object
   */
  async askText(request: string): Promise<Heard> {
    const id = `${this.#endpoint}-${++this.#questions}`
    await this.#clients.publish(this.topic('do/request'), `{"id":"${id}",${request.slice(1)}`)
    return this.#all.next(this.topic('response'), (answer) => answer.id === id)
  }

  /** The value of a path, when it comes. */
  async value(path: string, value: unknown, mark = 0): Promise<Payload> {
    return this.#all.payload(this.topic(`value${path}`), (payload) => payload.value === value, mark)
  }
}
