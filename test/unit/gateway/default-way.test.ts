import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import { DeviceMatcher } from '../../../src/lwm2m/device-match.ts'
import { device, values } from '../mapping/plain-rig.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Topics of a value, by a file that extends `plain` with this rule. */
function topicsOf(rule: string): readonly string[] {
  const file = join(folder, 'house.yaml')
  writeFileSync(file, `name: house\nextends: plain\npublish:\n  - ${rule}\n`)
  const { layers } = loadMappings([file], {
    base: 'lwm2m',
    folder,
    gateway: { id: 'gw', topic: 'gw', version: '1.0.0', url: '' },
    filterOf: (match) => new DeviceMatcher(match),
    isResponseTopic: () => false,
  })
  const fact = values([{ path: '/3303/0/5700', type: 'float', value: 21.5 }])
  expect(layers.gateway('offline')).toHaveLength(1)
  return layers.up(fact, device, {}).publications.map(({ topic }) => topic)
}

const DEFAULT = 'lwm2m/device/room-1/value/3303/0/5700'

describe('a value on which a rule fails goes the default way, once', () => {
  it('where the file puts its own rule in the place of that one', () => {
    const fails = '{ name: value, on: value, topic: t, payload: "${registration.attributes.nothing}" }'
    expect(topicsOf(fails)).toEqual([DEFAULT])
  })

  it('where the default rule has carried it anyway', () => {
    expect(topicsOf('{ on: value, topic: t, payload: "${registration.attributes.nothing}" }')).toEqual([
      DEFAULT,
    ])
  })

  it('and does not where the rule in its place does well', () => {
    expect(topicsOf('{ name: value, on: value, topic: t, payload: "${value}" }')).toEqual(['t'])
  })
})
