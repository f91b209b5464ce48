import { expect } from 'vitest'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import { compileLayers } from '../../../src/mapping/layering.ts'
import { Layers } from '../../../src/mapping/layers.ts'
import { rigOptions } from './plain-rig.ts'

/** Mapping files in force: a chain of those that extend each other. The last one is the fallback. */
export function layersOf(...documents: readonly MappingDocument[]): Layers {
  const options = { ...rigOptions, filterOf: (match: object) => new DeviceMatcher(match) }
  const { sheets, problems } = compileLayers([documents.map((document) => ({ document }))], options)
  expect(problems).toEqual([])
  const fallback = sheets.at(-1)
  if (fallback === undefined) throw new Error('nothing was compiled')
  return new Layers({ sheets, fallback, isResponseTopic: () => true })
}
