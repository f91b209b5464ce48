import type { ErrorEntry } from '../../src/lib/error-codes.ts'

/** docs/reference/errors.md: the catalogue of error codes, by alphabet. */
export function errorsPage(catalogue: Readonly<Record<string, ErrorEntry>>): string {
  const sections = Object.keys(catalogue)
    .toSorted()
    .map((code) => `## \`${code}\`\n\n${catalogue[code]?.cause}\n\n**Fix:** ${catalogue[code]?.fix}\n`)
  return `# Error codes

<!-- Generated from src/lib/error-codes.ts by \`npm run generate\`: do not edit. -->

Every error that lwm2mqtt gives, on MQTT, in the log and at the shell, has one of these codes. The message beside
the code names the fault in the case at hand, and its place.

${sections.join('\n')}`
}
