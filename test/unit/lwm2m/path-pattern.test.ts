import { describe, expect, it } from 'vitest'
import { CodedError } from '../../../src/lib/errors.ts'
import type { RegisteredObject } from '../../../src/lwm2m/fact.ts'
import type { ObjectModel, ResourceFacts } from '../../../src/lwm2m/model/model.ts'
import { parsePattern, pathsMeant } from '../../../src/lwm2m/path-pattern.ts'
import { registration } from './registration.ts'

function facts(id: number, readable: boolean): ResourceFacts {
  const rest = { writable: false, executable: !readable, multiple: false, mandatory: false }
  return { id, name: `Resource ${id}`, type: 'float', readable, ...rest }
}

/** Knows of 3303 1.0 that 5700 can be read and 5605 cannot, and nothing else. */
const model: ObjectModel = {
  object: (id, version) =>
    id === 3303 && version === '1.0'
      ? {
          ...{ id, version, name: 'Temperature', multiple: true, mandatory: false },
          resources: new Map(
            [facts(5700, true), facts(5605, false)].map((resource) => [resource.id, resource]),
          ),
        }
      : undefined,
}

function observed(pattern: string, objects?: RegisteredObject[]): string[] {
  const device = objects === undefined ? registration() : registration({ objects })
  return pathsMeant(parsePattern(pattern), device, model)
}

describe('patterns', () => {
  it.each([
    ['/5', [5]],
    ['/3303/*', [3303, undefined]],
    ['/3/0', [3, 0]],
    ['/3303/*/5700', [3303, undefined, 5700]],
    ['/*/*/5700', [undefined, undefined, 5700]],
    ['/*/0/5700', [undefined, 0, 5700]],
    ['/3/0/7/0', [3, 0, 7, 0]],
    ['/3/*/7/1', [3, undefined, 7, 1]],
    ['/65534/65534/65534/65534', [65534, 65534, 65534, 65534]],
  ])('%s', (text, pattern) => {
    expect(parsePattern(text)).toEqual(pattern)
  })

  it.each([
    '',
    '/',
    '*',
    '/*',
    '/*/*',
    '/*/0',
    '/3/0/*',
    '/3/0/7/*',
    '/3/0/7/0/0',
    '3/0',
    'x3/0',
    '*/3/0/9',
    '/3/0/',
    '//3/0',
    '/3*',
    '/**/0/1',
    '/65535',
    '/03/0',
    '/3/0/+',
    '/a/0',
    `/3/0/${'9'.repeat(1000)}`,
  ])('%.30j is none', (text) => {
    expect(() => parsePattern(text)).toThrow(CodedError)
    expect(() => parsePattern(text)).toThrow(/is no path to observe/)
  })
})

describe('paths of a device', () => {
  it.each([
    ['the object itself, where it is registered', '/5', ['/5']],
    ['the object whatever its instances', '/3303', ['/3303']],
    ['an object that it has not', '/4', []],
    ['an instance', '/3303/7', ['/3303/7']],
    ['an instance that it has not', '/3303/1', []],
    ['an instance of an object without instances', '/5/0', []],
    ['each instance', '/3303/*', ['/3303/0', '/3303/7']],
    ['a resource, known or not', '/3/0/9', ['/3/0/9']],
    ['a resource of each instance', '/3303/*/5605', ['/3303/0/5605', '/3303/7/5605']],
    ['a resource instance', '/3/0/7/0', ['/3/0/7/0']],
    ['a resource instance of each instance', '/3303/*/1/2', ['/3303/0/1/2', '/3303/7/1/2']],
    ['each object that has it to read', '/*/*/5700', ['/3303/0/5700', '/3303/7/5700']],
    ['each object, one instance', '/*/7/5700', ['/3303/7/5700']],
    ['each object, but it cannot be read there', '/*/*/5605', []],
    ['each object, but nobody knows the resource', '/*/*/1', []],
  ])('%s: %s', (_name, pattern, paths) => {
    expect(observed(pattern)).toEqual(paths)
  })

  it('the version that the device registered counts', () => {
    expect(observed('/*/*/5700', [{ id: 3303, version: '2.0', instances: [0] }])).toEqual([])
  })
})
