/** One import of another module, as it stands in a source file. */
export interface ImportStatement {
  readonly specifier: string
  /** `import type` or `export type`: gone after compilation. */
  readonly isType: boolean
}

// The formatter and its lint rules see to it that a statement starts its line and quotes with apostrophes.
const CLAUSE = String.raw`(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?`
const STATEMENT = new RegExp(String.raw`^(?:import|export)\s+(type\s+)?${CLAUSE}\s*from\s+'([^']+)'`, 'gm')
const BARE = /^import\s+'([^']+)'/gm
/** `await import('x')`, and `import('x').T` in a type. */
const CALL = /\bimport\(([^)]*)\)/g
const LITERAL = /^\s*'([^']+)'\s*,?\s*$/
const COMMENT = /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm

function called(argument: string): ImportStatement {
  const specifier = LITERAL.exec(argument)?.[1]
  if (specifier === undefined)
    throw new Error(`import(${argument}) cannot be followed: only literals are allowed`)
  return { specifier, isType: false }
}

/**
 * The imports of a source file: static, for side effects, by `export from`, and dynamic.
 * @throws Error for a dynamic import of something that is no literal
 */
export function importsOf(text: string): ImportStatement[] {
  const code = text.replaceAll(COMMENT, '')
  const statements = [...code.matchAll(STATEMENT)]
  const bare = [...code.matchAll(BARE)]
  const calls = [...code.matchAll(CALL)]
  return [
    ...statements.map(([, type, specifier = '']) => ({ specifier, isType: type !== undefined })),
    ...bare.map(([, specifier = '']) => ({ specifier, isType: false })),
    ...calls.map(([, argument = '']) => called(argument)),
  ]
}

/** Lines that look like the end of an import with `from`: to check that none was overlooked. */
export function countFroms(text: string): number {
  return text.match(/^(?:import|export|\})[^'"]*\bfrom\s+['"]/gm)?.length ?? 0
}
