import { describe, expect, it } from 'vitest'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import { compileLayers } from '../../../src/mapping/layering.ts'
import { Layers } from '../../../src/mapping/layers.ts'
import { layersOf } from './layers-rig.ts'
import { device, rigOptions, values } from './plain-rig.ts'

const root: MappingDocument = {
  name: 'root',
  tables: { words: { a: 'root', b: 'root', c: 'root', d: { of: 'root', more: 1 } }, own: { x: 'root' } },
  publish: [
    { on: 'value', topic: '${tables.words.a}/${tables.words.b}/${tables.words.c}', payload: '${tables}' },
  ],
}
const middle: MappingDocument = {
  name: 'middle',
  extends: 'root',
  tables: { words: { a: 'middle', b: 'middle' } },
}
const leaf: MappingDocument = {
  name: 'leaf',
  extends: 'middle',
  tables: { words: { a: 'leaf', d: { of: 'leaf' } }, other: { y: 'leaf' } },
}

function told(layers: Layers) {
  const { publications, failures } = layers.up(
    values([{ path: '/3/0/9', type: 'integer', value: 1 }]),
    device,
    {},
  )
  expect(failures).toEqual([])
  return publications.map(({ topic, payload }) => ({ topic, tables: JSON.parse(String(payload)) as unknown }))
}

describe('tables of files that extend each other', () => {
  it('go over those of the extended file, key by key: the nearest file wins, and a value is taken whole', () => {
    expect(told(layersOf(leaf, middle, root))).toEqual([
      {
        topic: 'leaf/middle/root',
        tables: {
          words: { a: 'leaf', b: 'middle', c: 'root', d: { of: 'leaf' } },
          own: { x: 'root' },
          other: { y: 'leaf' },
        },
      },
    ])
  })

  it('leave the file alone that is extended by nobody', () => {
    expect(told(layersOf(root)).map(({ topic }) => topic)).toEqual(['root/root/root'])
  })

  it('of several files that extend one: the first one wins', () => {
    const second: MappingDocument = { name: 'second', tables: { words: { a: 'second', c: 'second' } } }
    const { sheets, problems } = compileLayers(
      [
        [{ document: middle }, { document: root }],
        [{ document: second }, { document: root }],
      ],
      rigOptions,
    )
    expect(problems).toEqual([])
    const [fallback = undefined] = sheets
    if (fallback === undefined) throw new Error('nothing was compiled')
    const layers = new Layers({ sheets, fallback, isResponseTopic: () => true })
    expect(told(layers).map(({ topic }) => topic)).toEqual(['middle/middle/second'])
  })

  it('are seen by the topics of its commands, and by the check of names', () => {
    const commands = [{ topic: '${tables.words.a}/{device}', operation: 'read', path: '/3/0' }]
    expect(layersOf(leaf, { ...root, commands }).filtersOf()).toEqual(['leaf/+'])
    const { problems } = compileLayers(
      [
        [
          { document: { name: 'top', tables: { extra: {} } } },
          { document: { ...root, device: '${tables.extra.x}' } },
        ],
      ],
      rigOptions,
    )
    expect(problems).toEqual([])
  })
})
