import fc from 'fast-check'
import { generate, parser } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/mapping/publication.ts'
import { packetBytes } from '../../../src/mqtt/limits.ts'
import { encodePuback } from '../../../src/mqtt/packet.ts'
import { PacketBuffer } from '../../../src/mqtt/packet-buffer.ts'
import { PacketIds } from '../../../src/mqtt/packet-ids.ts'
import { encodePublish, type PublishHeader } from '../../../src/mqtt/publish-packet.ts'

/** The bytes of what is written into a packet buffer. */
function written(write: (packets: PacketBuffer) => void): Buffer {
  const writes: Buffer[] = []
  const packets = new PacketBuffer((bytes) => writes.push(bytes))
  write(packets)
  packets.flush()
  return Buffer.concat(writes)
}

const pubackOf = (id: number, version: 4 | 5, reason: number): Buffer =>
  written((packets) => encodePuback(id, version, reason, packets))

const publishOf = (publication: Publication, header: PublishHeader): Buffer =>
  written((packets) => encodePublish(publication, header, packets))

describe('a packet buffer', () => {
  const packet = (length: number, byte: number) => Buffer.alloc(length, byte)

  it('writes the packets of one turn at once, and each only once', () => {
    const writes: string[] = []
    const packets = new PacketBuffer((bytes) => writes.push(bytes.toString('hex')))
    packets.flush()
    for (const byte of [1, 2]) {
      packets.begin(2)
      packets.raw(packet(2, byte))
    }
    packets.flush()
    packets.flush()
    packets.begin(1)
    packets.byte(3)
    packets.flush()
    expect(writes).toEqual(['01010202', '03'])
  })

  it('keeps order and bytes where a packet does not fit any more, or is longer than all room', () => {
    const writes: Buffer[] = []
    const packets = new PacketBuffer((bytes) => writes.push(bytes))
    const lengths = [1, 40_000, 40_000, 65_536, 1, 200_000, 70_000, 2]
    const all = lengths.map((length, index) => packet(length, index + 1))
    for (const bytes of all) {
      packets.begin(bytes.length)
      packets.raw(bytes)
    }
    packets.flush()
    expect(Buffer.concat(writes).equals(Buffer.concat(all))).toBe(true)
    expect(writes.length).toBeLessThan(lengths.length)
  })
})

describe('a PUBACK', () => {
  it.each([
    [1, 5, 0, '40020001'],
    [0xffff, 5, 0, '4002ffff'],
    [0x1234, 5, 0x83, '4003123483'],
    [0x1234, 4, 0, '40021234'],
    [0x1234, 4, 0x83, '40021234'],
  ] as const)('%d on %d with %d is %s', (id, version, reason, hex) => {
    expect(pubackOf(id, version, reason).toString('hex')).toBe(hex)
  })

  it('is what another implementation reads', () => {
    const packets = parser({ protocolVersion: 5 })
    const read: unknown[] = []
    packets.on('packet', (packet) => read.push(packet))
    packets.parse(pubackOf(0x1234, 5, 0x83))
    packets.parse(pubackOf(7, 5, 0))
    expect(read).toMatchObject([
      { cmd: 'puback', messageId: 0x1234, reasonCode: 0x83 },
      { cmd: 'puback', messageId: 7, reasonCode: 0 },
    ])
  })
})

const publications: fc.Arbitrary<Publication> = fc.record(
  {
    topic: fc.string({ unit: 'grapheme', minLength: 1 }),
    payload: fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 })),
    qos: fc.constantFrom(0 as const, 1 as const),
    retain: fc.boolean(),
    contentType: fc.string({ unit: 'grapheme' }),
    expiry: fc.nat(),
    correlationData: fc.uint8Array(),
    userProperties: fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }), {
      minKeys: 1,
    }),
  },
  { requiredKeys: ['topic', 'payload', 'qos', 'retain'] },
)
const versions = fc.constantFrom(4 as const, 5 as const)

function headerOf({ qos, retain, expiry }: Publication, version: 4 | 5): PublishHeader {
  return { version, qos: qos === 0 ? 0 : 1, retain, packetId: 0x1234, expiry }
}

