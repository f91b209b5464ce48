import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sourceFiles } from '../../support/sources.ts'
import { countFroms, type ImportStatement, importsOf } from './import-statement.ts'
import { type FolderRule, pureBuiltins, rules, typesOnly } from './rule.ts'

const files = sourceFiles()
const paths = new Set(files.map(({ path }) => path))

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : 'main')
const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Counted by another way than the list of sources was made. */
function filesOnDisk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map(({ name }) => name)
}

function targetOf(path: string, specifier: string): string {
  return join(dirname(path), specifier)
}

const allows = (allowed: readonly string[], wanted: string): boolean =>
  allowed.includes('*') || allowed.includes(wanted)

/** Why a file may not have an import; undefined where it may. */
function objection(path: string, { specifier, isType }: ImportStatement): string | undefined {
  const folder = folderOf(path)
  const rule: FolderRule | undefined = rules[folder]
  if (rule === undefined) return `${folder}/ has no rule`
  if (specifier.startsWith('node:')) {
    return allows([...pureBuiltins, ...rule.builtins], specifier)
      ? undefined
      : `${folder} may not use ${specifier}`
  }
  if (!specifier.startsWith('.')) {
    return allows(rule.packages, packageOf(specifier))
      ? undefined
      : `${folder} may not use the package ${specifier}`
  }
  const target = targetOf(path, specifier)
  const to = folderOf(target)
  if (!paths.has(target)) return `${target} is no file of src/`
  if (to !== folder && !rule.folders.includes(to)) return `${folder} may not import ${to}`
  if (!isType && typesOnly[folder]?.includes(to)) return `${folder} may only import types from ${to}`
  return undefined
}

/** The files of a cycle that is reached from `path`, undefined where there is none. */
function findCycle(path: string, targets: (path: string) => string[]): string[] | undefined {
  const finished = new Set<string>()
  const visit = (one: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(one)) return [...trail.slice(trail.indexOf(one)), one]
    if (finished.has(one)) return undefined
    for (const next of targets(one)) {
      const cycle = visit(next, [...trail, one])
      if (cycle !== undefined) return cycle
    }
    finished.add(one)
    return undefined
  }
  return visit(path, [])
}

describe('the reader of imports', () => {
  const text = `
import a, { b } from './a.ts'
import type { C } from './c.ts'
import { d, type D } from './d.ts'
import * as e from './e.ts'
import './f.ts'
export { g } from './g.ts'
export type { H } from './h.ts'
export * from './i.ts'
export * as j from './j.ts'
import {
  k,
  l,
} from './k.ts'
export function from(): void {}
const m = await import('./m.ts')
type N = import('./n.ts').N
/** import { o } from './o.ts' */
// import './p.ts'
`
  test('sees every form, and no comment', () => {
    const found = importsOf(text)
    expect(found.map(({ specifier }) => specifier).toSorted()).toEqual(
      [...'acdefghijkmn'].map((letter) => `./${letter}.ts`),
    )
    expect(found.filter(({ isType }) => isType).map(({ specifier }) => specifier)).toEqual([
      './c.ts',
      './h.ts',
    ])
  })

  test('refuses what it cannot follow', () => {
    expect(() => importsOf('const x = await import(name)')).toThrow(/cannot be followed/)
  })

  test('finds a cycle', () => {
    const graph: Record<string, string[]> = { a: ['b', 'c'], b: ['c'], c: ['d'], d: ['b'] }
    expect(findCycle('a', (path) => graph[path] ?? [])).toEqual(['b', 'c', 'd', 'b'])
    expect(findCycle('a', (path) => (path === 'd' ? [] : (graph[path] ?? [])))).toBeUndefined()
  })
})

describe('the import rule', () => {
  const src = fileURLToPath(new URL('../../../src/', import.meta.url))

  test('sees every file', () => {
    expect(files.length).toBe(filesOnDisk(src).length)
    expect(files.length).toBeGreaterThan(50)
  })

  const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  test.each(folders.map(({ name }) => name))('sees the files of %s, and has a rule for it', (folder) => {
    const seen = files.filter(({ path }) => folderOf(path) === folder)
    expect(seen.length).toBe(filesOnDisk(join(src, folder)).length)
    expect(seen.length).toBeGreaterThan(0)
    expect(rules).toHaveProperty(folder)
  })

  test('overlooks no import', () => {
    for (const { path, text } of files) {
      const statements = importsOf(text).filter(({ specifier }) => text.includes(`from '${specifier}'`))
      expect(statements.length, path).toBe(countFroms(text))
    }
  })

  test('is itself free of cycles, but for a folder with itself', () => {
    for (const folder of Object.keys(rules)) {
      expect(findCycle(folder, (one) => [...(rules[one]?.folders ?? [])])).toBeUndefined()
    }
  })

  test.each([
    ['mqtt/x.ts', '../coap/peer.ts', false, 'mqtt may not import coap'],
    ['coap/x.ts', '../lwm2m/path.ts', true, 'coap may not import lwm2m'],
    ['mapping/x.ts', '../lwm2m/path.ts', false, 'mapping may only import types from lwm2m'],
    ['mapping/x.ts', '../lwm2m/path.ts', true, undefined],
    ['lwm2m/x.ts', '../config/load.ts', true, 'lwm2m may not import config'],
    ['coap/x.ts', 'node:dgram', false, 'coap may not use node:dgram'],
    ['coap/x.ts', 'coap', false, 'coap may not use the package coap'],
    ['cli/x.ts', 'mqtt', false, undefined],
    ['cli/x.ts', './nowhere.ts', false, 'cli/nowhere.ts is no file of src/'],
    ['other/x.ts', '../lib/json.ts', false, 'other/ has no rule'],
  ])('of %s on %s (type: %s): %s', (path, specifier, isType, why) => {
    expect(objection(path, { specifier, isType })).toBe(why)
  })

  test('holds', () => {
    const objections = files.flatMap(({ path, text }) =>
      importsOf(text).flatMap((statement) => {
        const why = objection(path, statement)
        return why === undefined ? [] : [`${path}: ${statement.specifier}: ${why}`]
      }),
    )
    expect(objections).toEqual([])
  })

  test('and there are no cycles', () => {
    const texts = new Map(files.map(({ path, text }) => [path, text]))
    const targets = (path: string): string[] =>
      importsOf(texts.get(path) ?? '')
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => targetOf(path, specifier))
    for (const { path } of files) expect(findCycle(path, targets)).toBeUndefined()
  })
})
