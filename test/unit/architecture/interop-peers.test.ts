import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../../interop/', import.meta.url))
/** `runIf` is left to parameters of a suite, such as the version of MQTT. */
const SKIP = /\.(?:skip(?:If)?|todo)\b|\.runIf\((?!version )/g
/** Skips by what a peer says, and ends its title with the peer's remark. */
const NAMED = /^\.skipIf\((\w+)\.areMissing\)(?:\.each\([^`]*\))?\(\s*`[^`]*\$\{\1\.remark\}`/

/** The skips of a suite whose title does not name what is missing. */
function unnamed(text: string): string[] {
  const skips = [...text.matchAll(SKIP)].map(({ index }) => text.slice(index))
  return skips.filter((skip) => !NAMED.test(skip)).map((skip) => skip.slice(0, 80))
}

describe('a suite that needs a peer', () => {
  it.each(globSync('*.test.ts', { cwd: folder }))('%s skips by the name of what is missing', (name) => {
    expect(unnamed(readFileSync(`${folder}${name}`, 'utf8'))).toEqual([])
  })

  const title = (peer: string): string => `\`a title\${${peer}.remark}\``

  it.each([
    ["describe.skipIf(peers.areMissing)('a title', () => {})", false],
    [`describe.skipIf(!hasPeers)(${title('peers')}, () => {})`, false],
    [`it.runIf(hasPeers)(${title('peers')}, () => {})`, false],
    ["it.skip('a title', () => {})", false],
    [`it.skipIf(one.areMissing)(${title('other')}, () => {})`, false],
    [`it.skipIf(one.areMissing)(${title('one')}, () => {})`, true],
    [`it.skipIf(one.areMissing).each([1])(${title('one')}, () => {})`, true],
  ])('%s: %s', (text, isNamed) => {
    expect(unnamed(text).length === 0).toBe(isNamed)
  })
})