/** The publication in the terms of mqtt-packet, in the order in which that writes properties. */
function packetOf(publication: Publication, version: 4 | 5) {
  const { topic, payload, qos, retain, contentType, expiry, correlationData, userProperties } = publication
  const properties = {
    ...(typeof payload === 'string' && { payloadFormatIndicator: true }),
    ...(expiry !== undefined && { messageExpiryInterval: expiry }),
    ...(contentType !== undefined && { contentType }),
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData) }),
    ...(userProperties !== undefined && { userProperties }),
  }
  return {
    ...{ cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos, retain, dup: false },
    ...(qos === 0 ? undefined : { messageId: 0x1234 }),
    ...(version === 5 && Object.keys(properties).length > 0 ? { properties } : undefined),
  }
}

describe('a PUBLISH', () => {
  const value: Publication = { topic: 'a/b', payload: '7', qos: 1, retain: true }

  it.each<[string, Publication, PublishHeader, string]>([
    ['3.1.1, QoS 0', value, { ...headerOf(value, 4), qos: 0, retain: false }, '30 06 0003612f62 37'],
    ['3.1.1, QoS 1', value, headerOf(value, 4), '33 08 0003612f62 1234 37'],
    ['5, a text', value, headerOf(value, 5), '33 0b 0003612f62 1234 02 0101 37'],
    [
      '5, bytes with all properties',
      {
        ...{ ...value, payload: Uint8Array.of(7), contentType: 'x/y', expiry: 258 },
        ...{ correlationData: Uint8Array.of(1, 2), userProperties: { id: 'ü' } },
      },
      { ...headerOf(value, 5), expiry: 257.5 },
      '33 22 0003612f62 1234 19 0200000102 030003782f79 0900020102 26000269640002c3bc 07',
    ],
    ['5, nothing', { ...value, payload: new Uint8Array(0) }, headerOf(value, 5), '33 08 0003612f62 1234 00'],
  ])('%s', (_name, publication, header, hex) => {
    expect(publishOf(publication, header).toString('hex')).toBe(hex.replaceAll(' ', ''))
  })

  it('cuts an expiry to four bytes', () => {
    const bytes = publishOf(value, { ...headerOf(value, 5), expiry: 1e12 })
    expect(bytes.toString('hex')).toContain('02ffffffff')
  })

  it('is what another implementation reads', () => {
    fc.assert(
      fc.property(publications, versions, (publication, version) => {
        const read: unknown[] = []
        const packets = parser({ protocolVersion: version })
        packets.on('packet', (packet) => read.push(packet))
        packets.on('error', (error) => read.push(error))
        packets.parse(publishOf(publication, headerOf(publication, version)))
        expect(read).toHaveLength(1)
        expect(JSON.parse(JSON.stringify(read[0]))).toMatchObject(
          JSON.parse(JSON.stringify(packetOf(publication, version))),
        )
      }),
    )
  })

  it('has the bytes that another implementation writes', () => {
    fc.assert(
      fc.property(publications, versions, (publication, version) => {
        const theirs = generate(packetOf(publication, version) as never, { protocolVersion: version })
        expect(publishOf(publication, headerOf(publication, version))).toEqual(theirs)
      }),
    )
  })

  it('of any length has the right length field', () => {
    for (const length of [110, 120, 16_370, 16_400, 2_097_140, 2_097_170]) {
      const publication: Publication = { ...value, payload: Buffer.alloc(length, 1) }
      const theirs = generate(packetOf(publication, 5) as never, { protocolVersion: 5 })
      expect(publishOf(publication, headerOf(publication, 5)).equals(theirs)).toBe(true)
    }
  })
})

describe('the size of a packet', () => {
  it('is never above the bound, and on MQTT 5 at most 15 bytes below it', () => {
    fc.assert(
      fc.property(publications, versions, (publication, version) => {
        const bytes = publishOf(publication, headerOf(publication, version)).length
        const bound = packetBytes(publication)
        expect(bytes).toBeLessThanOrEqual(bound)
        if (version === 5) expect(bound - bytes).toBeLessThanOrEqual(15)
      }),
    )
  })
})

describe('packet identifiers', () => {
  it('go round without 0 and without those in use', () => {
    const ids = new PacketIds()
    expect([ids.allocate(), ids.allocate(), ids.getLastAllocated()]).toEqual([1, 2, 2])
    for (let id = 3; id <= 65535; id++) expect(ids.allocate()).toBe(id)
    expect(ids.allocate()).toBeNull()
    ids.deallocate(7)
    ids.deallocate(3)
    expect([ids.allocate(), ids.allocate(), ids.allocate()]).toEqual([3, 7, null])
    expect(ids.register(3)).toBe(false)
    ids.clear()
    expect(ids.register(3)).toBe(true)
    expect(ids.allocate()).toBe(8)
  })
})
