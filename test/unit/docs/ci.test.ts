import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { WARM_UP } from '../../fuzz/fuzz.ts'

describe('the fuzzing of CI', () => {
  const fuzzing = readFileSync('.ci/run', 'utf8').match(/^.*npm run fuzz.*$/gm)

  it('has a fixed seed, so that its verdict on a change does not change', () => {
    expect(fuzzing).toEqual([expect.stringMatching(/ --seed \d+$/)])
  })

  it('is long enough that the heap is measured, twice and with as many inputs in between', () => {
    const [, count] = / --count (\d+) /.exec(fuzzing?.[0] ?? '') ?? []
    expect(Number(count)).toBeGreaterThanOrEqual(2 * WARM_UP)
  })
})

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const entries = Object.entries<{ resolved?: string; integrity?: string; link?: boolean }>(packages)

  it('holds no download address: where packages come from is up to who installs them', () => {
    const addresses = entries.map(([, { resolved }]) => resolved).filter((resolved) => resolved !== undefined)
    expect(addresses).toEqual(['stubs/node-aead-crypto'])
  })

  it('holds the checksum of every package', () => {
    const others = entries.filter(([name, { integrity }]) => name !== '' && integrity === undefined)
    expect(others.map(([name]) => name)).toEqual(['node_modules/node-aead-crypto', 'stubs/node-aead-crypto'])
  })
})
