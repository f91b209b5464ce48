import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import { runExamples } from '../../../src/mapping/examples.ts'
import { compileLayers } from '../../../src/mapping/layering.ts'
import { Layers } from '../../../src/mapping/layers.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { readMapping } from '../../../src/mapping/reader.ts'
import { Rehearsal } from '../../../src/mapping/rehearsal.ts'
import { shownOrder } from '../../../src/mapping/shown.ts'
import { rigOptions } from './plain-rig.ts'

const { tree, problems } = readMapping(readFileSync('mappings/emqx.yaml', 'utf8'), 'emqx.yaml')
const emqx = tree as unknown as MappingDocument
const AT = 1_764_000_000_000

/** The preset; with files that extend it, before it. */
function layers(...extending: readonly MappingDocument[]): Layers {
  const chain = [...extending, emqx].map((document) => ({ document }))
  const { sheets, problems } = compileLayers([chain], rigOptions)
  expect(problems).toEqual([])
  const [fallback] = sheets
  if (fallback === undefined) throw new Error('no sheet')
  return new Layers({ sheets, fallback, isResponseTopic: () => false })
}

/** The preset, and a device `ep1`. */
function rehearsal(...extending: readonly MappingDocument[]): Rehearsal {
  const scene = new Rehearsal(layers(...extending), builtinModel)
  scene.introduce({ endpoint: 'ep1' }, ['/3/0'], AT)
  return scene
}

const told = ({ publications }: { readonly publications: readonly Publication[] }): unknown[] =>
  publications.map(({ topic, payload }) => [topic, JSON.parse(String(payload))])

/** Sends a command, and lets the device answer; what is published. */
function ask(scene: Rehearsal, payload: string, result = {}): unknown[] {
  return told(scene.answer(scene.hear({ topic: 'lwm2m/ep1/dn/dm', payload }, AT), result, AT))
}

describe('the preset emqx', () => {
  it('is without a fault', () => expect(problems).toEqual([]))

  it.each(runExamples(emqx, layers, builtinModel).map((one) => [one.name, one.fault]))(
    'example: %s',
    (_name, fault) => expect(fault).toBeUndefined(),
  )
})

