import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePattern } from '../../../src/lwm2m/path-pattern.ts'
import { problemsOf } from './given.ts'

const accepts = (entry: string | { readonly path: string }): boolean =>
  problemsOf({ text: JSON.stringify({ lwm2m: { observe: [entry] } }) }).length === 0

function parses(path: string): boolean {
  try {
    parsePattern(path)
    return true
  } catch {
    return false
  }
}

test('lwm2m.observe takes exactly the patterns that the LwM2M server takes, alone or in a group', () => {
  const level = fc.constantFrom('*', '0', '5', '3303', '65534', '65535', '07', '123456', '', 'x')
  const pattern = fc.array(level, { maxLength: 5 }).map((levels) => levels.map((one) => `/${one}`).join(''))
  fc.assert(
    fc.property(pattern, (path) => {
      expect(accepts(path), path).toBe(parses(path))
      expect(accepts({ path }), path).toBe(parses(path))
    }),
    {
      numRuns: 1000,
      examples: [['/5'], ['/3303/*'], ['/*/*/5700'], ['/3/0/7/0'], ['/*'], ['3/0'], ['/3/0/7/*']],
    },
  )
})
