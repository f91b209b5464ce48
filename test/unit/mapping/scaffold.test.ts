import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { exampleSurroundings } from '../../../src/mapping/examples.ts'
import { scaffold } from '../../../src/mapping/scaffold.ts'
import { boundsOf, slug } from '../../../src/mapping/scaffold-resources.ts'

const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-scaffold-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Written {
  readonly text: string
  readonly name: string
  readonly publish?: readonly JsonObject[]
  readonly commands?: readonly JsonObject[]
  readonly observe?: readonly string[]
  readonly match: JsonObject
}

function write(
  objects: readonly JsonObject[],
  values: Readonly<Record<string, JsonObject>> = {},
  endpoint = 'room-1',
): Written {
  const source = { endpoint, registration: { objects }, values: new Map(Object.entries(values)) }
  const text = scaffold(source, builtinModel, './schema.json') ?? ''
  return { ...(parse(text, { intAsBigInt: false }) as Omit<Written, 'text'>), text }
}

/** Compiles the file as the gateway would, and runs its examples. */
function outcomes({ text }: Written): readonly (object | undefined)[] {
  const path = join(folder, 'file.yaml')
  writeFileSync(path, text)
  const { files, test } = loadMappings([path], {
    ...exampleSurroundings,
    folder,
    skipsExamples: true,
    filterOf: (match) => new DeviceMatcher(match),
    isResponseTopic: () => false,
  })
  const [file] = files
  if (file === undefined) throw new Error('no file')
  return test(file, builtinModel).map(({ fault }) => fault)
}

const object = (id: number, version = '1.0', instances = [0]): JsonObject => ({ id, version, instances })
const TEMPERATURE = object(3303)
const LIGHT = object(3311)

describe('a scaffold', () => {
  test('has a publication for what was told and must be there, with name and unit', () => {
    const file = write([TEMPERATURE], {
      '/3303/0/5700': { value: 20.25, unit: 'Cel' },
      '/3303/0/5701': { value: 'Cel' },
      '/3303/0/5602': { value: 30, unit: 'Cel' },
    })
    expect(file.publish?.map(({ name, path, topic }) => ({ name, path, topic }))).toEqual([
      {
        name: 'temperature-max-measured-value',
        path: '/3303/*/5602',
        topic: 'home/${device}/temperature/${instance}/max-measured-value',
      },
      {
        name: 'temperature-sensor-value',
        path: '/3303/*/5700',
        topic: 'home/${device}/temperature/${instance}/sensor-value',
      },
    ])
    expect(file.text).toContain('# Temperature: Sensor Value, in Cel')
    expect(file.text).toContain('value: 20.25')
    expect(file.observe).toEqual(['/3303/*/5602', '/3303/*/5700'])
    expect(outcomes(file)).toEqual([undefined, undefined])
  })

  test('has a command for what can be written or executed, with the schema of its type', () => {
    const file = write([LIGHT, object(3, '1.1')], { '/3311/0/5851': { value: 40, unit: '%' } })
    const commands = file.commands?.map(({ name, operation, path, payload }) => ({
      name,
      operation,
      path,
      payload,
    }))
    expect(commands).toContainEqual({
      name: 'set-light-control-on-off',
      operation: 'write',
      path: '/3311/${levels.instance}/5850',
      payload: { type: 'boolean' },
    })
    expect(commands).toContainEqual({
      name: 'set-light-control-dimmer',
      operation: 'write',
      path: '/3311/${levels.instance}/5851',
      payload: { type: 'integer', minimum: 0, maximum: 100 },
    })
    expect(commands?.find(({ name }) => name === 'run-device-reboot')?.operation).toBe('execute')
    expect(new Set(outcomes(file))).toEqual(new Set([undefined]))
  })

  test('passes its own examples for every object of the model', () => {
    const known = Array.from({ length: 65_536 }, (_, id) => builtinModel.object(id, '1.0')).filter(
      (facts) => facts !== undefined,
    )
    expect(known.length).toBeGreaterThan(300)
    for (let at = 0; at < known.length; at += 10) {
      const file = write(known.slice(at, at + 10).map(({ id, version }) => object(id, version)))
      expect(outcomes(file).filter((fault) => fault !== undefined)).toEqual([])
    }
  })

  test('says so where a device has more than one file takes', () => {
    const file = write(Array.from({ length: 300 }, (_, id) => object(3200 + id)))
    expect(file.publish).toHaveLength(128)
    expect(file.text).toMatch(/# The device has \d+ more/)
    expect(outcomes(file).filter((fault) => fault !== undefined)).toEqual([])
  })

  test('leaves out what is between the device and the gateway', () => {
    expect(write([object(0), object(1), object(2), object(21), LIGHT]).publish).toHaveLength(1)
    const source = { endpoint: 'e', registration: { objects: [object(1)] }, values: new Map() }
    expect(scaffold(source, builtinModel, '')).toBeUndefined()
  })

  test.each([
    ['a value that the model does not know', { '/33000/0/1': { value: 'x' }, '/33000/0/2': { value: 7 } }],
    ['an integer beyond 2^53', { '/33000/0/1': { value: 2n ** 60n } }],
    ['a float that JSON does not know', { '/3303/0/5700': { value: 'NaN' } }],
    ['a value that is very long', { '/3/0/0': { value: 'x'.repeat(5000) } }],
    ['instances of a resource', { '/3/0/7/0': { value: 3700, unit: 'mV' }, '/3/0/7/1': { value: 5000 } }],
    ['what is no value', { '/3/0': { value: 1 }, '/3/0/1': {} }],
  ])('takes %s', (_, values) => {
    const file = write([TEMPERATURE, object(33000), object(3, '1.1', [0])], values)
    expect(outcomes(file).filter((fault) => fault !== undefined)).toEqual([])
    expect(file.text.length).toBeLessThan(20_000)
  })

  test.each([
    'küche/1',
    'x"y',
    'a\n- b',
    '${1 + 1}',
    '\u0085\u2028',
    '+/#',
    'plain',
    '#',
    ': {',
    'x'.repeat(255),
  ])('takes the endpoint name %j', (endpoint) => {
    const file = write([TEMPERATURE, LIGHT], {}, endpoint)
    expect(file.match).toEqual({ endpoint })
    expect(file.name).toMatch(/^[a-z][a-z0-9-]{0,63}$/)
    expect(outcomes(file).filter((fault) => fault !== undefined)).toEqual([])
  })

  test.each([undefined, null, 'x', [1, null, { id: 'x' }]])(
    'takes what is no registration: objects %j',
    (objects) => {
      const registration = { objects } as unknown as JsonObject
      expect(scaffold({ endpoint: 'e', registration, values: new Map() }, builtinModel, '')).toBeUndefined()
    },
  )
})

test.each([
  ['0..100', [0, 100]],
  ['-1.5..2', [-1.5, 2]],
  ['0,1,2', undefined],
  ['', undefined],
  [undefined, undefined],
])('bounds of the range %j', (range, bounds) => {
  expect(boundsOf(range)).toEqual(bounds)
})

test.each([
  ['On/Off', 'on-off'],
  ['  Min  Value ', 'min-value'],
  ['Ä', 'unnamed'],
])('%j as a level', (name, level) => {
  expect(slug(name)).toBe(level)
})
