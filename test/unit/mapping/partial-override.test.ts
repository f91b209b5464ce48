import { describe, expect, it } from 'vitest'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import type { Mapped, Order } from '../../../src/mapping/mapping.ts'
import { registration } from '../lwm2m/registration.ts'
import { layersOf } from './layers-rig.ts'
import { BASE, device, values } from './plain-rig.ts'

/** A publication on a topic that names the file, whatever happens. */
const tell = (file: string, name: string, on: unknown): object => ({
  name,
  on,
  topic: `${file}/${name}`,
  payload: 1,
})
const rules = (file: string): readonly never[] =>
  [
    tell(file, 'value', 'value'),
    tell(file, 'updated', 'updated'),
    tell(file, 'observed', 'observed'),
    tell(file, 'connected', 'connected'),
    tell(file, 'life', 'command'),
    tell(file, 'asked', { message: 'status' }),
    tell(file, 'online', 'online'),
    tell(file, 'refused', 'refused'),
  ] as never
const light = { name: 'light', topic: 'd/{device}/light', operation: 'write', path: '/3311/0/5850' }

const parent: MappingDocument = {
  name: 'parent',
  publish: rules('parent'),
  commands: [
    { ...light, value: 'parent' },
    { ...light, name: 'fan', topic: 'd/{device}/fan', value: 'parent' },
  ],
}
const child: MappingDocument = {
  name: 'child',
  extends: 'parent',
  match: { endpoint: 'mine-*' },
  publish: rules('child'),
  commands: [
    { ...light, value: 'child', payload: { type: 'boolean' } },
    { ...light, name: 'fan', topic: 'd/{device}/ventilator', value: 'child' },
  ],
}

const at = (endpoint: string): DeviceSnapshot => ({ ...device, registration: registration({ endpoint }) })
const topics = ({ publications }: Pick<Mapped, 'publications'>) => publications.map(({ topic }) => topic)
const layers = layersOf(child, parent)

function order(endpoint: string): Order {
  const command = { id: '1', endpoint, operation: 'read', path: '/3/0' } as const
  const reply = { serial: 's', topic: undefined, correlationData: undefined, question: undefined }
  return { command, reply, repeatable: false, deadline: undefined }
}

/** What is told of a device. */
function told(endpoint: string): readonly string[] {
  const known = at(endpoint)
  const base = { ...BASE, endpoint }
  const sample = { path: '/3303/0/5700', type: 'float', value: 1 } as const
  const status = layers.triggered({ topic: 'status', payload: new Uint8Array(), retain: false }, 's', BASE.at)
  return [
    layers.up(values([sample], { endpoint }), known, {}),
    layers.up({ ...base, type: 'updated', registration: registration({ endpoint }) }, known, {}),
    layers.up({ ...base, type: 'observed', path: '/3303/0', reason: '' }, known, {}),
    layers.standing(known, {}),
    layers.progress(order(endpoint), 'sent', BASE.at, known, {}),
    status?.tell(known, {}) ?? { publications: [] },
  ].flatMap(topics)
}

describe('a rule that a file for some devices puts in the place of one of the file that it extends', () => {
  const of = (file: string) =>
    ['value', 'updated', 'observed', 'connected', 'life', 'asked'].map((name) => `${file}/${name}`)

  it('is told of these devices, and the other one of all others', () => {
    expect(told('mine-1')).toEqual(of('child'))
    expect(told('other-1')).toEqual(of('parent'))
  })

  it('stands alone where no device is known', () => {
    expect(topics({ publications: layers.gateway('online') })).toContain('child/online')
    const refused = { ...BASE, type: 'refused', address: 'a', code: 'register_links', reason: 'r' } as const
    expect(topics(layers.up(refused, device, {}))).toEqual(['child/refused'])
    const gone = { ...device, registration: undefined }
    expect(topics(layers.progress(order('mine-1'), 'sent', BASE.at, gone, {}))).toEqual(['child/life'])
  })

  it('may be nothing at all: switched off for these devices, and for no others', () => {
    const off = { ...child, publish: [{ name: 'value', off: true }], commands: [{ ...light, off: true }] }
    const partly = layersOf(off, parent)
    const fact = values([{ path: '/3303/0/5700', type: 'float', value: 1 }])
    expect(topics(partly.up(fact, at('mine-1'), {}))).toEqual([])
    expect(topics(partly.up(fact, at('other-1'), {}))).toEqual(['parent/value'])
  })

  it('of several files in a chain: the first one that is for the device', () => {
    const [value] = child.publish ?? []
    const grandchild = {
      name: 'grandchild',
      match: { endpoint: 'mine-too' },
      publish: [{ ...value, topic: 'g' }],
    }
    const three = layersOf(grandchild, child, parent)
    const fact = values([{ path: '/3303/0/5700', type: 'float', value: 1 }])
    const carriers = ['mine-too', 'mine-1', 'other-1'].map((endpoint) =>
      topics(three.up(fact, at(endpoint), {})),
    )
    expect(carriers).toEqual([['g'], ['child/value'], ['parent/value']])
  })
})

/** What a command writes, or why it is none. */
function asked(topic: string, payload: unknown = true, mapping = layers): readonly unknown[] {
  const message = { topic, payload: Buffer.from(JSON.stringify(payload)), retain: false }
  const { orders, rejections } = mapping.down(message, 's', BASE.at, { snapshot: at })
  return [
    ...orders.map(({ command }) => ('value' in command ? command.value : command)),
    ...rejections.map(({ code, reply }) => `${code} ${reply.question?.mapping}`),
  ]
}

describe('the same of a command', () => {
  it('on one topic: each file takes what is for its devices', () => {
    expect(asked('d/mine-1/light')).toEqual([{ json: 'child' }])
    expect(asked('d/other-1/light')).toEqual([{ json: 'parent' }])
    expect(asked('d/mine-1/light', 5)).toEqual(['request_invalid child'])
    expect(asked('d/other-1/light', 5)).toEqual([{ json: 'parent' }])
  })

  it('on another topic: nobody takes what is for the devices of the other file', () => {
    expect(asked('d/mine-1/ventilator')).toEqual([{ json: 'child' }])
    expect(asked('d/other-1/fan')).toEqual([{ json: 'parent' }])
    expect(asked('d/mine-1/fan')).toEqual(['endpoint_unknown parent'])
    expect(asked('d/other-1/ventilator')).toEqual(['endpoint_unknown child'])
  })

  it('goes by the names that each file gives', () => {
    const named = layersOf({ ...child, device: '${registration.attributes.room}' }, parent)
    const snapshot = {
      ...device,
      registration: registration({ endpoint: 'mine-1', attributes: { room: 'attic' } }),
    }
    named.adopt(snapshot, BASE.at)
    expect(asked('d/attic/light', true, named)).toEqual([{ json: 'child' }])
    expect(asked('d/other-1/light', true, named)).toEqual([{ json: 'parent' }])
  })
})
