import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectiveYaml } from '../../../src/config/effective.ts'
import { problemText } from '../../../src/lib/problem.ts'
import type { SchemaNode } from '../../../src/lib/schema-node.ts'
import type { NewAttributes } from '../../../src/lwm2m/command.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { ObservePolicy } from '../../../src/lwm2m/observe-policy.ts'
import { attributesRequest } from '../../../src/lwm2m/operation/attributes.ts'
import { parsePath } from '../../../src/lwm2m/path.ts'
import { deviceWith } from '../lwm2m/device-with.ts'
import { FILE, load, problemsOf, schemaAt } from './given.ts'

/** The faults of one entry that stands in a line of its own: where in that line, and what. */
function faultsOf(...entries: string[]): string[] {
  const text = `lwm2m:\n  observe:\n${entries.map((entry) => `    - ${entry}\n`).join('')}`
  return problemsOf({ text }).map((problem) => problemText(problem).replace(`${FILE}:`, ''))
}

const entrySchema = schemaAt(['lwm2m', 'observe', 0])

/** Names of the keys below an entry, with their schemas. */
function keysBelow(node: SchemaNode | undefined, prefix = ''): [string, SchemaNode][] {
  return Object.entries(node?.properties ?? {}).flatMap(([key, child]) => [
    [`${prefix}${key}`, child],
    ...keysBelow(child, `${prefix}${key}.`),
  ])
}

describe('an entry of lwm2m.observe', () => {
  test('is a path, or a group with attributes and the devices that it is for', () => {
    const text = `
lwm2m:
  observe:
    - path: /3303/*/5700
      attributes: { pmin: 10, pmax: 300, gt: 25.5, lt: -5, st: 0.5, epmin: 5, epmax: 60 }
      match: { endpoint: ["room-*", cellar], version: "1.1", objects: [3303], manufacturer: "AC*", model: X1 }
    - path: /*/*/5750
    - /3/0/9
`
    const { observe } = load({ text }).lwm2m
    expect(observe).toEqual([
      {
        path: '/3303/*/5700',
        attributes: { pmin: 10, pmax: 300, gt: 25.5, lt: -5, st: 0.5, epmin: 5, epmax: 60 },
        match: {
          ...{ endpoint: ['room-*', 'cellar'], version: '1.1', objects: [3303] },
          ...{ manufacturer: 'AC*', model: 'X1' },
        },
      },
      { path: '/*/*/5750' },
      '/3/0/9',
    ])
    expect(() => new ObservePolicy(observe, builtinModel)).not.toThrow()
  })

  test('by default: battery level, error codes, and all sensor values', () => {
    expect(load({}).lwm2m.observe).toEqual(['/3/0/9', '/3/0/11', '/*/*/5700'])
  })

  test('comes from the environment as JSON, or as YAML', () => {
    const entry = { path: '/3/0/9', attributes: { pmin: 60 }, match: { endpoint: '*' } }
    for (const text of [
      JSON.stringify([entry]),
      '[{ path: /3/0/9, attributes: { pmin: 60 }, match: { endpoint: "*" } }]',
    ]) {
      expect(load({ environment: { LWM2MQTT__LWM2M__OBSERVE: text } }).lwm2m.observe).toEqual([entry])
    }
  })

  test('has its faults named by the variable that set it', () => {
    const environment = { LWM2MQTT__LWM2M__OBSERVE: '[{ path: /3/0/9, attributes: { pmni: 60 } }]' }
    expect(problemsOf({ environment }).map(problemText)).toEqual([
      'LWM2MQTT__LWM2M__OBSERVE: lwm2m.observe[0].attributes.pmni: this group has no such key (did you mean pmin?)',
    ])
  })

  test('is part of the effective configuration', () => {
    const text = 'lwm2m: { observe: [{ path: /3/0/9, attributes: { pmin: 60 }, match: { objects: [3] } }] }'
    const configuration = load({ text })
    expect(load({ text: effectiveYaml(configuration) })).toEqual(configuration)
  })

  test.each(keysBelow(entrySchema))('the examples of %s are valid', (name, { examples = [] }) => {
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const group = name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), example)
      const entry = { path: '/3303/*/5700', ...(group as object) }
      expect(faultsOf(JSON.stringify(entry))).toEqual([])
    }
  })
})

