import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/**
 * docs/architecture.md follows a message file by file: every file that it names must exist, and every function that
 * it names behind a file must be defined there.
 */
const text = readFileSync('docs/architecture.md', 'utf8')
const STEP = /`(src\/[\w./-]+\.ts)`(?: `(#?\w+)`)?/g
const steps = [...text.matchAll(STEP)].map(([, file = '', name]) => ({ file, name }))

describe('docs/architecture.md', () => {
  it('names files and functions', () => {
    expect(steps.length).toBeGreaterThan(40)
    expect(steps.filter(({ name }) => name !== undefined).length).toBeGreaterThan(35)
  })

  it.each(steps)('$file defines $name', ({ file, name }) => {
    const source = readFileSync(file, 'utf8')
    if (name === undefined) return
    const definition = new RegExp(`(^|\\s)(function |static |readonly )?${name}(\\(| = |<)`, 'm')
    expect(source).toMatch(definition)
  })
})
