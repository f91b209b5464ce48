import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { MappingErrors } from '../../../src/gateway/mapping-errors.ts'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import { problemText } from '../../../src/lib/problem.ts'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import { exampleSurroundings } from '../../../src/mapping/examples.ts'
import type { PlacedProblem } from '../../../src/mapping/problem.ts'
import { operatorDocs } from '../../../src/mapping/template/operator-docs.ts'
import { SeededRandom } from '../../support/random.ts'
import { brokenMappings } from './broken-mappings.ts'
import { mutants } from './mapping-mutations.ts'

const folder = mkdtempSync(join(tmpdir(), 'broken-mappings-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What is wrong with a file. @param beside presets that are loaded before it */
function problemsOf(text: string, ...beside: readonly string[]): readonly PlacedProblem[] {
  writeFileSync(join(folder, 'broken.yaml'), text)
  try {
    loadMappings([...beside, 'broken.yaml'], {
      ...exampleSurroundings,
      folder,
      filterOf: (match) => new DeviceMatcher(match),
      isResponseTopic: () => false,
      skipsExamples: true,
    })
    return []
  } catch (error) {
    if (error instanceof MappingErrors) return error.problems
    throw error
  }
}

/** The same as people read it, without the file's name. */
function told(text: string, ...beside: readonly string[]): string[] {
  return problemsOf(text, ...beside).map((problem) => problemText(problem).replace(/^.*broken\.yaml:/, ''))
}

/** The file of the guide, and one that holds the examples of the reference. */
const guide = readFileSync('docs/guides/mapping.md', 'utf8')
const house = /^`house.yaml`:\n\n```yaml\n(.*?)^```$/ms.exec(guide)?.[1] ?? ''
const operators = stringify({
  name: 'operators',
  commands: operatorDocs.map(({ example: { document } }, index) => ({
    topic: `do/{device}/${index}`,
    operation: 'observe',
    path: '/3/0/9',
    remember: document,
  })),
})
/** Under another name: its own is the preset's. */
const preset = (name: string): string =>
  readFileSync(`mappings/${name}.yaml`, 'utf8').replace(/^name: .*$/m, 'name: copy')
const good = {
  ...{ house, operators },
  ...{ plain: preset('plain'), emqx: preset('emqx'), homeassistant: preset('homeassistant') },
}

test.each(Object.entries(good))('%s is without a fault', (_, text) => {
  expect(text).not.toBe('')
  expect(told(text)).toEqual([])
})

test.each(brokenMappings)('a file with %s', (_, text, line, message) => {
  const found = told(text)
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(new RegExp(`^${line}:`))
  expect(found[0]).toContain(message)
})

test('a file that claims a command topic of another one', () => {
  const text =
    'name: broken\ncommands:\n  - topic: "${base}/device/{device}/do/request"\n    operation: read\n    path: /3/0/9'
  expect(told(text, 'plain')).toEqual([expect.stringMatching(/^3:5: .*takes commands from this topic, too/)])
})

test('all faults of a file are told at once: of the schema, of expressions, of rules', () => {
  const text = [
    'nam: house', // 1
    'version: 1', // 2
    'device: "${nobody}"', // 3
    'match: { endpoint: 5 }', // 4
    'publish:', // 5
    '  - { on: value, topic: "x/${device}", payload: "${valeu}", filter: { deadBnad: 1 } }', // 6
    '  - { onn: value, topic: "x/${device}", payload: "${value}" }', // 7: nothing is made up of what follows
    '  - { on: value, topik: x, payload: "${valeu}" }', // 8
    '  - { on: value, topic: "x/+" }', // 9
    'commands:', // 10
    '  - { topic: "{device}/set", payload: { enmu: [] }, retain: true }', // 11
  ].join('\n')
  expect(told(text).map((one) => one.replace(/^(\d+):\d+: (.*?):.*$/, '$1 $2'))).toEqual([
    '1 needs the key name',
    '1 nam',
    '3 device',
    '4 match.endpoint',
    '6 publish[0].payload',
    '6 publish[0].filter.deadBnad',
    '7 publish[1].onn',
    '8 publish[2].topik',
    '9 publish[3].topic',
    '11 commands[0].payload.enmu',
    '11 commands[0].retain',
  ])
})

test.each(
  [...mutants(good, new SeededRandom(5), 200)].map(({ what, text, line }) => [what, text, line] as const),
)('broken by a machine: %s', (_, text, line) => {
  const found = told(text)
  expect(found.map((problem) => Number.parseInt(problem, 10))).toContain(line)
})
