import { once } from 'node:events'
import net from 'node:net'

/** A TCP port that leads to another one of this machine, or to nothing. */
export class Gate {
  readonly port: number
  /** Where new connections lead; undefined closes them at once. */
  target: number | undefined
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(server: net.Server, target: number) {
    this.#server = server
    this.target = target
    this.port = (server.address() as net.AddressInfo).port
    server.on('connection', (socket) => this.#connected(socket))
  }

  static async to(target: number): Promise<Gate> {
    const server = net.createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Gate(server, target)
  }

  async stop(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #connected(socket: net.Socket): void {
    this.#track(socket)
    if (this.target === undefined) {
      socket.destroy()
      return
    }
    const beyond = net.connect({ port: this.target, host: '127.0.0.1', noDelay: true })
    this.#track(beyond)
    socket.pipe(beyond).pipe(socket)
    socket.on('close', () => beyond.destroy())
    beyond.on('close', () => socket.destroy())
  }

  #track(socket: net.Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {}) // `close` follows
  }
}
