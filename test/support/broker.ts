import { type Duplex, duplexPair } from 'node:stream'
import type { IConnectPacket, IPublishPacket, ISubscribePacket, Packet } from 'mqtt-packet'
import { generate, parser } from 'mqtt-packet'

type Command = Packet['cmd']
type PacketOf<C extends Command> = Extract<Packet, { cmd: C }>

/** Turns of the event loop in which everything that is in memory has long arrived. */
export async function quiet(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** One client's connection to the scripted broker, seen from the broker. */
export class ScriptedConnection {
  readonly received: Packet[] = []
  /** How many packets each piece that came out of the client's socket held. */
  readonly chunks: number[] = []
  /** PUBACKs sent. */
  acknowledged = 0
  /** Acknowledges each publication, and each UNSUBSCRIBE, as it comes. */
  autoAcknowledge = false
  readonly closed: Promise<void>
  readonly #stream: Duplex
  readonly #client: Duplex
  readonly #waiting: { readonly cmd: Command; resolve(packet: Packet): void }[] = []
  #seen = 0
  #version = 5

  constructor(stream: Duplex, client: Duplex) {
    this.#stream = stream
    this.#client = client
    this.closed = new Promise((resolve) => client.once('close', () => resolve()))
    const packets = parser({ protocolVersion: 5 })
    packets.on('packet', (packet) => this.#onPacket(packet))
    stream.on('data', (chunk: Buffer) => {
      const before = this.received.length
      packets.parse(chunk)
      this.chunks.push(this.received.length - before)
    })
    client.once('close', () => stream.destroy())
    stream.on('error', () => {})
  }

  #onPacket(packet: Packet): void {
    if (packet.cmd === 'connect') this.#version = packet.protocolVersion ?? 4
    this.received.push(packet)
    if (this.autoAcknowledge && packet.cmd === 'publish' && packet.qos > 0) this.ack(packet)
    if (this.autoAcknowledge && packet.cmd === 'unsubscribe') {
      const granted = packet.unsubscriptions.map(() => 0)
      this.send({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted })
    }
    this.#feed()
  }

  #feed(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { cmd } = first
      const index = this.received.findIndex((packet, at) => at >= this.#seen && packet.cmd === cmd)
      if (index < 0) return
      this.#seen = index + 1
      this.#waiting.shift()
      first.resolve(this.received[index] as Packet)
    }
  }

  /** The next packet of that kind; others before it are passed over. */
  next<C extends Command>(cmd: C): Promise<PacketOf<C>> {
    return new Promise((resolve) => {
      this.#waiting.push({ cmd, resolve: resolve as (packet: Packet) => void })
      this.#feed()
    })
  }

  send(packet: Packet): void {
    this.#stream.write(generate(packet, { protocolVersion: this.#version }))
  }

  /** Bytes as they are. */
  sendRaw(...bytes: number[]): void {
    this.#stream.write(Uint8Array.from(bytes))
  }

  /** Answers CONNECT and, where it comes, SUBSCRIBE. */
  async welcome(properties?: object, subscriptions = 1): Promise<IConnectPacket> {
    const connect = await this.next('connect')
    const isFive = connect.protocolVersion === 5
    this.send({
      cmd: 'connack',
      sessionPresent: false,
      ...(isFive ? { reasonCode: 0, properties: properties ?? {} } : { returnCode: 0 }),
    } as Packet)
    if (subscriptions > 0) await this.grant()
    return connect
  }

  async grant(code = 1): Promise<ISubscribePacket> {
    const subscribe = await this.next('subscribe')
    const granted = subscribe.subscriptions.map(() => code)
    this.send({ cmd: 'suback', messageId: subscribe.messageId ?? 0, granted })
    return subscribe
  }

  refuse(code: number): void {
    const isFive = this.#version === 5
    this.send({
      cmd: 'connack',
      sessionPresent: false,
      ...(isFive ? { reasonCode: code } : { returnCode: code }),
    } as Packet)
    this.end()
  }

  ack(publish: IPublishPacket, reasonCode = 0): void {
    this.acknowledged++
    this.send({ cmd: 'puback', messageId: publish.messageId ?? 0, reasonCode })
  }

  /** Takes the next publication and acknowledges it; returns its topic. */
  async take(): Promise<string> {
    const publish = await this.next('publish')
    if (publish.qos > 0) this.ack(publish)
    return publish.topic
  }

  async takeAll(count: number): Promise<string[]> {
    const topics: string[] = []
    for (let index = 0; index < count; index++) topics.push(await this.take())
    return topics
  }

  /** All publications so far. */
  publications(): IPublishPacket[] {
    return this.received.filter((packet) => packet.cmd === 'publish')
  }

  /** Stops reading, so that the client's socket fills up, or goes on. */
  set reading(reading: boolean) {
    if (reading) this.#stream.resume()
    else this.#stream.pause()
  }

  /** Closes as a process that exits does. */
  end(): void {
    this.#stream.end()
  }

  /** Breaks the client's socket with a system error. */
  break(code: string): void {
    this.#client.destroy(Object.assign(new Error(`read ${code}`), { code, syscall: 'read' }))
  }
}

/** A broker that does what a test tells it, packet by packet, in memory. */
export class ScriptedBroker {
  readonly connections: ScriptedConnection[] = []
  readonly #waiting: ((connection: ScriptedConnection) => void)[] = []
  #given = 0

  /** For `SessionOptions.openStream`. */
  readonly openStream = (): Duplex => {
    const [client, server] = duplexPair({ allowHalfOpen: false })
    // As a socket does: what was gathered leaves in one piece, and never answers within the call.
    client._writev = (chunks, done) => {
      const piece = Buffer.concat(chunks.map(({ chunk }) => chunk))
      process.nextTick(() => client._write(piece, 'buffer' as BufferEncoding, done))
    }
    this.connections.push(new ScriptedConnection(server, client))
    this.#feed()
    return client
  }

  #feed(): void {
    while (this.#given < this.connections.length && this.#waiting.length > 0) {
      const connection = this.connections[this.#given++] as ScriptedConnection
      this.#waiting.shift()?.(connection)
    }
  }

  /** The next connection that the client opens, or has opened. */
  accept(): Promise<ScriptedConnection> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#feed()
    })
  }
}
