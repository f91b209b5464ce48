import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of the gateway's source. */
export interface SourceFile {
  /** Below src/, with slashes: `coap/peer.ts`. */
  readonly path: string
  readonly text: string
}

const src = fileURLToPath(new URL('../../src/', import.meta.url))

/** Every TypeScript file of src/, by path. */
export function sourceFiles(): SourceFile[] {
  return globSync('**/*.ts', { cwd: src })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(`${src}${path}`, 'utf8') }))
}
