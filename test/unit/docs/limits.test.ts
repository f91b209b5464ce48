import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** docs/reference/limits.md names every limit of the configuration, with its default. */
const text = readFileSync('docs/reference/limits.md', 'utf8')
const schema = JSON.parse(readFileSync('config/lwm2mqtt.schema.json', 'utf8'))
const limits = Object.entries<{ default: number }>(schema.properties.limits.properties)

describe('docs/reference/limits.md', () => {
  it.each(limits)('has a row for %s', (key, { default: value }) => {
    expect(text).toContain(`| \`${key}\` | ${value} |`)
  })

  it('names no limit that the configuration does not have', () => {
    const named = [...text.matchAll(/^\| `(\w+)` \| \d/gm)].map(([, key]) => key)
    expect(named.toSorted()).toEqual(limits.map(([key]) => key).toSorted())
  })
})
