import { parse } from 'coap-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeText, isRequestCode, isResponseCode, isSuccessCode } from '../../../src/coap/code.ts'
import { decode, rejectableId } from '../../../src/coap/decode.ts'
import { encode } from '../../../src/coap/encode.ts'
import { emptyMessage, type Message, type MessageType } from '../../../src/coap/message.ts'
import { coap, readCoap } from '../../support/coap.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Plain data, for comparison. */
function plain(message: ReturnType<typeof decode>): object | string {
  if (typeof message === 'string') return message
  const options = message.options.map(({ number, value }) => [number, hex(value)])
  return { ...message, token: hex(message.token), options, payload: hex(message.payload) }
}

const message = (parts: Partial<Message>): Message => ({
  type: 0,
  code: 1,
  id: 0,
  token: new Uint8Array(0),
  options: [],
  payload: new Uint8Array(0),
  ...parts,
})

const vectors: readonly [name: string, encoded: string, decoded: Message][] = [
  ['an empty CON (ping)', '40000001', message({ code: 0, id: 1 })],
  ['an empty ACK', '6000abcd', message({ type: 2, code: 0, id: 0xabcd })],
  ['a RST', '7000ffff', message({ type: 3, code: 0, id: 0xffff })],
  ['a GET without anything', '40017d34', message({ id: 0x7d34 })],
  [
    'a GET of /temperature (RFC 7252, figure 16)',
    '40017d34 bb74656d7065726174757265',
    message({ id: 0x7d34, options: [{ number: 11, value: Buffer.from('temperature') }] }),
  ],
  [
    'its piggybacked response (RFC 7252, figure 16)',
    '60457d34 ff 32322e332043',
    message({ type: 2, code: 69, id: 0x7d34, payload: Buffer.from('22.3 C') }),
  ],
  [
    'with a token (RFC 7252, figure 17)',
    '41017d35 20 bb74656d7065726174757265',
    message({
      id: 0x7d35,
      token: Uint8Array.of(0x20),
      options: [{ number: 11, value: Buffer.from('temperature') }],
    }),
  ],
  [
    'a NON with a token of eight bytes and an empty Observe',
    '58450001 0102030405060708 60 ff 00',
    message({
      type: 1,
      code: 69,
      id: 1,
      token: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      options: [{ number: 6, value: new Uint8Array(0) }],
      payload: Uint8Array.of(0),
    }),
  ],
  [
    'deltas of one and two extended bytes',
    '40010002 d0 00 e0 0000',
    message({
      id: 2,
      options: [
        { number: 13, value: new Uint8Array(0) },
        { number: 13 + 269, value: new Uint8Array(0) },
      ],
    }),
  ],
  [
    'the highest option number',
    '40010002 e1 fef2 aa',
    message({ id: 2, options: [{ number: 0xffff, value: Uint8Array.of(0xaa) }] }),
  ],
  [
    'a length of one extended byte',
    `40010002 bd 00 ${'61'.repeat(13)}`,
    message({ id: 2, options: [{ number: 11, value: Buffer.alloc(13, 'a') }] }),
  ],
  [
    'a length of two extended bytes',
    `40010002 be 0000 ${'61'.repeat(269)}`,
    message({ id: 2, options: [{ number: 11, value: Buffer.alloc(269, 'a') }] }),
  ],
  [
    'repeated options, in their order',
    '40010002 b133 0130 033537 30',
    message({
      id: 2,
      options: ['3', '0', '570'].map((text) => ({ number: 11, value: Buffer.from(text) })),
    }),
  ],
]

describe('the codec', () => {
  it.each(vectors)('reads %s', (_name, encoded, decoded) => {
    expect(plain(decode(bytes(encoded)))).toEqual(plain(decoded))
  })

  it.each(vectors)('writes %s', (_name, encoded, decoded) => {
    expect(hex(encode(decoded))).toBe(encoded.replaceAll(' ', ''))
  })

  it.each([
    ['nothing', '', 'short'],
    ['three bytes', '400100', 'short'],
    ['version 0', '00010001', 'version'],
    ['version 2', '80010001', 'version'],
    ['a token length of 9', '49010001 010203040506070809', 'token'],
    ['a token length of 15', '4f010001', 'token'],
    ['a token that is cut short', '44010001 0102', 'short'],
    ['an empty message with a token', '41000001 01', 'empty'],
    ['an empty message with bytes behind it', '40000001 00', 'empty'],
    ['an empty NON', '50000001', 'type'],
    ['a request in an ACK', '60010001', 'type'],
    ['a request in a RST', '70010001', 'type'],
    ['a response in a RST', '70450001', 'type'],
    ['a code of class 1', '40210001', 'code'],
    ['a code of class 3', '40610001', 'code'],
    ['a code of class 6', '40c10001', 'code'],
    ['a code of class 7', '40e10001', 'code'],
    ['a payload marker with nothing behind it', '40010001 ff', 'marker'],
    ['the same behind an option', '40010001 b133 ff', 'marker'],
    ['a reserved option delta', '40010001 f133', 'option'],
    ['a reserved option length', '40010001 bf33', 'option'],
    ['an option number above 65535', '40010001 e0fef3', 'option'],
    ['deltas that add up to more', '40010001 e0fef2 10', 'option'],
    ['an option value that is cut short', '40010001 b2 33', 'short'],
    ['an extended delta that is missing', '40010001 d0', 'short'],
    ['an extended delta of two bytes that is cut short', '40010001 e000', 'short'],
    ['an extended length that is missing', '40010001 bd', 'short'],
    ['an extended length of two bytes that is cut short', '40010001 be00', 'short'],
  ])('refuses %s', (_name, encoded, fault) => {
    expect(decode(bytes(encoded))).toBe(fault)
  })

  it('sorts options, and keeps repeated ones in their order', () => {
    const options = [
      [15, 'ep=a'],
      [11, 'rd'],
      [15, 'lt=1'],
      [6, ''],
      [11, 'x'],
    ].map(([number, text]) => ({ number: number as number, value: Buffer.from(text as string) }))
    const packet = parse(Buffer.from(encode(message({ options }))))
    expect(packet.options.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'Observe=',
      'Uri-Path=rd',
      'Uri-Path=x',
      'Uri-Query=ep=a',
      'Uri-Query=lt=1',
    ])
  })

  it('refuses to write what fits no message', () => {
    expect(() => encode(message({ token: new Uint8Array(9) }))).toThrow(/token of 9 bytes/)
    const options = [{ number: 11, value: new Uint8Array(65_805) }]
    expect(() => encode(message({ options }))).toThrow(/65805 bytes/)
  })

  it('copies nothing: token, values and payload are views of the datagram', () => {
    const input = bytes('41450001 aa 61 05 ff 0102')
    const { token, options, payload } = decode(input) as Message
    for (const view of [token, options[0]?.value, payload]) expect(view?.buffer).toBe(input.buffer)
  })

  it('names what may be answered with RST', () => {
    expect(rejectableId(bytes('4f01abcd'))).toBe(0xabcd)
    expect(rejectableId(bytes('5f01abcd'))).toBeUndefined() // a NON
    expect(rejectableId(bytes('8f01abcd'))).toBeUndefined() // another version
    expect(rejectableId(bytes('4001ab'))).toBeUndefined()
  })

  it('writes empty messages', () => {
    expect(hex(emptyMessage(2, 0x1234))).toBe('60001234')
    expect(hex(emptyMessage(3, 0xff00))).toBe('7000ff00')
  })
})

