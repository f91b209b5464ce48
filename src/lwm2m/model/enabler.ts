import type { EnablerVersion } from '../fact.ts'

/** Versions of the core objects that differ from 1.0, by the enabler's release. */
const CORE_OBJECTS: Readonly<Record<EnablerVersion, ReadonlyMap<number, string>>> = {
  '1.0': new Map(),
  '1.1': new Map([
    [0, '1.1'],
    [1, '1.1'],
    [3, '1.1'],
    [4, '1.2'],
  ]),
  '1.2': new Map([
    [0, '1.2'],
    [1, '1.2'],
    [2, '1.1'],
    [3, '1.2'],
    [4, '1.3'],
    [5, '1.1'],
    [21, '2.0'],
  ]),
}

/** Version of an object whose link gives no `ver`: the one of the enabler's release, 1.0 for all others. */
export function defaultVersion(object: number, enabler: EnablerVersion): string {
  return CORE_OBJECTS[enabler].get(object) ?? '1.0'
}
