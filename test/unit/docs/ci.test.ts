import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('CI fuzzes with a fixed seed, so that its verdict on a change does not change', () => {
  const fuzzing = readFileSync('.ci/run', 'utf8').match(/^.*npm run fuzz.*$/gm)
  expect(fuzzing).toEqual([expect.stringMatching(/ --seed \d+$/)])
})
