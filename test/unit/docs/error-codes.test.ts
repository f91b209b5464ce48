import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorCatalogue } from '../../../src/lib/error-codes.ts'
import { sourceFiles } from '../../support/sources.ts'

// That a code in use is in the catalogue is a matter of types: CodedError takes no other. This is the other way round.
const users = sourceFiles().filter(({ path }) => path !== 'lib/error-codes.ts')
const page = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')

describe.each(Object.entries(errorCatalogue))('%s', (code, { cause, fix }) => {
  test('is given somewhere in the source', () => {
    expect(users.some(({ text }) => text.includes(`'${code}'`))).toBe(true)
  })

  test('is a name in snake case, with a cause and a fix in whole sentences', () => {
    expect(code).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
    for (const text of [cause, fix]) expect(text).toMatch(/^\S.{10,}[.]$/)
  })

  test('stands in docs/reference/errors.md, once', () => {
    expect(page.split(`\n## \`${code}\`\n`)).toHaveLength(2)
  })
})
