import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { generate, type NamedOption, type Packet, type ParsedPacket, parse } from 'coap-packet'

export interface Received {
  readonly packet: ParsedPacket
  readonly from: RemoteInfo
  readonly bytes: Buffer
}

/** What the script answers to a request of the device; undefined: nothing. */
export type Script = (request: Received) => Packet | undefined

/** A CoAP server of raw messages: it answers by a script, and keeps everything that it hears. */
export class ScriptedServer {
  readonly #socket: Socket
  readonly #heard: Received[] = []
  readonly #waiting: { match: (received: Received) => boolean; resolve: (received: Received) => void }[] = []
  #messageId = 1
  #device: RemoteInfo | undefined
  script: Script = lwm2mServer()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes, from) => this.#hear({ packet: parse(bytes), from, bytes }))
  }

  static async open(): Promise<ScriptedServer> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new ScriptedServer(socket)
  }

  get address() {
    return { host: '127.0.0.1', port: this.#socket.address().port }
  }

  close(): void {
    this.#socket.close()
  }

  /** The next message that matches, also one that came before and was not asked for yet. */
  next(match: (received: Received) => boolean): Promise<Received> {
    const index = this.#heard.findIndex(match)
    if (index >= 0) return Promise.resolve(this.#heard.splice(index, 1)[0] as Received)
    return new Promise((resolve) => this.#waiting.push({ match, resolve }))
  }

  /** Everything that was heard and not asked for. */
  get rest(): readonly Received[] {
    return this.#heard
  }

  /** Sends a message to where the device was heard last; gives its message id. */
  send(packet: Packet): number {
    const messageId = packet.messageId ?? this.#messageId++
    this.sendBytes(generate({ ...packet, messageId }))
    return messageId
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#device?.port ?? 0, this.#device?.address)
  }

  /** Sends a confirmable request and waits for the answer with its token. */
  async ask(packet: Packet): Promise<Received> {
    const token = Buffer.from(packet.token ?? [0x70, this.#messageId])
    this.send({ confirmable: true, ...packet, token })
    return this.next((received) => isResponse(received) && received.packet.token.equals(token))
  }

  #hear(received: Received): void {
    const { packet, from } = received
    this.#device = from
    const answer = isRequest(received) ? this.script(received) : undefined
    if (answer !== undefined)
      this.send({ ack: true, ...answer, messageId: packet.messageId, token: packet.token })
    const index = this.#waiting.findIndex(({ match }) => match(received))
    if (index < 0) this.#heard.push(received)
    else this.#waiting.splice(index, 1)[0]?.resolve(received)
  }
}

/** Accepts every Register, Update and Deregister. */
export function lwm2mServer(): Script {
  let registrations = 0
  return ({ packet }) => {
    if (packet.code === '0.04') return { code: '2.02' }
    if (pathOf(packet) !== '/rd') return { code: '2.04' }
    return { code: '2.01', options: options({ 'Location-Path': ['rd', String(++registrations)] }) }
  }
}

export const isRequest = ({ packet }: Received) => packet.code.startsWith('0.') && packet.code !== '0.00'
export const isResponse = ({ packet }: Received) => !packet.code.startsWith('0.')
export const isEmpty = ({ packet }: Received) => packet.code === '0.00'

type OptionTexts = Partial<Record<NamedOption['name'], readonly (string | Uint8Array)[]>>

export function options(texts: OptionTexts): NamedOption[] {
  return Object.entries(texts).flatMap(([name, values]) =>
    values.map((value) => ({ name: name as NamedOption['name'], value: Buffer.from(value) })),
  )
}

/** Options of a request on a path. */
export function on(path: string, more: OptionTexts = {}): NamedOption[] {
  return [...options({ 'Uri-Path': path.split('/').slice(1) }), ...options(more)]
}

export function optionsOf(packet: ParsedPacket, name: string): string[] {
  return packet.options.filter((option) => option.name === name).map((option) => option.value.toString())
}

export function pathOf(packet: ParsedPacket): string {
  return `/${optionsOf(packet, 'Uri-Path').join('/')}`
}
