import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactInteger } from '../../../../src/lib/integer.ts'
import {
  CBOR,
  decodePayload,
  encodePayload,
  OPAQUE,
  SENML_CBOR,
  SENML_JSON,
  TEXT,
  TLV,
} from '../../../../src/lwm2m/format/formats.ts'
import { formatLinks, type Link, parseLinks } from '../../../../src/lwm2m/format/link-format.ts'
import type { ResourceType, Sample, Value } from '../../../../src/lwm2m/value.ts'
import { contextOf, factsOf } from '../../../vectors/context.ts'

/** The type of each resource of the made-up object is its id's. */
const TYPES: readonly ResourceType[] = [
  'string',
  'integer',
  'unsigned',
  'float',
  'boolean',
  'opaque',
  'time',
  'objlnk',
  'corelnk',
]
const contextFor = (base: string) =>
  contextOf(base, { resource: (_, resource) => factsOf(TYPES[resource % TYPES.length] ?? 'none') })

const int64 = fc
  .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer().map(BigInt))
  .map(exactInteger)
const uint64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat().map(BigInt)).map(exactInteger)
const text = fc.string({ unit: 'binary' })
const id = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 65534 }))
const link = fc.record(
  { object: fc.integer({ min: 0, max: 65535 }), instance: fc.integer({ min: 0, max: 65535 }) },
  { noNullPrototype: true },
)

// JSON and text have neither negative zero nor what is not finite.
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const opaque = fc.uint8Array({ maxLength: 300 })

function valueFor(type: ResourceType, float: fc.Arbitrary<number>): fc.Arbitrary<Value> {
  if (type === 'integer' || type === 'time') return int64
  if (type === 'unsigned') return uint64
  if (type === 'float') return float
  if (type === 'boolean') return fc.boolean()
  if (type === 'opaque') return opaque
  return type === 'objlnk' ? link : text
}

/** A value of one path, whose type is that of the resource. */
function sampleOf(prefix: string, float: fc.Arbitrary<number>): fc.Arbitrary<Sample> {
  return fc.tuple(id, fc.option(id)).chain(([resource, instance]) => {
    const type = TYPES[resource % TYPES.length] ?? 'none'
    const path = `${prefix}/${resource}${instance === null ? '' : `/${instance}`}`
    return valueFor(type, float).map((value) => ({ path, type, value }))
  })
}

const resourceOf = (path: string) => path.split('/').slice(0, 4).join('/')

/** An instance as TLV has it: each path once, a resource either single or multiple, in the order of its resources. */
function instanceOf(samples: readonly Sample[]): Sample[] {
  const kept: Sample[] = []
  for (const sample of samples) {
    const rivals = kept.filter((other) => resourceOf(other.path) === resourceOf(sample.path))
    const fits = rivals.every((other) => other.path !== sample.path && other.path.split('/').length === 5)
    if (fits && (rivals.length === 0 || sample.path.split('/').length === 5)) kept.push(sample)
  }
  return Array.from(Map.groupBy(kept, ({ path }) => resourceOf(path)).values()).flat()
}

/** Single values, with the path as base. */
const single = (float: fc.Arbitrary<number>) => sampleOf('/9/0', float)

describe('decode of encode', () => {
  const check = (format: number, samples: readonly Sample[], base: string): void => {
    expect(decodePayload(format, encodePayload(format, samples, base), contextFor(base))).toEqual(samples)
  }

  it('text/plain', () => {
    fc.assert(fc.property(single(finite), (sample) => check(TEXT, [sample], sample.path)))
  })

  it('opaque', () => {
    fc.assert(
      fc.property(opaque, (value) => check(OPAQUE, [{ path: '/9/0/5', type: 'opaque', value }], '/9/0/5')),
    )
  })

  it('CBOR', () => {
    fc.assert(fc.property(single(fc.double()), (sample) => check(CBOR, [sample], sample.path)))
  })

  it('TLV of a resource or a resource instance', () => {
    fc.assert(fc.property(single(fc.double()), (sample) => check(TLV, [sample], sample.path)))
  })

  it('TLV of an instance', () => {
    const samples = fc.array(sampleOf('/9/0', fc.double()), { maxLength: 12 }).map(instanceOf)
    fc.assert(fc.property(samples, (instance) => check(TLV, instance, '/9/0')))
  })

  it('TLV of an object', () => {
    const instance = (prefix: string) =>
      fc.array(sampleOf(prefix, fc.double()), { maxLength: 6 }).map(instanceOf)
    fc.assert(
      fc.property(instance('/9/0'), instance('/9/400'), (one, other) => check(TLV, [...one, ...other], '/9')),
    )
  })

  const times = fc.integer({ min: 2 ** 28 * 1000, max: 4_102_444_800_000 })
  const series = (float: fc.Arbitrary<number>) => {
    const timed = fc.tuple(sampleOf('/9/0', float), fc.option(times))
    const sample = timed.map(([value, time]) => (time === null ? value : { ...value, time }))
    return fc.array(sample, { minLength: 1, maxLength: 12 })
  }

  it('SenML JSON, series included', () => {
    fc.assert(fc.property(series(finite), (samples) => check(SENML_JSON, samples, '/9/0')))
  })

  it('SenML CBOR, series included', () => {
    fc.assert(fc.property(series(fc.double()), (samples) => check(SENML_CBOR, samples, '/9/0')))
  })

  it('SenML JSON and CBOR say the same without a model', () => {
    const untyped = contextOf('/9/0', { resource: () => undefined })
    fc.assert(
      fc.property(series(finite.filter((value) => !Number.isInteger(value))), (samples) => {
        const [json, cbor] = [SENML_JSON, SENML_CBOR].map((format) =>
          decodePayload(format, encodePayload(format, samples, '/9/0'), untyped),
        )
        expect(json).toEqual(cbor)
      }),
    )
  })

  it('link format', () => {
    const target = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('>', ''))
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
    const attributes = fc.array(fc.tuple(name, text), { maxLength: 5 }).map((entries) => new Map(entries))
    const links: fc.Arbitrary<Link[]> = fc.array(fc.record({ target, attributes }, { noNullPrototype: true }))
    fc.assert(
      fc.property(links, (list) => {
        expect(parseLinks(Buffer.from(formatLinks(list)))).toEqual(list)
      }),
    )
  })
})
