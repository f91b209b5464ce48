import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoadedMappings, loadMappings } from '../../src/gateway/mapping-files.ts'
import { MappingWatch } from '../../src/gateway/mapping-watch.ts'
import { RetainedLedger } from '../../src/gateway/retained-ledger.ts'
import type { CodedError } from '../../src/lib/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { DeviceMatcher } from '../../src/lwm2m/device-match.ts'
import { LastValues } from '../../src/lwm2m/last-values.ts'
import type { Publication } from '../../src/mapping/publication.ts'
import { SimulatedClock } from '../support/clock.ts'
import { PublishingMapper } from '../unit/gateway/mapper-rig.ts'
import { device, lifecycle, values } from '../unit/mapping/plain-rig.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A mapping that says its version in two rules: half a file would tell two versions of one value. */
function fileOf(version: number, more = ''): string {
  return `name: house
publish:
  - { on: value, topic: "one/${version}", payload: "\${value}" }
  - { on: value, topic: "two/${version}/\${device}", payload: "\${value}", retain: true }
${more}`
}

function rig() {
  const clock = new SimulatedClock()
  const file = join(folder, 'house.yaml')
  const write = (text: string): void => writeFileSync(file, text)
  write(fileOf(0))
  const load = (): LoadedMappings =>
    loadMappings([file], {
      base: 'lwm2m',
      folder,
      gateway: { id: 'gw', topic: 'gw', version: '1.0.0', url: '' },
      filterOf: (match) => new DeviceMatcher(match),
      isResponseTopic: () => false,
    })
  const known = { ...device, values: new LastValues() }
  const published: Publication[] = []
  const refused: CodedError[] = []
  const changes: (readonly string[])[] = []
  const environment = { clock, logger: silentLogger }
  const loaded = load()
  const mapper = new PublishingMapper({
    ...environment,
    ledger: new RetainedLedger(),
    mapping: loaded.layers,
    snapshot: () => known,
    publish: (publication) => void published.push(publication),
  })
  const watch = new MappingWatch(loaded, {
    ...environment,
    load,
    replace: ({ layers }, changed) => {
      published.push(...mapper.replaced(layers, [known]))
      changes.push(changed)
    },
    refused: (error) => void refused.push(error),
  })
  mapper.up(lifecycle('registered'))
  /** File systems may give no sign of a change: then it is seen at the next look. */
  const look = (): void => clock.advance(60_000)
  return { clock, write, mapper, watch, published, refused, look, known, file, changes }
}

const value = (count: number) =>
  values([{ path: '/3303/0/5700', type: 'float', value: count }], { id: `f-${count}` })

