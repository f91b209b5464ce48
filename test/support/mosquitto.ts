import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findProgram } from './peers.ts'
import { freePort } from './ports.ts'

function program(name: string): string {
  const path = findProgram(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

export interface MosquittoOptions {
  /** A free one where it is left out. */
  readonly port?: number
  /** Lines of mosquitto.conf below the listener; `allow_anonymous true` where it is left out. */
  readonly config?: readonly string[]
}

/** A real mosquitto on a loopback port, with its configuration in a temporary folder. */
export class Mosquitto {
  readonly port: number
  readonly #folder: string
  #process: ChildProcess | undefined
  /** What it logged, the last lines. */
  readonly log: string[] = []

  constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`
  }

  /** Starts it, also again after a kill; resolves when clients can connect. */
  async start(): Promise<void> {
    const child = spawn(program('mosquitto'), ['-c', join(this.#folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    const lines = createInterface({ input: child.stderr })
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        this.log.push(line)
        if (this.log.length > 500) this.log.shift()
        if (/mosquitto version \S+ running/.test(line)) resolve()
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}: ${this.log.join('\n')}`)))
    })
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = options.port ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  const isRoot = process.getuid?.() === 0
  const lines = [
    'persistence false',
    'log_dest stderr',
    'log_type all',
    'set_tcp_nodelay true',
    ...(isRoot ? ['user root'] : []),
    `listener ${port} 127.0.0.1`,
    ...(options.config ?? ['allow_anonymous true']),
  ]
  writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
  const mosquitto = new Mosquitto(port, folder)
  await mosquitto.start()
  return mosquitto
}

/** A line of `mosquitto_sub`. */
export interface Received {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
  readonly qos: number
}

/** Retained, and subscribed to beside the filter: when it comes, the subscription is granted. */
const READY = 'test/ready'

/** `mosquitto_sub`, collecting what comes. */
export class Subscriber {
  readonly received: Received[] = []
  readonly #child: ChildProcess
  #text = ''
  #changed: () => void = () => {}

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /**
   * Resolves when its subscription is granted.
   * @param more arguments of mosquitto_sub, such as `-V 5`
   */
  static async start(port: number, filter: string, ...more: string[]): Promise<Subscriber> {
    publishWith(port, READY, 'yes', '-r')
    const topics = ['-t', filter, '-t', READY]
    const format = '\x01%r %q %t\x02%p\x03'
    const args = ['-h', '127.0.0.1', '-p', `${port}`, '-q', '1', ...topics, '-F', format, ...more]
    const child = spawn(program('mosquitto_sub'), args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const subscriber = new Subscriber(child)
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`mosquitto_sub ended with ${code}`)))
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => subscriber.#read(chunk, resolve))
    })
    return subscriber
  }

  /** Takes complete messages out of the text. */
  #read(chunk: string, ready: () => void): void {
    this.#text += chunk
    for (let end = this.#text.indexOf('\x03'); end >= 0; end = this.#text.indexOf('\x03')) {
      const [head = '', payload = ''] = this.#text.slice(this.#text.indexOf('\x01') + 1, end).split('\x02')
      this.#text = this.#text.slice(end + 1)
      const [retain, qos, topic = ''] = head.split(' ')
      if (topic === READY) ready()
      else this.received.push({ topic, payload, retain: retain === '1', qos: Number(qos) })
    }
    this.#changed()
  }

  /** Resolves as soon as what was received satisfies the condition. */
  async until(condition: (received: readonly Received[]) => boolean): Promise<void> {
    while (!condition(this.received)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}

/** Runs `mosquitto_pub` to its end. */
export function publishWith(port: number, topic: string, message: string, ...more: string[]): void {
  const args = ['-h', '127.0.0.1', '-p', `${port}`, '-q', '1', '-t', topic]
  execFileSync(program('mosquitto_pub'), [...args, ...(message === '' ? ['-n'] : ['-m', message]), ...more])
}

/** A broker in front of another one that does not speak MQTT 5: it refuses such a CONNECT and passes on 3.1.1. */
export class OldBroker {
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(server: net.Server) {
    this.#server = server
  }

  static async start(targetPort: number): Promise<OldBroker> {
    const server = net.createServer()
    const old = new OldBroker(server)
    server.on('connection', (socket) => old.#onConnection(socket, targetPort))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return old
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #onConnection(socket: net.Socket, targetPort: number): void {
    this.#track(socket)
    socket.once('data', (first: Buffer) => {
      // Behind the name: length (two bytes), `MQTT`, and then the protocol level.
      if (first[first.indexOf('MQTT') + 4] === 5) {
        socket.end(Uint8Array.of(0x20, 2, 0, 1))
        return
      }
      const upstream = net.connect(targetPort, '127.0.0.1')
      this.#track(upstream)
      upstream.write(first)
      socket.pipe(upstream).pipe(socket)
      socket.on('close', () => upstream.destroy())
      upstream.on('close', () => socket.destroy())
    })
  }

  #track(socket: net.Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
  }
}
