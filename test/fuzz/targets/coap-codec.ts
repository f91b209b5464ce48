import { parse } from 'coap-packet'
import { decode } from '../../../src/coap/decode.ts'
import { encode } from '../../../src/coap/encode.ts'
import { readRequest } from '../../../src/coap/request.ts'
import { readResponse } from '../../../src/coap/response.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { coap } from '../../support/coap.ts'
import type { FuzzTarget } from '../target.ts'

const seeds = [
  coap({ id: 1 }),
  coap({ type: 'ACK', id: 0xabcd }),
  coap({ type: 'RST', id: 0xffff }),
  coap({
    code: 'POST',
    id: 7,
    token: 'a1b2',
    options: {
      'Uri-Path': ['rd'],
      'Uri-Query': ['ep=lamp', 'lt=60', 'lwm2m=1.1', 'b=U'],
      'Content-Format': 40,
    },
    payload: '</1/0>,</3/0>,</3303/0>',
  }),
  coap({
    code: 'GET',
    id: 9,
    token: '0102030405060708',
    options: { Observe: 0, 'Uri-Path': ['3', '0'], Accept: 110 },
  }),
  coap({
    type: 'NON',
    code: '2.05',
    id: 10,
    token: 'ff',
    options: { Observe: 70_000, 'Content-Format': 11_542 },
    payload: 'x',
  }),
  coap({
    type: 'ACK',
    code: '2.01',
    id: 11,
    options: { 'Location-Path': ['rd', 'x'], 'Max-Age': 60, Block2: 6 },
  }),
  coap({
    code: 'PUT',
    id: 12,
    options: { 65001: 'x'.repeat(300), 300: 'y'.repeat(20), 'If-Match': ['a', 'b'] },
  }),
]

/** What is decoded must be what an independent codec sees, and come out again of the encoder. */
function run(input: Uint8Array): void {
  const message = decode(input)
  if (typeof message === 'string') throw new CodedError('coap_format', message)
  readRequest(message, 0, undefined)
  readResponse(message, 0, undefined)
  const again = decode(encode(message))
  if (typeof again === 'string' || again.options.length !== message.options.length) throw new Error('bent')
  const packet = parse(Buffer.from(input))
  if (!packet.payload.equals(message.payload)) throw new Error('another payload than coap-packet')
  if (packet.options.length !== message.options.length) throw new Error('other options than coap-packet')
}

/** As many options as fit. */
function grow(size: number): Uint8Array {
  return Buffer.concat([Buffer.from('40010001', 'hex'), Buffer.alloc(size, '1061', 'hex')])
}

export const coapCodecTarget: FuzzTarget = { name: 'coap-codec', seeds, run, grow }
