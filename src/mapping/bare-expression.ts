import { readDocument, type SyntaxFault } from '../lib/document.ts'

const WANTS_QUOTES =
  'an expression wants quotes here, "${...}": without them YAML reads its braces and colons'
const QUOTED = /(?<=^|[\s[{,])(?:"(?:\\.|[^"\\])*"|'[^']*')/g

/** Nobody mends more of them at once. */
const MAX_LINES = 1_000

/**
 * Expressions without quotes that YAML cannot read: a fault for each such line.
 * @param faults of the whole text
 */
export function bareExpressions(lines: readonly string[], faults: readonly SyntaxFault[]): SyntaxFault[] {
  const byLine = Map.groupBy(faults, ({ place }) => place.line ?? 1)
  return [...byLine].slice(0, MAX_LINES).flatMap(([number, [fault]]) => {
    const line = lines[number - 1] ?? ''
    const column = columnOf(line)
    if (fault === undefined || column === undefined || !(isBroken(line) || isAtBrace(line, fault))) return []
    return [{ ...fault, message: WANTS_QUOTES, kind: 'grammar', place: { ...fault.place, column } }]
  })
}

/** Column, from 1, of the first text of a line that has an expression in it and no quotes around it. */
function columnOf(line: string): number | undefined {
  const open = line.replaceAll(QUOTED, (text) => ' '.repeat(text.length))
  const end = open.indexOf('${')
  if (end < 0) return undefined
  let start = end
  while (start > 0 && !/[\s[{,]/.test(open[start - 1] ?? '')) start--
  return /["']/.test(open[start] ?? '') ? undefined : start + 1
}

/** The line is no YAML even by itself: it is not what stands around it that is wrong. */
function isBroken(line: string): boolean {
  const { faults } = readDocument(line.trim().replace(/^(- +)+/, ''), '', { nulls: 'kept' })
  return faults.length > 0
}

/** Between the brackets of more than one line. */
function isAtBrace(line: string, { place }: SyntaxFault): boolean {
  const at = (place.column ?? 0) - 1
  return line.slice(at - 1, at + 1) === '${'
}