describe('messages of the contract, word for word', () => {
  it('register', () => {
    const device = { endpoint: 'ep1', lifetime: 345, version: '1', objects: { 1: [], 3: [0] } }
    const scene = new Rehearsal(layers(), builtinModel)
    const text =
      '{"msgType":"register","data":{"alternatePath":"/","ep":"ep1","lt":345,"lwm2m":"1","b":"U","objectList":["/1","/3/0"]}}'
    expect(told(scene.happen({ type: 'registered' }, device, AT))).toEqual([
      ['lwm2m/ep1/up/resp', JSON.parse(text)],
    ])
  })

  it('observe, and the notification with its fields', () => {
    const scene = rehearsal()
    ask(scene, '{"reqID":10,"msgType":"observe","data":{"path":"/3/0/10"}}', { values: { '/3/0/10': 1 } })
    const event = { type: 'notify', asked: true, path: '/3/0/10', value: 4096, sequence: 3 }
    const text =
      '{"reqID":10,"msgType":"notify","seqNum":3,"data":{"reqPath":"/3/0/10","code":"2.05","codeMsg":"content","content":[{"path":"/3/0/10","value":4096}]}}'
    expect(told(scene.happen(event, {}, AT))).toEqual([['lwm2m/ep1/up/notify', JSON.parse(text)]])
  })

  it('with fields that the contract does not know, whatever their names', () => {
    const read =
      '{"reqID":1,"msgType":"read","constructor":1,"toString":2,"__proto__":3,"data":{"path":"/3/0/0"}}'
    const topic = 'lwm2m/ep1/dn/dm'
    const { orders } = rehearsal().hear({ topic, payload: read }, AT)
    expect(orders.map(shownOrder)).toMatchObject([{ operation: 'read', path: '/3/0/0' }])
  })

  it.each([
    ['{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}', { operation: 'read', path: '/3/0/0' }],
    ['{"reqID":2,"msgType":"discover","data":{"path":"/3/0"}}', { operation: 'discover', path: '/3/0' }],
    [
      '{"reqID":3,"msgType":"write","data":{"path":"/3/0/13","type":"Integer","value":"12345"}}',
      {
        ...{ operation: 'write', path: '/3/0/13', types: { 13: 'integer' } },
        value: { json: 12345, coerce: true },
      },
    ],
    [
      '{"reqID":4,"msgType":"write","data":{"basePath":"/3/0/","content":[{"path":"13","type":"Integer","value":"12345"},{"path":"6/0","type":"Integer","value":"1"}]}}',
      {
        ...{ operation: 'write', path: '/3/0', mode: 'update', types: { 13: 'integer', 6: 'integer' } },
        value: { json: { 13: 12345, 6: { 0: 1 } }, coerce: true },
      },
    ],
    [
      '{"reqID":5,"msgType":"write","encoding":"hex","data":{"path":"/3/0/1","type":"String","value":"48656C6C6F"}}',
      {
        ...{ operation: 'write', path: '/3/0/1', types: { 1: 'string' } },
        value: { json: 'Hello', coerce: true },
      },
    ],
    [
      '{"reqID":6,"msgType":"write-attr","data":{"path":"/3/0/9","pmin":"1","pmax":"5","gt":null}}',
      { operation: 'write-attributes', path: '/3/0/9', attributes: { pmin: 1, pmax: 5, gt: null } },
    ],
    [
      '{"reqID":7,"msgType":"execute","data":{"path":"/3/0/4","args":"2,7"}}',
      { operation: 'execute', path: '/3/0/4', arguments: '2,7' },
    ],
    [
      '{"reqID":8,"msgType":"create","data":{"basePath":"/6","content":[{"path":"0/0","type":"Float","value":"1.5"}]}}',
      {
        ...{ operation: 'create', path: '/6', types: { 0: 'float' } },
        ...{ instances: { 0: { 0: 1.5 } }, coerce: true },
      },
    ],
    ['{"reqID":9,"msgType":"delete","data":{"path":"/5/0"}}', { operation: 'delete', path: '/5/0' }],
    ['{"reqID":10,"msgType":"observe","data":{"path":"/3/0/10"}}', { operation: 'observe', path: '/3/0/10' }],
    [
      '{"reqID":11,"msgType":"cancel-observe","data":{"path":"/3/0/10"}}',
      { operation: 'cancel', path: '/3/0/10', passive: false },
    ],
  ])('%s', (payload, command) => {
    const { orders, rejections } = rehearsal().hear({ topic: 'lwm2m/ep1/dn/cmd', payload }, AT)
    expect(rejections).toEqual([])
    const [shown] = orders.map(shownOrder)
    const { id: _, ...rest } = shown ?? {}
    expect(rest).toEqual({ endpoint: 'ep1', force: true, ...command })
    expect(orders[0]?.repeatable).toBe(false) // a reqID may come again with something else to do
  })

  it.each([
    [
      '{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}',
      { values: { '/3/0/0': 'EMQ' } },
      '{"reqID":1,"msgType":"read","data":{"reqPath":"/3/0/0","code":"2.05","codeMsg":"content","content":[{"path":"/3/0/0","value":"EMQ"}]}}',
    ],
    [
      '{"reqID":3,"msgType":"write","data":{"path":"/3/0/13","type":"Integer","value":"12345"}}',
      { code: '2.04' },
      '{"reqID":3,"msgType":"write","data":{"reqPath":"/3/0/13","code":"2.04","codeMsg":"changed"}}',
    ],
    [
      '{"reqID":2,"msgType":"discover","data":{"path":"/3/0"}}',
      {
        links: [
          { path: '/3/0', attributes: { pmin: 10 } },
          { path: '/3/0/0', attributes: {} },
        ],
      },
      '{"reqID":2,"msgType":"discover","data":{"reqPath":"/3/0","code":"2.05","codeMsg":"content","content":["</3/0>;pmin=10","</3/0/0>"]}}',
    ],
    [
      '{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}',
      { error: { code: 'coap_no_response', message: '' } },
      '{"reqID":1,"msgType":"coap_timeout","data":{"path":"/3/0/0"}}',
    ],
    [
      '{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}',
      { error: { code: 'coap_reset', message: '' } },
      '{"reqID":1,"msgType":"coap_reset","data":{"path":"/3/0/0"}}',
    ],
  ])('%s and its answer', (command, result, answer) => {
    expect(ask(rehearsal(), command, result)).toEqual([['lwm2m/ep1/up/resp', JSON.parse(answer)]])
  })

  it.each([
    ['4.00', 'bad_request'],
    ['4.01', 'unauthorized'],
    ['4.03', 'forbidden'],
    ['4.04', 'not_found'],
    ['4.05', 'method_not_allowed'],
    ['4.99', 'unknown'],
  ])('an error %s is %s, without content', (code, codeMsg) => {
    const refused = { code, error: { code: 'device_refused', message: `the device answered ${code}` } }
    const answer = { reqID: 1, msgType: 'read', data: { reqPath: '/3/0/0', code, codeMsg } }
    const command = '{"reqID":1,"msgType":"read","data":{"path":"/3/0/0"}}'
    expect(ask(rehearsal(), command, refused)).toEqual([['lwm2m/ep1/up/resp', answer]])
  })
})

