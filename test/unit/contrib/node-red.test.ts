import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadMappings } from '../../../src/gateway/mapping-files.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { ExampleDevice } from '../../../src/mapping/example-device.ts'

interface FlowNode {
  readonly id: string
  readonly type: string
  readonly z?: string
  readonly topic?: string
  readonly func?: string
  readonly wires?: readonly (readonly string[])[]
  readonly [key: string]: unknown
}

type Message = Readonly<Record<string, unknown>>

const root = new URL('../../../', import.meta.url)
const flow = JSON.parse(readFileSync(new URL('contrib/node-red/flow.json', root), 'utf8')) as FlowNode[]
const documentation = readFileSync(new URL('docs/reference/mqtt-api.md', root), 'utf8')
const byId = new Map(flow.map((node) => [node.id, node]))
/** Keys that name a configuration node, and of which type it is. */
const REFERENCES = {
  broker: 'mqtt-broker',
  group: 'ui-group',
  page: 'ui-page',
  ui: 'ui-base',
  theme: 'ui-theme',
  z: 'tab',
}

describe('the flow for Node-RED', () => {
  it('has nodes with an id each', () => {
    expect(byId.size).toBe(flow.length)
    expect(flow.every(({ id, type }) => id !== '' && type !== '')).toBe(true)
  })

  it.each(flow)('$id is wired to nodes that are there', (node) => {
    for (const target of node.wires?.flat() ?? []) expect(byId.get(target)?.z).toBe(node.z)
    for (const [key, type] of Object.entries(REFERENCES)) {
      if (node[key] === undefined || (key === 'broker' && node.type === 'mqtt-broker')) continue
      expect(byId.get(String(node[key]))?.type).toBe(type)
    }
  })

  it('has nothing that nobody is wired to, or that is wired to nobody', () => {
    const placed = flow.filter(({ wires }) => wires !== undefined)
    const targets = new Set(placed.flatMap(({ wires = [] }) => wires.flat()))
    const starts = ['mqtt in', 'ui-button']
    expect(placed.filter(({ id, type }) => targets.has(id) === starts.includes(type))).toEqual([])
    const ends = ['mqtt out', 'ui-text']
    expect(
      placed.filter(({ type, wires = [] }) => (wires.flat().length === 0) !== ends.includes(type)),
    ).toEqual([])
  })

  it.each(flow.filter(({ type }) => type === 'mqtt in'))(
    '$id listens on a topic that is documented',
    ({ topic = '' }) => {
      const rows = [...documentation.matchAll(/^\| `(\{base\}[^`]*)` \| out/gm)].map(([, pattern = '']) =>
        pattern.replace('{base}', 'lwm2m').replaceAll(/\{[^}]+\}/g, '+'),
      )
      expect(rows.length).toBeGreaterThan(5)
      const listensOn = (row: string): boolean =>
        row === topic || (topic.endsWith('/#') && row.startsWith(topic.slice(0, -1)))
      expect(rows.some(listensOn)).toBe(true)
    },
  )

  it.each(flow.filter(({ func }) => func !== undefined))(
    '$id is a function that compiles',
    ({ func = '' }) => {
      expect(() => new Function('msg', 'flow', 'node', func)).not.toThrow()
    },
  )
})

describe('its functions', () => {
  const memory = new Map<string, unknown>()
  const context = {
    get: (key: string) => memory.get(key),
    set: (key: string, value: unknown) => memory.set(key, value),
  }

  function call(id: string, msg: Message): Message | null {
    const func = byId.get(id)?.func ?? ''
    return new Function('msg', 'flow', 'node', func)(msg, context, {
      status: () => undefined,
    }) as Message | null
  }

  it('make a row of what comes of a device', () => {
    const say = (rest: string, payload: Message) =>
      call('lwm2mqtt-rows', { topic: `lwm2m/device/cellar%201/${rest}`, payload })
    say('presence', { state: 'awake', since: 1_764_000_000_000, reason: 'registered' })
    say('value/3/0/9', { value: 98, unit: '%' })
    const row = {
      ...{ id: 'cellar%201', device: 'cellar 1', state: 'awake', since: '2025-11-24T16:00:00.000Z' },
      ...{ battery: '98 %', value: 'Sensor Value 21.5 Cel' },
    }
    const told = say('value/3303/0/5700', { value: 21.5, unit: 'Cel', name: 'Sensor Value' })
    expect(told).toEqual({ payload: [row] })
    const columns = byId.get('lwm2mqtt-table')?.columns as { key: string }[]
    for (const { key } of columns) expect(Object.keys(row)).toContain(key)
    const gone = call('lwm2mqtt-rows', { topic: 'lwm2m/device/cellar%201/presence', payload: '' })
    expect(gone).toEqual({ payload: [] })
  })

  const { layers } = loadMappings(['plain'], {
    base: 'lwm2m',
    gateway: { id: 'gw', topic: 'gw', version: '1', url: '' },
    filterOf: () => ({ paths: [], matches: () => true }),
    folder: '.',
    isResponseTopic: () => false,
  })
  const device = new ExampleDevice({ endpoint: 'room-1' }, ['/3/0'], builtinModel, 0)

  it.each(flow.filter(({ type }) => type === 'ui-button'))(
    '$id commands the device that was clicked on',
    ({ topic = '' }) => {
      memory.delete('device')
      expect(call('lwm2mqtt-command', { topic, payload: '' })).toBeNull()
      expect(call('lwm2mqtt-select', { payload: { id: 'room-1', device: 'room-1' } })).toEqual({
        payload: 'room-1',
      })
      const said = call('lwm2mqtt-command', { topic, payload: '' })
      const message = {
        topic: String(said?.topic),
        payload: new TextEncoder().encode(String(said?.payload)),
        retain: false,
      }
      const { orders, rejections } = layers.down(message, 's', 0, { snapshot: () => device })
      expect(rejections).toEqual([])
      const [operation, ...path] = topic.split('/')
      expect(orders.map(({ command }) => command)).toMatchObject([
        { endpoint: 'room-1', operation, path: `/${path.join('/')}` },
      ])
    },
  )

  it('say in words how a command ended', () => {
    const ok = { id: '1', status: 'ok', code: '2.05', operation: 'read', path: '/3/0/9', content: 98 }
    expect(call('lwm2mqtt-answer', { payload: ok })).toEqual({ payload: 'read /3/0/9 ok 2.05 98' })
    const failed = {
      id: '1',
      status: 'error',
      error: { code: 'device_unknown', message: 'is not registered' },
    }
    expect(call('lwm2mqtt-answer', { payload: failed })).toEqual({ payload: 'error is not registered' })
  })
})
