import { generate, type OptionName, type ParsedPacket, parse } from 'coap-packet'

/** CoAP messages by hand, written and read by an independent codec, so that a test never checks ours by itself. */
export interface Sketch {
  /** CON where left out. */
  readonly type?: 'CON' | 'NON' | 'ACK' | 'RST'
  /** `GET`, `0.02`, `2.05`; `0.00` where left out. */
  readonly code?: string
  readonly id: number
  /** Hex. */
  readonly token?: string
  /** In any order. Text as UTF-8, numbers as the shortest unsigned integer, lists as a repeated option. */
  readonly options?: Readonly<Partial<Record<OptionName | `${number}`, OptionValue | readonly OptionValue[]>>>
  readonly payload?: string | Uint8Array
}

export type OptionValue = string | number | Uint8Array

function uint(value: number): Buffer {
  const hex = value === 0 ? '' : value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

function optionBytes(value: OptionValue): Buffer {
  return typeof value === 'number' ? uint(value) : Buffer.from(value as string)
}

/** The bytes of a message: `coap({ code: 'POST', id: 7, token: 'a1', options: { 'Uri-Path': ['rd'] } })`. */
export function coap({
  type = 'CON',
  code = '0.00',
  id,
  token = '',
  options = {},
  payload = '',
}: Sketch): Buffer {
  const list = Object.entries(options).flatMap(([name, values]) =>
    [values as OptionValue | readonly OptionValue[]]
      .flat()
      .map((value) => ({ name, value: optionBytes(value) })),
  )
  return generate(
    {
      code,
      messageId: id,
      token: Buffer.from(token, 'hex'),
      options: list,
      payload: Buffer.from(payload as string),
      confirmable: type === 'CON',
      ack: type === 'ACK',
      reset: type === 'RST',
    },
    65_535,
  )
}

/** What a message says, field by field. */
export function readCoap(bytes: Uint8Array): ParsedPacket & { readonly type: 'CON' | 'NON' | 'ACK' | 'RST' } {
  const packet = parse(Buffer.from(bytes))
  const type = packet.confirmable ? 'CON' : packet.ack ? 'ACK' : packet.reset ? 'RST' : 'NON'
  return { ...packet, type }
}

/** A message in a line: `CON 0.01 #4660 token a1b2 Uri-Path=rd Observe=00 "payload"`. */
export function describeCoap(bytes: Uint8Array): string {
  const { type, code, messageId, token, options, payload } = readCoap(bytes)
  const parts = [type, code, `#${messageId}`]
  if (token.length > 0) parts.push('token', token.toString('hex'))
  for (const { name, value } of options) {
    parts.push(
      `${name}=${/^(Uri|Location)-(Path|Query|Host)$/.test(`${name}`) ? value : value.toString('hex')}`,
    )
  }
  if (payload.length > 0) parts.push(JSON.stringify(payload.toString()))
  return parts.join(' ')
}