describe('faults', () => {
  test.each([
    ['17', /^3:7: lwm2m\.observe\[0\]: expected a path such as .*; or a group of keys; found the number 17$/],
    ['3303/*/5700', /^3:7: lwm2m\.observe\[0\]: expected a path such as/],
    ['/3/0/65535', /^3:7: lwm2m\.observe\[0\]: 65535 is above 65534, the highest id$/],
    ['{ path: /3/0/65535 }', /^3:9: lwm2m\.observe\[0\]\.path: 65535 is above 65534, the highest id$/],
    ['{ path: /x }', /^3:9: lwm2m\.observe\[0\]\.path: expected a path such as .*; found "\/x"$/],
    ['{ match: { objects: [3] } }', /^3:7: lwm2m\.observe\[0\]: needs the key path: a path such as/],
    ['{ path: /3, pmin: 5 }', /^3:19: lwm2m\.observe\[0\]\.pmin: this group has no such key/],
    ['{ path: /3, atributes: {} }', /atributes: this group has no such key \(did you mean attributes\?\)$/],
    [
      '{ path: /3/0/9, attributes: { pmni: 5 } }',
      /^3:37: .*attributes\.pmni: .*no such key \(did you mean pmin\?\)$/,
    ],
    [
      '{ path: /3/0/9, attributes: { pmin: 0.5 } }',
      /pmin: expected an integer from 0 to \d+; found the number 0.5/,
    ],
    ['{ path: /3/0/9, attributes: { st: -1 } }', /st: expected a number from 0 to .*; found the number -1/],
    ['{ path: /3/0/9, attributes: { con: 2 } }', /con: expected an integer from 0 to 1; found the number 2/],
    ['{ path: /3/0/9, attributes: 5 }', /attributes: expected a group of keys; found the number 5/],
    [
      '{ path: /3/0/9, attributes: { pmin: 60, pmax: 10 } }',
      /^3:37: lwm2m\.observe\[0\]\.attributes\.pmin: 60 is above pmax 10: lower it, or raise pmax$/,
    ],
    [
      '{ path: /3/0/9, attributes: { epmin: 60, epmax: 60 } }',
      /epmin: 60 is not below epmax 60: lower it, or raise epmax$/,
    ],
    [
      '{ path: /3/0/9, attributes: { gt: 20, lt: 10, st: 5 } }',
      /^3:45: .*attributes\.lt: lt \+ 2 st is 20, which is not below gt 20: lower lt or st, or raise gt$/,
    ],
    [
      '{ path: /3/0, attributes: { gt: 20 } }',
      /gt: needs the path of a resource, such as .*: \/3\/0 is none$/,
    ],
    [
      '{ path: /3/0/9, match: { endpoint: 12 } }',
      /endpoint: expected text .* \(did you mean "12", in quotes\?\)$/,
    ],
    ['{ path: /3/0/9, match: { endpoint: [a, 5] } }', /^3:\d+: .*match\.endpoint\[1\]: expected text/],
    [
      '{ path: /3/0/9, match: { endpoint: [] } }',
      /endpoint: expected text .*; or a list of 1 to 1024 entries/,
    ],
    [
      '{ path: /3/0/9, match: { version: 1.1 } }',
      /version: expected one of .* \(did you mean "1.1", in quotes\?\)$/,
    ],
    ['{ path: /3/0/9, match: { version: 1.0 } }', /version: .* \(did you mean "1.0", in quotes\?\)$/],
    ['{ path: /3/0/9, match: { version: "1.3" } }', /version: expected one of 1.0, 1.1, 1.2; found "1.3"/],
    [
      '{ path: /3/0/9, match: { version: 2 } }',
      /version: expected one of 1.0, 1.1, 1.2; found the number 2$/,
    ],
    ['{ path: /3/0/9, match: { objects: [65535] } }', /objects\[0\]: expected an integer from 0 to 65534/],
    ['{ path: /3/0/9, match: { model: "" } }', /model: expected text that is not empty/],
  ])('%s', (entry, message) => {
    expect(faultsOf(entry)).toEqual([expect.stringMatching(message)])
  })

  test('of several entries come together, each at its place', () => {
    const faults = faultsOf('/3/0/9', '{ path: /3/0/65535, attributes: { pmin: 2, pmax: 1 } }', '/65535')
    expect(faults.map((fault) => fault.split(': ').slice(0, 2).join(' '))).toEqual([
      '4:9 lwm2m.observe[1].path',
      '4:41 lwm2m.observe[1].attributes.pmin',
      '5:7 lwm2m.observe[2]',
    ])
  })

  test('inside an entry hide no fault elsewhere', () => {
    const text =
      'lwm2m: { observe: [{ path: /3/0/9, attributes: { pmin: x } }], listeners: ["coap://h:70000"] }'
    expect(problemsOf({ text }).map(({ path }) => path[1])).toEqual(['observe', 'listeners'])
  })
})

