import { describe, expect, it } from 'vitest'
import { builtinModel } from '../../../../src/lwm2m/model/builtin.ts'
import { CombinedModel } from '../../../../src/lwm2m/model/combined.ts'
import { Definitions } from '../../../../src/lwm2m/model/definitions.ts'
import { defaultVersion } from '../../../../src/lwm2m/model/enabler.ts'

describe('the built-in model', () => {
  it('knows resources by object and version', () => {
    expect(builtinModel.object(3, '1.0')?.name).toBe('Device')
    expect(builtinModel.object(3, '1.0')?.resources.get(9)).toEqual({
      id: 9,
      name: 'Battery Level',
      type: 'integer',
      readable: true,
      writable: false,
      executable: false,
      multiple: false,
      mandatory: false,
      range: '0-100',
      unit: '%',
    })
    expect(builtinModel.object(3, '1.1')?.resources.get(9)?.range).toBe('0..100')
    expect(builtinModel.object(3, '1.0')?.resources.get(4)).toMatchObject({ type: 'none', executable: true })
    expect(builtinModel.object(3, '1.0')?.resources.get(7)).toMatchObject({ multiple: true, unit: 'mV' })
    expect(builtinModel.object(0, '1.2')).toMatchObject({ multiple: true, mandatory: true })
    expect(builtinModel.object(3303, '1.1')?.resources.get(5700)).toMatchObject({
      name: 'Sensor Value',
      type: 'float',
    })
  })

  it('expands an object once', () => {
    expect(builtinModel.object(3303, '1.0')).toBe(builtinModel.object(3303, '1.0'))
  })
})

const NO_RESOURCES = new Map<never, never>()

/** Definitions of object 77, whose names say where they come from. */
function definitions(source: string, ...versions: string[]): Definitions {
  const facts = versions.map((version) => {
    const name = `${source} ${version}`
    return { id: 77, version, name, multiple: false, mandatory: false, resources: NO_RESOURCES }
  })
  return new Definitions(facts.map((one) => ({ id: 77, version: one.version, facts: one })))
}

describe('definitions', () => {
  const model = definitions('x', '1.0', '1.10', '1.2', '2.0')

  it('fall back to the newest of the same major version, and to nothing else', () => {
    expect(model.object(77, '1.2')?.version).toBe('1.2')
    expect(model.object(77, '1.7')?.version).toBe('1.10')
    expect(model.object(77, '1.0.2')?.version).toBe('1.10')
    expect(model.object(77, '2.1')?.version).toBe('2.0')
    expect(model.object(77, '3.0')).toBeUndefined()
    expect(model.object(77, 'x')).toBeUndefined()
    expect(model.object(78, '1.0')).toBeUndefined()
  })

  it('are found exactly, or the newest of all', () => {
    expect(model.exact(77, '1.7')).toBeUndefined()
    expect(model.exact(77, '1.0')?.version).toBe('1.0')
    expect(model.newest(77)?.version).toBe('2.0')
    expect(model.newest(77, 1)?.version).toBe('1.10')
    expect(model.newest(78)).toBeUndefined()
  })
})

describe("the user's definitions over the built-in ones", () => {
  it.each([
    ['1.0', '1.0', ['1.0', '1.1'], 'own 1.0'],
    ['1.1', '1.0', ['1.0', '1.1'], 'builtin 1.1'],
    ['1.5', '1.0', ['1.1'], 'builtin 1.1'],
    ['1.5', '1.2', ['1.1'], 'own 1.2'],
    ['1.5', '1.1', ['1.1'], 'own 1.1'],
    ['1.5', '2.0', ['1.1'], 'builtin 1.1'],
    ['1.5', '1.0', ['2.0'], 'own 1.0'],
    ['3.0', '1.0', ['2.0'], undefined],
  ])('asked for %s, own %s, built-in %s: %s', (asked, own, builtin, name) => {
    const source = { definitions: definitions('own', own) }
    const model = new CombinedModel(source, definitions('builtin', ...builtin))
    expect(model.object(77, asked)?.name).toBe(name)
  })

  it('follow their source', () => {
    const source = { definitions: definitions('own') }
    const model = new CombinedModel(source, definitions('builtin', '1.0'))
    expect(model.object(77, '1.0')?.name).toBe('builtin 1.0')
    source.definitions = definitions('own', '1.0')
    expect(model.object(77, '1.0')?.name).toBe('own 1.0')
  })
})

describe('the version of an object without ver', () => {
  it.each([
    ['1.0', 0, '1.0'],
    ['1.0', 3, '1.0'],
    ['1.0', 4, '1.0'],
    ['1.1', 0, '1.1'],
    ['1.1', 1, '1.1'],
    ['1.1', 2, '1.0'],
    ['1.1', 3, '1.1'],
    ['1.1', 4, '1.2'],
    ['1.1', 5, '1.0'],
    ['1.1', 21, '1.0'],
    ['1.2', 0, '1.2'],
    ['1.2', 1, '1.2'],
    ['1.2', 2, '1.1'],
    ['1.2', 3, '1.2'],
    ['1.2', 4, '1.3'],
    ['1.2', 5, '1.1'],
    ['1.2', 6, '1.0'],
    ['1.2', 7, '1.0'],
    ['1.2', 21, '2.0'],
    ['1.2', 3303, '1.0'],
  ] as const)('in LwM2M %s, object %i: %s', (enabler, object, version) => {
    expect(defaultVersion(object, enabler)).toBe(version)
  })
})