describe('a changed mapping file', () => {
  it('takes over at once, a hundred times under load: every value is mapped, each by one version', () => {
    const { mapper, watch, write, look, refused } = rig()
    let count = 0
    for (let version = 1; version <= 100; version++) {
      write(fileOf(version))
      for (let before = 0; before < 5; before++) {
        const topics = mapper.up(value(count++)).map(({ topic }) => topic)
        expect(topics).toEqual([`one/${version - 1}`, `two/${version - 1}/room-1`])
      }
      look()
      for (let after = 0; after < 5; after++) {
        const topics = mapper.up(value(count++)).map(({ topic }) => topic)
        expect(topics).toEqual([`one/${version}`, `two/${version}/room-1`])
      }
    }
    expect(count).toBe(1000)
    expect(refused).toEqual([])
    watch.close()
  })

  it('takes retained topics away that it has moved', () => {
    const { mapper, watch, write, look, published, known } = rig()
    known.values.learn(value(1))
    mapper.up(value(1))
    write(fileOf(1))
    look()
    expect(published.map(({ topic }) => topic)).toEqual(['two/1/room-1', 'two/0/room-1'])
    expect(published.at(-1)).toEqual({ topic: 'two/0/room-1', payload: '', qos: 1, retain: true })
    watch.close()
  })

  it('leaves what it still publishes, also what a filter would leave out, and tells nothing twice', () => {
    const { mapper, watch, write, look, published } = rig()
    const filtered = (topic: string) => `name: house
publish:
  - { on: value, topic: "kept", payload: "\${value}", retain: true, filter: { onChange: true } }
  - { on: registered, topic: "seen/\${device}", payload: hello, retain: true }
  - { on: notify, topic: "${topic}", payload: "\${samples}" }
`
    write(filtered('told'))
    look()
    mapper.up(lifecycle('updated'))
    expect(mapper.up(value(1)).map(({ topic }) => topic)).toEqual(['kept', 'told'])
    published.length = 0
    write(filtered('told/otherwise'))
    look()
    expect(published.filter(({ payload }) => payload === '')).toEqual([])
    expect(published.map(({ topic }) => topic)).not.toContain('told/otherwise')
    watch.close()
  })

  it.each([
    ['with a fault', fileOf(1).replace('topic:', 'topik:'), 'topik'],
    ['cut in the middle', fileOf(1).slice(0, 40), 'house.yaml'],
    [
      'whose example comes out otherwise',
      fileOf(
        1,
        'examples: [{ event: { type: notify, path: /3303/0/5700, value: 1 }, gives: [{ topic: nowhere }] }]',
      ),
      'gives[0].topic: expected "nowhere", found "one/1"',
    ],
  ])('%s is refused with the reason, and the old one goes on', (_, text, reason) => {
    const { mapper, watch, write, look, refused } = rig()
    write(text)
    look()
    expect(refused).toHaveLength(1)
    expect(refused[0]?.message).toContain(reason)
    expect(mapper.up(value(1))[0]?.topic).toBe('one/0')
    look()
    expect(refused).toHaveLength(1) // told once
    write(fileOf(2))
    look()
    expect(mapper.up(value(2))[0]?.topic).toBe('one/2')
    watch.close()
  })

  it('is named when it takes over, also where it was refused before', () => {
    const { watch, write, look, file, changes } = rig()
    write(fileOf(1).replace('topic:', 'topik:'))
    look()
    expect(changes).toEqual([])
    write(fileOf(1))
    look()
    look()
    expect(changes).toEqual([[file]])
    watch.close()
  })

  it('leaves no timer behind when the watch ends', () => {
    const { clock, watch, mapper } = rig()
    watch.close()
    mapper.stop()
    expect(clock.pending()).toEqual([])
  })
})

describe('a rule without a name that has another place in the changed file', () => {
  const INSERTED = '  - { topic: "new/{device}", operation: read, path: /3/0, answer: { topic: wrong } }'
  const commands = (first = '') => `name: house
commands:
${first}
  - { topic: "ask/{device}", operation: read, path: /3/0/9, answer: { topic: "told/\${device}" } }
`

  it('answers the command that it took before', () => {
    const { mapper, watch, write, look } = rig()
    write(commands())
    look()
    const message = { topic: 'ask/room-1', payload: new Uint8Array(), retain: false }
    const [order] = mapper.read(message, 's-1').orders
    if (order === undefined) throw new Error('nothing was asked')
    write(commands(INSERTED))
    look()
    const result = { id: '1', endpoint: 'room-1', operation: 'read', path: '/3/0/9', status: 'ok' } as const
    expect(mapper.answer(result, order.reply).map(({ topic }) => topic)).toEqual(['told/room-1'])
    watch.close()
  })

  const publish = (parts: string, first = '') => `name: house
publish:
${first}
  - { on: updated, topic: a, removal: parts, payload: { parts: { one: { p: 1 } } } }
  - { on: updated, topic: b, removal: parts, payload: { parts: ${parts} } }
`
  /** Like the rule that has been first so far, so that it would take over what that one knows. */
  const ANOTHER = '  - { on: updated, topic: c, removal: parts, payload: { parts: {} } }'

  it('knows its own parts, and no others', () => {
    const { mapper, watch, write, look } = rig()
    write(publish('{ two: { p: 2 } }'))
    look()
    mapper.up(lifecycle('updated'))
    write(publish('{ two: { p: 2 } }', ANOTHER))
    look()
    expect(mapper.up(lifecycle('updated')).map(({ topic }) => topic)).toEqual(['c', 'a', 'b'])
    watch.close()
  })

  it('tells what it had held back', () => {
    const { mapper, watch, write, look, published, clock, known } = rig()
    const slow = `  - { on: value, topic: slow, payload: "\${value}", filter: { minInterval: 2m } }`
    write(`name: house\npublish:\n${slow}\n`)
    look()
    for (const count of [1, 2]) {
      known.values.learn(value(count))
      mapper.up({ ...value(count), at: clock.wall() })
    }
    write(`name: house\npublish:\n  - { on: late, topic: late }\n${slow}\n`)
    look()
    clock.advance(120_000)
    expect(published.map(({ topic, payload }) => [topic, payload])).toContainEqual(['slow', '2'])
    watch.close()
  })
})