describe('contexts of observations', () => {
  const notification = { type: 'notify', path: '/3/0/10', value: 1 }
  const observe = (scene: Rehearsal): void =>
    void ask(scene, '{"reqID":10,"u":[1],"msgType":"observe","data":{"path":"3/0/10/"}}', {
      values: { '/3/0/10': 0 },
    })
  const notified = (scene: Rehearsal, asked: boolean) =>
    told(scene.happen({ ...notification, asked }, {}, AT))[0]

  it('all fields come back, and the path as it was asked for', () => {
    const scene = rehearsal()
    observe(scene)
    const data = { reqPath: '3/0/10/', code: '2.05', codeMsg: 'content' }
    const payload = { reqID: 10, u: [1], msgType: 'notify', data: { ...data, content: expect.any(Array) } }
    expect(notified(scene, true)).toEqual(['lwm2m/ep1/up/notify', payload])
  })

  it('an observation of the gateway itself has none, even after one that was asked for', () => {
    const scene = rehearsal()
    observe(scene)
    expect(notified(scene, false)).toEqual([
      'lwm2m/ep1/up/notify',
      { is_auto_observe: true, msgType: 'notify', data: expect.objectContaining({ reqPath: '/3/0/10' }) },
    ])
  })

  it.each([
    { type: 'observation-ended', path: '/3/0/10' },
    { type: 're-registered' },
    { type: 'registered' },
    { type: 'deregistered' },
    { type: 'expired' },
  ])('are forgotten with the observation: $type', (event) => {
    const scene = rehearsal()
    observe(scene)
    scene.happen(event, {}, AT)
    expect(notified(scene, true)).toEqual(['lwm2m/ep1/up/notify', expect.not.objectContaining({ reqID: 10 })])
  })

  it.each([{ type: 'observation-ended', path: '/3/0/9' }, { type: 'updated' }])(
    'are kept otherwise: $type',
    (event) => {
      const scene = rehearsal()
      observe(scene)
      scene.happen(event, {}, AT)
      expect(notified(scene, true)).toEqual(['lwm2m/ep1/up/notify', expect.objectContaining({ reqID: 10 })])
    },
  )

  it('are forgotten when the observation is cancelled', () => {
    const scene = rehearsal()
    observe(scene)
    ask(scene, '{"msgType":"cancel-observe","data":{"path":"/3/0/10"}}', { code: '2.05' })
    expect(notified(scene, true)).toEqual(['lwm2m/ep1/up/notify', expect.not.objectContaining({ reqID: 10 })])
  })
})

