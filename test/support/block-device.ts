import { createHash } from 'node:crypto'
import type { ParsedPacket } from 'coap-packet'
import type { Clock, Timer } from '../../src/lib/clock.ts'
import { coap, readCoap, type Sketch } from './coap.ts'
import type { SimulatedDevice } from './network.ts'

/** A Block option as this device reads it, by its own arithmetic. */
interface BlockField {
  readonly num: number
  readonly more: boolean
  readonly size: number
}

type Options = NonNullable<Sketch['options']>

const MESSAGES_REMEMBERED = 200
const FIRST_WAIT = 2_500
const TRANSMISSIONS = 10
/** So that it gives up before a body under way is forgotten. */
const LONGEST_WAIT = 20_000

export function option(packet: ParsedPacket, name: string): Buffer | undefined {
  return packet.options.find((candidate) => candidate.name === name)?.value
}

/** A Block option of a message. */
export function blockOf(packet: ParsedPacket, name: 'Block1' | 'Block2'): BlockField | undefined {
  const value = option(packet, name)
  if (value === undefined) return undefined
  const number = value.length === 0 ? 0 : value.readUIntBE(0, value.length)
  return { num: Math.floor(number / 16), more: number % 16 >= 8, size: 2 ** ((number % 8) + 4) }
}

export function blockNumber(num: number, more: boolean, size: number): number {
  return num * 16 + (more ? 8 : 0) + Math.log2(size) - 4
}

function pathOf({ options }: ParsedPacket): string {
  return options
    .filter(({ name }) => name === 'Uri-Path')
    .map(({ value }) => `/${value}`)
    .join('')
}

/**
 * A device with small blocks, written on the independent codec coap-packet, that shares no logic with the gateway. It
 * serves bodies by GET and takes them by PUT, and sends and fetches some itself, with repetitions of its own.
 */
export class BlockDevice {
  readonly #link: SimulatedDevice
  readonly #clock: Clock
  readonly size: number
  /** What can be read, by path; and what has been written. */
  readonly bodies = new Map<string, Buffer>()
  /** Bodies that are being written. */
  readonly #partial = new Map<string, { readonly parts: Buffer[]; length: number }>()
  readonly #etags = new WeakMap<Buffer, Buffer>()
  readonly #answered = new Map<number, Buffer>()
  /** Messages of its own under way: by token, what to do with the answer. */
  readonly #asked = new Map<string, { readonly id: number; answer: (packet: ParsedPacket) => void }>()
  #id = 1
  #token = 1

  constructor(link: SimulatedDevice, clock: Clock, size = 64) {
    this.#link = link
    this.#clock = clock
    this.size = size
    link.onDatagram = (bytes) => this.#receive(bytes)
  }

  /** Posts a body in blocks; each with a token of its own. `done` gets the last answer; nothing after silence. */
  post(path: string[], body: Buffer, done: (answer: ParsedPacket) => void, more: Options = {}): void {
    const send = (num: number): void => {
      const at = num * this.size
      const isMore = at + this.size < body.length
      const options = { 'Uri-Path': path, ...more, Block1: blockNumber(num, isMore, this.size) }
      this.#ask('POST', options, body.subarray(at, at + this.size), (answer) => {
        if (isMore && answer.code === '2.31') send(num + 1)
        else done(answer)
      })
    }
    send(0)
  }

  /** Fetches a body in blocks; undefined where an answer is not what it should be. */
  get(path: string[], done: (body: Buffer | undefined) => void): void {
    const parts: Buffer[] = []
    const fetch = (num: number): void => {
      const options = { 'Uri-Path': path, Block2: blockNumber(num, false, this.size) }
      this.#ask('GET', options, Buffer.alloc(0), (answer) => {
        const block = blockOf(answer, 'Block2')
        if (answer.code !== '2.05' || block?.num !== num || block.size !== this.size) done(undefined)
        else {
          parts.push(answer.payload)
          if (block.more) fetch(num + 1)
          else done(Buffer.concat(parts))
        }
      })
    }
    fetch(0)
  }

  #ask(code: string, options: Options, payload: Buffer, answer: (packet: ParsedPacket) => void): void {
    const id = this.#id++ & 0xffff
    const token = (this.#token++).toString(16).padStart(8, '0')
    const bytes = coap({ code, id, token, options, payload })
    let timer: Timer | undefined
    const transmit = (attempt: number): void => {
      if (attempt === TRANSMISSIONS) return
      this.#link.send(bytes)
      timer = this.#clock.schedule(
        'device repeats',
        Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt),
        transmit,
        attempt + 1,
      )
    }
    this.#asked.set(token, {
      id,
      answer: (packet) => {
        timer?.cancel()
        this.#asked.delete(token)
        answer(packet)
      },
    })
    transmit(0)
  }

  #receive(bytes: Uint8Array): void {
    const packet = readCoap(bytes)
    if (packet.code.startsWith('0.') && packet.type === 'CON') this.#serve(packet)
    else this.#asked.get(packet.token.toString('hex'))?.answer(packet)
  }

  #serve(packet: ParsedPacket): void {
    const known = this.#answered.get(packet.messageId)
    const answer = known ?? coap({ ...this.#handle(packet), type: 'ACK', id: packet.messageId })
    this.#answered.set(packet.messageId, answer)
    const [oldest] = this.#answered.keys()
    if (this.#answered.size > MESSAGES_REMEMBERED && oldest !== undefined) this.#answered.delete(oldest)
    this.#link.send(answer)
  }

  #handle(packet: ParsedPacket): Omit<Sketch, 'id'> {
    const token = packet.token.toString('hex')
    const path = pathOf(packet)
    return { ...(packet.code === '0.01' ? this.#read(path, packet) : this.#write(path, packet)), token }
  }

  #read(path: string, packet: ParsedPacket): Omit<Sketch, 'id'> {
    const body = this.bodies.get(path)
    if (body === undefined) return { code: '4.04' }
    const wanted = blockOf(packet, 'Block2')
    const size = Math.min(this.size, wanted?.size ?? this.size)
    const num = wanted?.num ?? 0
    const more = (num + 1) * size < body.length
    const options = { ETag: this.#etag(body), Block2: blockNumber(num, more, size), Size2: body.length }
    return { code: '2.05', options, payload: body.subarray(num * size, (num + 1) * size) }
  }

  #etag(body: Buffer): Buffer {
    const etag = this.#etags.get(body) ?? createHash('sha256').update(body).digest().subarray(0, 4)
    this.#etags.set(body, etag)
    return etag
  }

  #write(path: string, packet: ParsedPacket): Omit<Sketch, 'id'> {
    const block = blockOf(packet, 'Block1')
    if (block === undefined && packet.payload.length > this.size) {
      return { code: '4.13', options: { Block1: blockNumber(0, false, this.size) } }
    }
    const { num, more, size } = block ?? { num: 0, more: false, size: this.size }
    const partial = num === 0 ? { parts: [], length: 0 } : this.#partial.get(path)
    if (partial === undefined || partial.length < num * size) return { code: '4.08' }
    if (partial.length === num * size) {
      partial.parts.push(packet.payload)
      partial.length += packet.payload.length
    }
    const options = block === undefined ? {} : { Block1: blockNumber(num, more, Math.min(size, this.size)) }
    if (more) {
      this.#partial.set(path, partial)
      return { code: '2.31', options }
    }
    this.#partial.delete(path)
    this.bodies.set(path, Buffer.concat(partial.parts))
    return { code: '2.04', options }
  }
}
