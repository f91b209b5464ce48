import type { Command } from '../../src/cli/command.ts'
import { exitCodeMeanings, exitCodes } from '../../src/cli/exit-codes.ts'
import { overview } from '../../src/cli/help.ts'
import { configurationFiles } from '../../src/config/lookup.ts'

const block = (text: string): string => `\`\`\`text\n${text}\n\`\`\``

function exitCodeRows(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[]
  return names.map((name) => `| ${exitCodes[name]} | ${name} | ${exitCodeMeanings[name]} |`).join('\n')
}

/** docs/reference/command-line.md: the helps of all commands, and what holds for each. */
export function commandLinePage(commands: readonly Command[]): string {
  const sections = commands.map(({ name, usage }) => `## ${name}\n\n${block(usage)}\n`)
  const files = configurationFiles.map((file, index) => `${index + 1}. \`${file}\``)
  return `# Command line

<!-- Generated from src/cli by \`npm run generate\`: do not edit. -->

${block(overview(commands))}

## Configuration file

Commands that need a configuration take the file that \`--config\` names, else the first that exists of these, else
the defaults:

${files.join('\n')}

## Exit codes

| code | name | meaning |
|---|---|---|
${exitCodeRows()}

A second SIGINT or SIGTERM, or five seconds after the first, ends the process at once: 130 or 143. An error is written
to standard error with its code, which [errors.md](errors.md) explains, and what to do about it.

${sections.join('\n')}`
}
