import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import { rigOptions } from '../mapping/plain-rig.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function load(...texts: string[]): unknown {
  const files = texts.map((text, index) => {
    const file = join(folder, `${index}.yaml`)
    writeFileSync(file, text)
    return file
  })
  return loadMappings(files, { ...rigOptions, folder, isResponseTopic: () => false })
}

it.each(['/99999', '/3303/*/5700/1/2'])(
  'observe: %s is refused with its place, before it takes over',
  (path) => {
    expect(() => load(`name: h\nobserve: ["${path}"]\n`)).toThrow(/0\.yaml:2/)
  },
)

it('two files of one name are refused, with both places', () => {
  expect(() => load('name: h\n', '\nname: h\n')).toThrow(/1\.yaml:2[\s\S]*0\.yaml:1/)
})

it.each(['plain', 'homeassistant'])('the name of the preset %s is refused, with how to extend it', (name) => {
  const file = `version: 1\nname: ${name}\npublish: [{ name: value, on: value, topic: t, payload: "\${value}" }]\n`
  expect(() => load(file)).toThrow(/0\.yaml:2:1: name: .*is the name of a preset/)
  expect(() => load(file)).toThrow(`extends: ${name}`)
  const faulty = `${file}observe: [/99999]\nexamples: [{ event: { type: nothing }, gives: [] }]\n`
  expect(() => load(faulty)).toThrow(/is the name of a preset[\s\S]*0\.yaml:4/)
  expect(() => load(`name: mine\nextends: ${name}\n`)).not.toThrow()
})

it.each([
  ['a division by zero', '${1/0}', "in 'home/${1/0}/{device}': 1/0: division by zero"],
  ['a variable that there is not', '${nothing}', 'Unknown variable: nothing'],
  ['a key that no table has', '${tables.t.y}', "what 'home/${tables.t.y}/{device}' asks for is not there"],
  ['an object', '${gateway}', 'a list or an object cannot be part of a text'],
])('a topic with %s is refused with its place, that of a message as well', (_, part, message) => {
  const topic = `"home/${part}/{device}"`
  const rest = 'tables: { t: { x: 1 } }\n'
  const command = `name: h\ncommands:\n  - topic: ${topic}\n    operation: read\n    path: /3/0\n${rest}`
  const trigger = `name: h\npublish:\n  - topic: t\n    on: [value, message: ${topic}]\n${rest}`
  expect(() => load(command)).toThrow(`0.yaml:3:5: commands[0].topic: `)
  expect(() => load(command)).toThrow(message)
  expect(() => load(trigger)).toThrow(`0.yaml:4:17: publish[0].on[1].message: `)
  expect(() => load(trigger)).toThrow(message)
})

it('a topic that is nothing but an object is refused, too', () => {
  const command = 'name: h\ncommands: [{ topic: "${gateway}", device: x, operation: read, path: /3/0 }]\n'
  expect(() => load(command)).toThrow(/0\.yaml:2:14: commands\[0\]\.topic: .*cannot be part of a text/)
})
