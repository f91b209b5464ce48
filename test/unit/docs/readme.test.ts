import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseListener } from '../../../src/config/listener.ts'
import { codecFor, encodePayload } from '../../../src/lwm2m/format/formats.ts'
import { readQuery, versionOf } from '../../../src/lwm2m/register-parameters.ts'
import type { Sample } from '../../../src/lwm2m/value.ts'
import { readCommand } from '../../../src/mapping/rule/command-body.ts'
import { parseBrokerUrl } from '../../../src/mqtt/stream.ts'

/** The table of what is supported, and what is not yet, by the first cell. */
const rows = new Map(
  [...readFileSync('README.md', 'utf8').matchAll(/^\| \*\*(.+?)\*\* \|(.*?)\|(.*?)\|$/gm)].map(
    ([, name = '', today = '', notYet = '']) => [name, { today, notYet }],
  ),
)

function row(name: string): { readonly today: string; readonly notYet: string } {
  const found = rows.get(name)
  if (found === undefined) throw new Error(`README.md has no row '${name}'`)
  return found
}

const inCode = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
const inBrackets = (text: string): number[] =>
  [...text.matchAll(/\(([\d, ]+)\)/g)].flatMap(([, ids = '']) => ids.split(',').map(Number))

function isTaken(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

const CONTENT_FORMATS = Array.from({ length: 65_536 }, (_, id) => id)
/** Each format holds one of them. */
const SAMPLES: readonly Sample[] = [
  { path: '/3/0/0', type: 'string', value: 'ACME' },
  { path: '/3/0/0', type: 'opaque', value: Uint8Array.of(1) },
  { path: '/3/0/0', type: 'corelnk', value: '</3>' },
]

function isWritten(format: number): boolean {
  return SAMPLES.some((sample) => isTaken(() => encodePayload(format, [sample], sample.path)))
}

describe('what the README says is supported', () => {
  it('LwM2M versions', () => {
    const tried = ['0.9', '1.0', '1.1', '1.2', '1.3', '2.0']
    const taken = tried.filter((version) => isTaken(() => versionOf(readQuery([`lwm2m=${version}`]))))
    expect(row('LwM2M versions').today.trim().split(', ')).toEqual(taken)
  })

  it('operations', () => {
    const { today, notYet } = row('Operations')
    let listed = ''
    try {
      readCommand({ operation: 'none', path: '/3' })
    } catch (error) {
      listed = String(error)
    }
    for (const operation of inCode(today)) expect(listed).toMatch(new RegExp(`\\b${operation}[,;]`))
    expect(inCode(today)).toHaveLength(listed.split(',').length)
    for (const operation of inCode(notYet)) expect(listed).not.toContain(operation)
  })

  it('formats', () => {
    const known = CONTENT_FORMATS.filter((id) => codecFor(id) !== undefined)
    const written = inBrackets(row('Formats, both ways').today)
    const read = inBrackets(row('Formats, read').today)
    expect(written).toEqual(known.filter(isWritten))
    expect([...written, ...read].toSorted((one, other) => one - other)).toEqual(known)
    for (const id of inBrackets(row('Formats, both ways').notYet)) expect(known).not.toContain(id)
  })

  it.each([
    ['Transports', (uri: string) => parseListener(uri)],
    ['Broker', (uri: string) => parseBrokerUrl(uri)],
  ])('%s', (name, parse) => {
    const { today, notYet } = row(name)
    const [taken, refused] = [inCode(today), inCode(notYet)]
    expect(Math.min(taken.length, refused.length)).toBeGreaterThan(0)
    expect(taken.filter((scheme) => !isTaken(() => parse(`${scheme}127.0.0.1:5683`)))).toEqual([])
    expect(refused.filter((scheme) => isTaken(() => parse(`${scheme}127.0.0.1:5683`)))).toEqual([])
  })
})
