import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generatedFiles } from '../../../scripts/generate/pages.ts'

const root = new URL('../../../', import.meta.url)
const files = generatedFiles()

describe('what is generated', () => {
  test('covers configuration, errors, command line and mappings', () => {
    expect(files.map(({ path }) => path)).toEqual([
      'src/config/generated/configuration.ts',
      'config/lwm2mqtt.yaml',
      'docs/reference/configuration.md',
      'docs/reference/errors.md',
      'docs/reference/command-line.md',
      'mappings/mapping.schema.json',
      'docs/reference/mapping.md',
    ])
  })

  test.each(files)('$path is up to date (else: npm run generate)', ({ path, text }) => {
    const file = new URL(path, root)
    expect(existsSync(file)).toBe(true)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test.each(files)(
    '$path holds no value that is missing, no trailing space, one line break at its end',
    ({ text }) => {
      expect(text).not.toMatch(/\bundefined\b|\[object Object\]|\bNaN\b| $/m)
      expect(text).toMatch(/[^\n]\n$/)
    },
  )
})