const arbitraryBytes = (longest: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: longest }).map((array) => Buffer.from(array))

const arbitraryCode = fc
  .tuple(fc.constantFrom(0, 2, 4, 5), fc.integer({ min: 0, max: 31 }))
  .map(([group, detail]) => (group << 5) | detail)
  .filter((code) => code !== 0)

const arbitraryMessage: fc.Arbitrary<Message> = fc.record({
  type: fc.constantFrom<MessageType>(0, 1),
  code: arbitraryCode,
  id: fc.nat(0xffff),
  token: arbitraryBytes(8),
  options: fc.array(fc.record({ number: fc.nat(2000), value: arbitraryBytes(400) }), { maxLength: 12 }),
  payload: arbitraryBytes(200),
})

describe('the codec, for any message', () => {
  it('reads what it has written', () => {
    fc.assert(
      fc.property(arbitraryMessage, (original) => {
        const options = original.options.toSorted((one, other) => one.number - other.number)
        expect(plain(decode(encode(original)))).toEqual(plain({ ...original, options }))
      }),
    )
  })

  it('writes what coap-packet reads alike', () => {
    fc.assert(
      fc.property(arbitraryMessage, (original) => {
        const packet = readCoap(encode(original))
        expect(packet.type).toBe(original.type === 0 ? 'CON' : 'NON')
        expect(packet.code).toBe(codeText(original.code))
        expect(packet.messageId).toBe(original.id)
        expect(hex(packet.token)).toBe(hex(original.token))
        expect(hex(packet.payload)).toBe(hex(original.payload))
        const sorted = original.options.toSorted((one, other) => one.number - other.number)
        expect(packet.options.map(({ value }) => hex(value))).toEqual(sorted.map(({ value }) => hex(value)))
      }),
    )
  })

  it('reads what coap-packet writes', () => {
    fc.assert(
      fc.property(arbitraryMessage, ({ id, code, token, options, payload }) => {
        const sketch = { id, code: codeText(code), token: hex(token), payload }
        const listed = Object.fromEntries(options.map(({ number, value }) => [`${number}`, value]))
        const decoded = decode(coap({ ...sketch, options: listed })) as Message
        expect(decoded.code).toBe(code)
        expect(hex(decoded.payload)).toBe(hex(payload))
        expect(Object.fromEntries(decoded.options.map(({ number, value }) => [number, hex(value)]))).toEqual(
          Object.fromEntries(options.map(({ number, value }) => [number, hex(value)])),
        )
      }),
    )
  })

  it('reads of any bytes nothing that coap-packet does not read alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 60 }), (array) => {
        array[0] = 0x40 | ((array[0] as number) & 0x3f)
        const decoded = decode(array)
        if (typeof decoded === 'string') return
        const packet = readCoap(array)
        expect(packet.code).toBe(codeText(decoded.code))
        expect(packet.options.map(({ value }) => hex(value))).toEqual(
          decoded.options.map(({ value }) => hex(value)),
        )
        expect(hex(packet.payload)).toBe(hex(decoded.payload))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('codes', () => {
  it('are written as people write them', () => {
    expect([1, 2, 69, 132, 160].map(codeText)).toEqual(['0.01', '0.02', '2.05', '4.04', '5.00'])
  })

  it('fall into classes', () => {
    expect([0, 1, 31, 32, 69].map(isRequestCode)).toEqual([false, true, true, false, false])
    expect([1, 69, 96, 132, 160, 192].map(isResponseCode)).toEqual([false, true, false, true, true, false])
    expect([69, 132].map(isSuccessCode)).toEqual([true, false])
  })
})