describe('what is no command', () => {
  it.each([
    ['"text"', {}, {}],
    ['null', {}, {}],
    ['[]', {}, {}],
    ['{', {}, {}],
    ['{}', {}, {}],
    ['{"reqID":7}', { reqID: 7 }, {}],
    ['{"reqID":7,"msgType":5,"data":{}}', { reqID: 7, msgType: 5 }, {}],
    ['{"reqID":7,"msgType":"read"}', { reqID: 7, msgType: 'read' }, {}],
    ['{"reqID":7,"msgType":"read","data":null}', { reqID: 7, msgType: 'read' }, {}],
    ['{"reqID":7,"msgType":"read","data":"/3/0/0"}', { reqID: 7, msgType: 'read' }, {}],
    ['{"reqID":7,"msgType":"read","data":{}}', { reqID: 7, msgType: 'read' }, {}],
    ['{"msgType":"read","data":{"path":5}}', { msgType: 'read' }, { reqPath: 5 }],
    ['{"msgType":"write","data":{"path":"/3/0/14"}}', { msgType: 'write' }, { reqPath: '/3/0/14' }],
    [
      '{"msgType":"write","data":{"basePath":"/3/0","content":{"path":"1"}}}',
      { msgType: 'write' },
      { reqPath: '/3/0' },
    ],
    [
      '{"msgType":"write","encoding":"hex","data":{"path":"/3/0/14","value":"xyz"}}',
      { encoding: 'hex', msgType: 'write' },
      { reqPath: '/3/0/14' },
    ],
    [
      '{"msgType":"write","data":{"path":"/3/0/9","type":"Boolean","value":"maybe"}}',
      { msgType: 'write' },
      { reqPath: '/3/0/9' },
    ],
    ['{"msgType":"observe-all","data":{}}', { msgType: 'observe-all' }, {}],
    ['{"msgType":"toString","data":{}}', { msgType: 'toString' }, {}],
    [
      '{"msgType":"write-attr","data":{"path":"/3/0/9","pmin":"soon"}}',
      { msgType: 'write-attr' },
      { reqPath: '/3/0/9' },
    ],
  ])('is answered: %s', (text, echoed, more) => {
    const data = { code: '4.00', codeMsg: 'bad_request', reason: expect.any(String), ...more }
    const payload = { msgType: 'unknown', ...echoed, data }
    expect(ask(rehearsal(), text)).toEqual([['lwm2m/ep1/up/resp', payload]])
  })

  it('says what is wrong on this side in codes that tell it from the device', () => {
    const failed = (code: string) => {
      const [answer] = ask(rehearsal(), '{"msgType":"read","data":{"path":"/3/0/0"}}', {
        error: { code, message: 'why' },
      })
      return answer
    }
    const answer = (code: string, codeMsg: string) => [
      'lwm2m/ep1/up/resp',
      { msgType: 'read', data: { reqPath: '/3/0/0', code, codeMsg, reason: 'why' } },
    ]
    expect(failed('endpoint_unknown')).toEqual(answer('5.03', 'service_unavailable'))
    expect(failed('payload_malformed')).toEqual(answer('5.02', 'bad_gateway'))
    expect(failed('path_invalid')).toEqual(answer('4.00', 'bad_request'))
  })
})

describe('topics of an installation', () => {
  const ours: MappingDocument = {
    name: 'ours',
    extends: 'emqx',
    tables: { topics: { mountpoint: 'site1/{device}/', command: 'down/#', register: 'up/register' } },
  }

  it('are those of the file that extends the preset; what it leaves out stays', () => {
    const scene = rehearsal(ours)
    const topicsOf = (event: { readonly type: string; readonly path?: string; readonly value?: number }) =>
      scene.happen(event, {}, AT).publications.map(({ topic }) => topic)
    expect(topicsOf({ type: 'registered' })).toEqual(['site1/ep1/up/register'])
    expect(topicsOf({ type: 'updated' })).toEqual(['site1/ep1/up/update'])
    expect(topicsOf({ type: 'notify', path: '/3/0/9', value: 1 })).toEqual(['site1/ep1/up/notify'])
  })

  it('so it is with those of commands', () => {
    const mapping = layers(ours)
    expect(mapping.filtersOf()).toEqual(['site1/+/down/#'])
    const scene = rehearsal(ours)
    const payload = '{"msgType":"read","data":{"path":"/3/0/0"}}'
    const heard = scene.hear({ topic: 'site1/ep1/down/dm', payload }, AT)
    expect(heard.orders).toHaveLength(1)
    expect(told(scene.answer(heard, { values: { '/3/0/0': 'EMQ' } }, AT))[0]).toEqual([
      'site1/ep1/up/resp',
      expect.objectContaining({ msgType: 'read' }),
    ])
  })
})
