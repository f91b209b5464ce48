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
