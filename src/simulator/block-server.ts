import { type IncomingMessage, Server } from 'coap'

type ServerOptions = ConstructorParameters<typeof Server>[0]
type Packet = Parameters<Server['_handle']>[0]
type Sender = Parameters<Server['_handle']>[1]

const GET = '0.01'
/** Of a Block option: its lowest three bits are the size, 2^(szx + 4) bytes (RFC 7959, 2.2). */
const SZX = 7
const MORE = 8
const FIRST_BLOCK = 16

function optionOf({ options }: Pick<Packet, 'options'>, name: string): Buffer | undefined {
  const value = options?.find((option) => option.name === name)?.value
  return Buffer.isBuffer(value) ? value : undefined
}

function numberOf(option: Buffer): number {
  return option.length === 0 ? 0 : option.readUIntBE(0, option.length)
}

/**
 * node-coap's server for a device of small blocks (RFC 7959). By itself it knows the body of a request by its token,
 * which may be another one at each block, and leaves the size of blocks to the peer: here a body is known by its
 * sender, method and path, what is larger than the device's blocks is cut, or refused with 4.13, and a block that
 * does not follow on the ones before with 4.08; node-coap itself would throw at it, or take it for a whole body.
 */
export class BlockServer extends Server {
  readonly #szx: number
  /** Block1 options of the messages whose blocks do not follow. */
  readonly #outOfTurn = new WeakMap<Packet, Buffer>()

  /** @param blockSize largest block that is taken and given, in bytes: a power of two from 16 to 1024 */
  constructor(options: ServerOptions, blockSize: number) {
    super(options)
    this.#szx = Math.log2(blockSize) - 4
  }

  override _handle(packet: Packet, sender: Sender): void {
    const options = packet.options ?? []
    const isTooLong = (packet.payload?.length ?? 0) > this.#blockSize
    // A block that is too large is taken for a body that is too large: `refusal` tells which size it may have.
    if (isTooLong) packet.options = options.filter(({ name }) => name !== 'Block1')
    else if (packet.code === GET) packet.options = this.#asked(options)
    super._handle(packet, sender)
  }

  /** Called once for a message, when it is known to be no repetition. */
  override _toCacheKey(request: IncomingMessage, packet: Packet): string | null {
    const block1 = optionOf(packet, 'Block1')
    if (block1 === undefined) return super._toCacheKey(request, packet)
    const key = `${this._clientIdentifier(request)} ${packet.code} ${request.url}`
    if (numberOf(block1) < FIRST_BLOCK) this._block1Cache.remove(key) // what was begun before is given up
    if (!follows(this._block1Cache.get(key), numberOf(block1), request.payload)) {
      packet.options = (packet.options ?? []).filter(({ name }) => name !== 'Block1') // so that it is not stored
      this.#outOfTurn.set(packet, block1)
    }
    return key
  }

  /** The Block1 option of the answer to a request: what was taken of it, or the size that it should have had. */
  block1Of({ payload, _packet }: IncomingMessage): Buffer | undefined {
    return (
      this.#outOfTurn.get(_packet) ??
      optionOf(_packet, 'Block1') ??
      (payload.length > this.#blockSize ? Buffer.of(this.#szx) : undefined)
    )
  }

  /**
   * What a request is refused with: 4.08 where its block does not follow on the ones before (RFC 7959, 2.9.2), 4.13
   * where it is longer than a block and not put together of blocks (2.9.3).
   */
  refusal({ payload, _packet }: IncomingMessage): '4.08' | '4.13' | undefined {
    if (this.#outOfTurn.has(_packet)) return '4.08'
    const isTooLong = payload.length > this.#blockSize && optionOf(_packet, 'Block1') === undefined
    return isTooLong ? '4.13' : undefined
  }

  get #blockSize(): number {
    return 16 << this.#szx
  }

  /** A GET as if it had asked for blocks of the device's size, where it asked for larger ones or for none. */
  #asked(options: NonNullable<Packet['options']>): NonNullable<Packet['options']> {
    const block2 = optionOf({ options }, 'Block2')
    const wanted = block2 === undefined ? SZX : numberOf(block2) & SZX
    const isFirst = block2 === undefined || numberOf(block2) < FIRST_BLOCK
    if (!isFirst || wanted <= this.#szx) return options
    const others = options.filter(({ name }) => name !== 'Block2')
    return [...others, { name: 'Block2', value: Buffer.of(this.#szx) }]
  }
}

/**
 * Whether a block is the next one of a body, or the same as one before, which is sent again where its answer was lost.
 * @param held what node-coap has of the body: its blocks by the number of their first byte
 */
function follows(held: object | undefined, block: number, payload: Buffer): boolean {
  const first = (block >>> 4) * (16 << (block & SZX))
  const blocks = new Map<string, unknown>(Object.entries(held ?? {}))
  const known = blocks.get(`${first}`)
  if (Buffer.isBuffer(known)) return (block & MORE) !== 0 && known.equals(payload)
  let length = 0
  for (const bytes of blocks.values()) if (Buffer.isBuffer(bytes)) length += bytes.length
  return first === length
}
