import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AedesOptions } from 'aedes'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { RetainedBudget } from './retained-budget.ts'

export interface EmbeddedBrokerOptions {
  /** A loopback address: whoever reaches the port may do everything. */
  readonly host: '127.0.0.1' | '::1' | 'localhost'
  /** 0 takes a free one. */
  readonly port: number
  readonly logger: Logger
}

const MAX_CLIENTS = 64
const MAX_PAYLOAD = 1024 * 1024
/** Bytes of all retained messages. */
const MAX_RETAINED = 256 * 1024 * 1024
/** Milliseconds in which a client must read something of what waits for it. */
const DRAIN_TIMEOUT = 10_000
/** Milliseconds from the connection to its CONNECT. */
const CONNECT_TIMEOUT = 10_000

/**
 * A broker inside the process, for the demo and for a gateway without one: aedes, which speaks MQTT 3.1.1, keeps
 * everything in memory and asks for no password. It is bound to loopback for that reason.
 */
export class EmbeddedBroker {
  readonly host: string
  readonly port: number
  readonly #server: Server
  readonly #broker: Aedes
  readonly #sockets: ReadonlySet<Socket>

  /**
   * Listens and resolves when clients can connect.
   * @throws CodedError `mqtt_embedded` for a port that is taken or an address that is not loopback
   */
  static async start(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
    const { host, logger } = options
    if (!isLoopback(host)) throw cannotListen(options, new Error('it listens on loopback addresses only'))
    const broker = await Aedes.createBroker(boundedOptions())
    report(broker, logger)
    const sockets = new Set<Socket>()
    const server = createServer({ noDelay: true }, (socket) => accept(broker, sockets, socket))
    server.maxConnections = MAX_CLIENTS
    try {
      await listen(server, options)
    } catch (error) {
      broker.close()
      throw cannotListen(options, error)
    }
    return new EmbeddedBroker(options, server, broker, sockets)
  }

  private constructor(
    options: EmbeddedBrokerOptions,
    server: Server,
    broker: Aedes,
    sockets: ReadonlySet<Socket>,
  ) {
    const address = server.address()
    this.host = options.host
    this.port = address !== null && typeof address === 'object' ? address.port : options.port
    this.#server = server
    this.#broker = broker
    this.#sockets = sockets
  }

  /** Where clients connect, as `mqtt://127.0.0.1:1883`. */
  get url(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host
    return `mqtt://${host}:${this.port}`
  }

  /** Closes all connections and the port. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await new Promise<void>((resolve) => this.#broker.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/**
 * What keeps clients from filling the memory. No session outlives its connection, whatever a client asks for: what
 * would wait for absent ones is unbounded in aedes.
 */
function boundedOptions(): AedesOptions {
  const retained = new RetainedBudget(MAX_RETAINED)
  return {
    drainTimeout: DRAIN_TIMEOUT,
    connectTimeout: CONNECT_TIMEOUT,
    preConnect(_client, packet, done) {
      packet.clean = true
      done(null, true)
    },
    authorizePublish(_client, packet, done) {
      const size = packet.payload.length
      if (packet.topic.startsWith('$SYS/')) done(new Error('$SYS/ is reserved'))
      else if (size > MAX_PAYLOAD) done(new Error(`a payload of ${size} bytes is too large`))
      else if (packet.retain && !retained.admit(packet.topic, size))
        done(new Error('retained messages are full'))
      else done(null)
    },
  }
}

function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost'
}

function cannotListen(options: EmbeddedBrokerOptions, cause: unknown): CodedError {
  const place = `${options.host}:${options.port}`
  return new CodedError(
    'mqtt_embedded',
    `the embedded broker cannot listen on ${place}: ${reasonOf(cause)}`,
    {
      place,
      cause,
    },
  )
}

function accept(broker: Aedes, sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
  broker.handle(socket)
}

/** Clients' faults are theirs: they lose their connection and the broker goes on. */
function report(broker: Aedes, logger: Logger): void {
  const debug = (client: { id?: string } | null, error: Error): void => {
    logger.debug({ client: client?.id, reason: error.message }, 'the embedded broker dropped a client')
  }
  broker.on('clientError', debug)
  broker.on('connectionError', debug)
}

function listen(server: Server, { host, port }: EmbeddedBrokerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
