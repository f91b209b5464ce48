import { expect, test } from 'vitest'
import { type InputLine, inputLines } from '../../../src/cli/input-lines.ts'

async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<(readonly [number, unknown])[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk))
  const lines: InputLine[] = []
  for await (const line of inputLines(ReadableStream.from(bytes))) lines.push(line)
  return lines.map(({ number, text }) => [number, text])
}

test.each([
  ['nothing', [], []],
  [
    'a last line without a break',
    ['a\nb'],
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'a line in pieces',
    ['a', 'b\nc', '', '\n'],
    [
      [1, 'ab'],
      [2, 'c'],
    ],
  ],
  [
    'empty lines, which count',
    ['\n\na\n\nb\n'],
    [
      [3, 'a'],
      [5, 'b'],
    ],
  ],
  [
    'breaks of Windows',
    ['a\r\nb\r\n\r\n'],
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  ['a letter in two chunks', [Uint8Array.of(0xc3), Uint8Array.of(0xbc, 0x0a)], [[1, 'ü']]],
])('reads %s', async (_, chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines)
})

test('a line that is too long is one line, which is not read; the next one is', async () => {
  const long = 'x'.repeat(700_000)
  expect(await linesOf(long, long, long, '\na\n')).toEqual([
    [1, undefined],
    [2, 'a'],
  ])
  expect(await linesOf(`${long}${long}\na`)).toEqual([
    [1, undefined],
    [2, 'a'],
  ])
  expect(await linesOf('a\n', long, long)).toEqual([
    [1, 'a'],
    [2, undefined],
  ])
})
