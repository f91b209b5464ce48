import { configurationFiles } from '../config/lookup.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'

const INDENT = '  '

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 3
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}${right}`).join('\n')
}

/** What \`lwm2mqtt --help\` prints. */
export function overview(commands: readonly Command[]): string {
  const codes = Object.entries(exitCodes).map(([name, code]) => `${code} ${name}`)
  return `lwm2mqtt bridges LwM2M devices to an MQTT broker.

Usage: lwm2mqtt COMMAND [ARGUMENTS]

Commands:
${table(commands.map(({ name, summary }) => [name, summary]))}

Options:
${table([
  ['-h, --help', 'this text; after a command, or as `help COMMAND`, that command'],
  ['-v, --version', 'the version'],
])}

Configuration file, where --config names none: the first that exists of ${configurationFiles.join(', ')}.
Exit codes: ${codes.join(', ')}.`
}
