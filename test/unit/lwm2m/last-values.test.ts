import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'

const PATH = '/3303/0/5700'
const MAX_ENTRIES = 256
const MAX_BYTES = 8_192

const sample = (value: number, time?: number, path = PATH): Sample => ({
  ...{ path, type: 'float', value },
  ...(time === undefined ? {} : { time }),
})

const text = (path: string, value: string): Sample => ({ path, type: 'string', value })

function learned(...batches: (readonly Sample[])[]): LastValues {
  const values = new LastValues()
  for (const [at, samples] of batches.entries()) values.learn({ samples, late: false, at })
  return values
}

const pathsOf = (values: LastValues): string[] => [...values].map(([path]) => path)

describe('the last values of a device', () => {
  it('are none at first', () => {
    expect(new LastValues().value(PATH)).toBeUndefined()
    expect([...new LastValues()]).toEqual([])
  })

  it('have the time of arrival, unless the device gave one, and its unit', () => {
    const values = learned([sample(1)], [{ ...sample(2, 500, '/3303/1/5700'), unit: 'Cel' }])
    expect(values.value(PATH)).toEqual({ value: 1, time: 0, unit: undefined })
    expect(values.value('/3303/1/5700')).toEqual({ value: 2, time: 500, unit: 'Cel' })
  })

  it('are the newest that came', () => {
    expect(learned([sample(1)], [sample(2)]).value(PATH)?.value).toBe(2)
  })

  it('are of a series its newest, whatever its order; a value without a time is the present', () => {
    expect(learned([sample(2, 20), sample(1, 10)]).value(PATH)?.value).toBe(2)
    expect(learned([sample(3), sample(1, 10), sample(2, 20)]).value(PATH)).toMatchObject({
      value: 3,
      time: 0,
    })
  })

  it('that were overtaken fill gaps alone', () => {
    const values = learned([sample(5)])
    values.learn({ samples: [sample(4), sample(7, 1, '/3/0/9')], late: true, at: 9 })
    expect(values.value(PATH)?.value).toBe(5)
    expect(values.value('/3/0/9')?.value).toBe(7)
  })

  it('are listed in the order in which they were told', () => {
    const values = learned([sample(1, 0, '/3/0/1'), sample(1, 0, '/3/0/2')], [sample(2, 0, '/3/0/1')])
    expect(pathsOf(values)).toEqual(['/3/0/2', '/3/0/1'])
  })

  it('hold bytes of their own', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const values = learned([{ path: '/5/0/0', type: 'opaque', value: bytes }])
    bytes[0] = 9
    expect(values.value('/5/0/0')?.value).toEqual(Uint8Array.of(1, 2, 3))
  })
})

describe('their bound', () => {
  it('is a number of paths: those told longest ago go', () => {
    const values = new LastValues()
    for (let id = 0; id < MAX_ENTRIES + 10; id++) {
      values.learn({ samples: [{ ...sample(id, 0, `/9/${id}`) }], late: false, at: 0 })
      values.learn({ samples: [sample(1, 0, '/3/0/9')], late: false, at: 0 })
    }
    const paths = pathsOf(values)
    expect(paths.length).toBe(MAX_ENTRIES)
    expect(paths.at(-1)).toBe('/3/0/9')
    expect(paths[0]).toBe('/9/11')
  })

  it('is a number of bytes', () => {
    const half = 'x'.repeat(MAX_BYTES / 2)
    const values = learned([text('/1', half)], [text('/2', 'short')], [text('/3', half)])
    expect(pathsOf(values)).toEqual(['/2', '/3'])
  })

  it('a value that is too long alone pushes nothing out, and the old one of its path is no longer the last', () => {
    const values = learned([text('/1', 'a'), text('/2', 'b')], [text('/1', 'x'.repeat(MAX_BYTES))])
    expect(pathsOf(values)).toEqual(['/2'])
  })

  it('counts what is gone as gone: room comes back in full', () => {
    const values = new LastValues()
    const texts = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: MAX_BYTES })))
    fc.assert(
      fc.property(texts, (told) => {
        for (const [id, length] of told) {
          values.learn({ samples: [text(`/${id}`, 'x'.repeat(length))], late: false, at: 0 })
        }
        values.learn({ samples: [text('/0', 'x'.repeat(MAX_BYTES - 18))], late: false, at: 0 })
        expect(pathsOf(values)).toEqual(['/0'])
        values.learn({ samples: [text('/0', ''), text('/1', 'y')], late: false, at: 0 })
        expect(pathsOf(values)).toEqual(['/0', '/1'])
      }),
    )
  })

  it('holds for every kind of value', () => {
    const values = new LastValues()
    const kinds: Sample[] = [
      { path: '/1', type: 'integer', value: 2n ** 63n },
      { path: '/2', type: 'boolean', value: true },
      { path: '/3', type: 'objlnk', value: { object: 3, instance: 0 } },
      { path: '/4', type: 'opaque', value: new Uint8Array(MAX_BYTES) },
    ]
    values.learn({ samples: kinds, late: false, at: 0 })
    expect(pathsOf(values)).toEqual(['/1', '/2', '/3'])
  })
})