describe('an entry without effect', () => {
  test.each([
    ['/3303/*/5700', '{ path: /3303/*/5700, match: { endpoint: a } }'],
    ['/3303/*/5700', '{ path: /3303/0/5700, attributes: { pmin: 5 } }'],
    ['{ path: /*/*/5700, match: {} }', '/*/0/5700'],
  ])('%s before %s', (first, second) => {
    expect(faultsOf(first, second)).toEqual([
      expect.stringMatching(/^4:7: lwm2m\.observe\[1\]: has no effect: entry 1 .*: change their order$/),
    ])
    expect(faultsOf(second, first)).toEqual([])
  })

  test.each([
    ['/*/*/5700', '/3303/*/5700'], // the model may not know the resource
    ['/3303/*', '/3303/*/5700'],
    ['{ path: /3303/*/5700, match: { endpoint: a } }', '/3303/*/5700'],
  ])('is not meant by %s before %s', (first, second) => {
    expect(faultsOf(first, second)).toEqual([])
  })
})

test('attributes are taken exactly where the LwM2M server takes them for a numeric resource', () => {
  const device = deviceWith({ version: '1.2' })
  const place = {
    device,
    target: parsePath('/3303/0/5700'),
    path: '/3303/0/5700',
    lookup: device,
    isForced: false,
  }
  const takes = (attributes: NewAttributes): boolean => {
    try {
      attributesRequest({ attributes }, place)
      return true
    } catch {
      return false
    }
  }
  const names = ['pmin', 'pmax', 'gt', 'lt', 'st', 'epmin', 'epmax', 'con', 'hqmax', 'unknown']
  const value = fc.constantFrom(-1, 0, 0.5, 1, 2, 3, 60)
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1 }), (attributes) => {
      const entry = JSON.stringify({ path: '/3303/0/5700', attributes })
      expect(faultsOf(entry).length === 0, entry).toBe(takes(attributes))
    }),
    { numRuns: 1000 },
  )
})

describe('lwm2m.observeRate', () => {
  test.each([
    ['0', ['expected an integer from 1 to 1000000; found the number 0']],
    ['1.5', ['expected an integer from 1 to 1000000; found the number 1.5']],
    ['50', []],
  ])('%s', (value, messages) => {
    const problems = problemsOf({ text: `lwm2m: { observeRate: ${value} }` })
    expect(problems.map(({ message }) => message)).toEqual(messages)
  })
})
