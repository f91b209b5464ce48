import { describe, expect, test } from 'vitest'
import { integerOption, parseArguments } from '../../../src/cli/arguments.ts'

const options = { config: { type: 'string', short: 'c' }, retain: { type: 'boolean' } } as const

const usage = (message: string | RegExp) =>
  expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) })

describe('arguments', () => {
  test('are options and positionals', () => {
    const { values, positionals } = parseArguments(['-c', 'x', 'a', '--retain'], options, [
      'TOPIC',
      '[MESSAGE]',
    ])
    expect({ ...values }).toEqual({ config: 'x', retain: true })
    expect(positionals).toEqual(['a'])
  })

  test('after -- are no options', () => {
    expect(parseArguments(['--', '-5', '--retain'], options, ['A', 'B']).positionals).toEqual([
      '-5',
      '--retain',
    ])
  })

  test.each([
    [['--cofnig', 'x'], /^there is no option --cofnig \(did you mean --config\?\)$/],
    [['--nothing'], /^there is no option --nothing$/],
    [['-x'], /^there is no option --x$/],
    [['--config'], /--config/],
    [['--retain=yes'], /--retain/],
    [[], /^TOPIC is missing$/],
    [['a', 'b', 'c'], /^unexpected argument 'c'$/],
  ])('%j is refused', (args, message) => {
    expect(() => parseArguments(args, options, ['TOPIC', '[MESSAGE]'])).toThrow(usage(message))
  })
})

describe('an integer', () => {
  test('within its bounds', () => {
    expect(integerOption('--count', '1', 1, 10)).toBe(1)
    expect(integerOption('--count', '010', 1, 10)).toBe(10)
  })

  test.each(['0', '11', '', ' 1', '-1', '1.5', '1e1', 'x', '9'.repeat(400)])('%j is refused', (text) => {
    expect(() => integerOption('--count', text, 1, 10)).toThrow(
      usage('--count takes an integer from 1 to 10'),
    )
  })
})
