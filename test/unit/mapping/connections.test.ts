import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Result } from '../../../src/lwm2m/command.ts'
import type { CompilerOptions } from '../../../src/mapping/compiler.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import { type Chain, compileLayers, connectionOfChain } from '../../../src/mapping/layering.ts'
import { Layers } from '../../../src/mapping/layers.ts'
import type { Mapped, Order } from '../../../src/mapping/mapping.ts'
import type { Message, Publication } from '../../../src/mapping/publication.ts'
import { readMapping } from '../../../src/mapping/reader.ts'
import { BASE, device, lifecycle, message, rigOptions, values } from './plain-rig.ts'

const text = readFileSync(new URL('../../../mappings/plain.yaml', import.meta.url), 'utf8')
const plain = readMapping(text, 'plain').tree as unknown as MappingDocument

type Document = Omit<MappingDocument, 'name'>

const file = (name: string, document: Document = {}): MappingDocument => ({ name, ...document })

function chainsOf(...documents: (readonly MappingDocument[])[]): Chain[] {
  // The same file is the same object, as it is where it is read once.
  const files = new Map<MappingDocument, { readonly document: MappingDocument }>()
  return documents.map((chain) =>
    chain.map((document) => {
      const known = files.get(document) ?? { document }
      files.set(document, known)
      return known
    }),
  )
}

/** Chains of files in force; Response Topics under `reply/` and the connection's name are allowed. */
function layersOf(...documents: (readonly MappingDocument[])[]): Layers {
  const { sheets, problems } = compileLayers(chainsOf(...documents), rigOptions)
  expect(problems).toEqual([])
  const [fallback] = compileLayers(chainsOf([plain]), rigOptions).sheets
  if (fallback === undefined) throw new Error('plain was not compiled')
  const isResponseTopic = (topic: string, connection = 'main'): boolean =>
    topic.startsWith(`reply/${connection}/`)
  return new Layers({ sheets, fallback, isResponseTopic })
}

function problemsOf(options: CompilerOptions, ...documents: (readonly MappingDocument[])[]): string[] {
  const { problems } = compileLayers(chainsOf(...documents), options)
  return problems.map(({ file: { document }, problem: { path, message: reason, suggestion = '' } }) =>
    `${document.name} ${path.join('.')}: ${reason} ${suggestion}`.trim(),
  )
}

/** `connection topic` of each publication; `-` is the main one. */
const places = (publications: readonly Publication[]): string[] =>
  publications.map(({ connection = '-', topic }) => `${connection} ${topic}`)

const placesOf = ({ publications, failures }: Mapped): string[] => {
  expect(failures).toEqual([])
  return places(publications)
}

const VALUE = values([{ path: '/3303/0/5700', type: 'float', value: 21.5 }])
const PLAIN_VALUE = 'site/lwm2m/device/room-1/value/3303/0/5700'
const tell = (topic: string, more: object = {}) =>
  ({ name: 'value', on: 'value', topic, payload: '${value}', ...more }) as const

const OK: Result = {
  ...{ id: '42', endpoint: 'room-1', operation: 'read', path: '/3/0', status: 'ok', code: '2.05' },
}

/** The only command that a message gives. */
function orderOf(layers: Layers, given: Message): Order {
  const { orders, rejections } = layers.down(given, 'serial', BASE.at, { snapshot: () => device })
  expect(rejections).toEqual([])
  const [order] = orders
  if (order === undefined) throw new Error('there is no command')
  return order
}

describe('the connection of a chain', () => {
  it.each([
    [[file('a')], undefined],
    [[file('a', { connection: 'cloud' }), plain], 'cloud'],
    [[file('a'), file('b', { connection: 'cloud' })], 'cloud'],
    [[file('a', { connection: 'lab' }), file('b', { connection: 'cloud' })], 'lab'],
  ] as const)('%o is %s', (documents, expected) => {
    expect(connectionOfChain(chainsOf(documents)[0] ?? [])).toBe(expected)
  })

  it('must be one that there is', () => {
    const options = { ...rigOptions, connections: ['cloud', 'lab'] }
    expect(problemsOf(options, [file('a', { connection: 'cloud' })])).toEqual([])
    expect(problemsOf(options, [file('a', { connection: 'clod' })])).toEqual([
      "a connection: mqtt.connections of the configuration has no 'clod' cloud",
    ])
    expect(problemsOf({ ...rigOptions, connections: [] }, [file('a', { connection: 'x' })])).toEqual([
      "a connection: mqtt.connections of the configuration has no 'x'",
    ])
  })

  it('may be any where nobody knows them', () => {
    expect(problemsOf(rigOptions, [file('a', { connection: 'whatever' })])).toEqual([])
  })
})

describe('what files publish', () => {
  it('goes over the connection of their chain', () => {
    const layers = layersOf(
      [file('house', { publish: [tell('home')] })],
      [file('up', { connection: 'cloud', publish: [tell('cloud/temp')] })],
    )
    expect(placesOf(layers.up(VALUE, device, {}))).toEqual(['- home', 'cloud cloud/temp'])
    expect(layers.connections).toEqual([undefined, 'cloud'])
  })

  it('comes once for each connection of a file that two chains extend, which override it for themselves', () => {
    const layers = layersOf(
      [file('house', { publish: [tell('home')] }), plain],
      [file('up', { connection: 'cloud', publish: [{ ...tell('extra'), name: 'extra' }] }), plain],
    )
    expect(placesOf(layers.up(VALUE, device, {}))).toEqual(['- home', 'cloud extra', `cloud ${PLAIN_VALUE}`])
  })

  it('is filtered for each connection by itself', () => {
    const base = file('base', { publish: [tell('out', { filter: { onChange: true } })] })
    const layers = layersOf([file('a'), base], [file('b', { connection: 'cloud' }), base])
    const first = layers.up(VALUE, device, {})
    expect(placesOf(first)).toEqual(['- out', 'cloud out'])
    expect(Object.keys(first.state).toSorted()).toHaveLength(2)
    expect(placesOf(layers.up(VALUE, device, first.state))).toEqual([])
  })

  it('is held back, and comes later, over its own connection', () => {
    const rule = tell('out', { filter: { minInterval: '10s' } })
    const layers = layersOf([file('b', { connection: 'cloud', publish: [rule] })])
    const known = { ...device, values: new Map([['/3303/0/5700', { value: 21.5, time: 1 }]]) as never }
    const { state } = layers.up(VALUE, known, {})
    const { timers } = layers.up({ ...VALUE, id: 'f-2', at: VALUE.at + 1 }, known, state)
    expect(timers).toHaveLength(1)
    const [timer = { key: '', at: 0 }] = timers
    expect(placesOf(layers.due(timer, 'room-1', known, state))).toEqual(['cloud out'])
  })

  it('stops others on its own connection alone', () => {
    const layers = layersOf(
      [file('up', { connection: 'cloud', publish: [tell('first', { stop: true })] })],
      [file('more', { connection: 'cloud', publish: [tell('second')] })],
      [file('house', { publish: [tell('home')] })],
    )
    expect(placesOf(layers.up(VALUE, device, {}))).toEqual(['cloud first', '- home'])
  })
})

describe('a value on which a rule failed', () => {
  const failing = file('up', { connection: 'cloud', publish: [tell('x', { payload: '${1 / 0}' })] })

  it('goes the default way, on the main connection', () => {
    const layers = layersOf([failing], [file('house', { publish: [tell('home')] })])
    expect(places(layers.up(VALUE, device, {}).publications)).toEqual(['- home', `- ${PLAIN_VALUE}`])
  })

  it('does not, where plain has carried it on the same connection', () => {
    const own = { ...failing, publish: [{ ...tell('x', { payload: '${1 / 0}' }), name: 'mine' }] }
    const layers = layersOf([own, plain], [file('house', { publish: [tell('home')] })])
    expect(places(layers.up(VALUE, device, {}).publications)).toEqual([`cloud ${PLAIN_VALUE}`, '- home'])
  })

  it('does, where plain has carried it on another one', () => {
    const house = file('house', { publish: [tell('x', { payload: '${1 / 0}' })] })
    const layers = layersOf([house], [file('up', { connection: 'cloud' }), plain])
    expect(places(layers.up(VALUE, device, {}).publications)).toEqual([
      `cloud ${PLAIN_VALUE}`,
      `- ${PLAIN_VALUE}`,
    ])
  })
})

describe('command topics', () => {
  const command = { topic: 'do/{device}', operation: 'read', path: '/3/0' }

  it('may be claimed twice by files of different connections, and by those alone', () => {
    const two = (one: Document, other: Document): string[] =>
      problemsOf(
        rigOptions,
        [file('a', { ...one, commands: [command] })],
        [file('b', { ...other, commands: [command] })],
      )
    expect(two({}, { connection: 'cloud' })).toEqual([])
    expect(two({ connection: 'lab' }, { connection: 'cloud' })).toEqual([])
    const clash = ['b commands.0.topic: the mapping a (commands[0]) takes commands from this topic, too']
    expect(two({ connection: 'cloud' }, { connection: 'cloud' })).toEqual(clash)
    expect(two({}, {})).toEqual(clash)
  })

  it('of a file that another one extends on another connection are no excuse', () => {
    const a = file('a', { commands: [command] })
    const b = file('b', { commands: [command] })
    const problems = problemsOf(rigOptions, [a], [b], [file('c', { connection: 'cloud' }), a, b])
    expect(problems).toEqual([
      'b commands.0.topic: the mapping a (commands[0]) takes commands from this topic, too',
    ])
  })

  it('are listened to, with those of triggers, on their connection', () => {
    const trigger = { on: { message: 'bus/state' }, topic: 'x', payload: '1' }
    const layers = layersOf(
      [plain],
      [file('b', { connection: 'cloud', commands: [command], publish: [trigger] })],
    )
    expect(layers.filtersOf()).toEqual(['site/lwm2m/device/+/do/+/#'])
    expect(layers.filtersOf('cloud')).toEqual(['do/+', 'bus/state'])
    expect(layers.filtersOf('lab')).toEqual([])
  })
})

it('faults of a file that is there for two connections are told once', () => {
  const base = file('base', { publish: [tell('x', { payload: '${nothing}' })] })
  expect(problemsOf(rigOptions, [file('a'), base], [file('b', { connection: 'cloud' }), base])).toHaveLength(
    1,
  )
})

describe('a message', () => {
  const command = { name: 'read', topic: 'site/lwm2m/do/{device}', operation: 'read', path: '/3/0', id: '42' }
  const answering = { ...command, answer: { topic: 'answers/${device}', payload: '${result.status}' } }
  const layers = layersOf(
    [file('house', { commands: [answering] })],
    [
      file('up', {
        connection: 'cloud',
        commands: [command],
        publish: [{ on: 'command', topic: 'life', payload: '${command.state}' }],
      }),
    ],
    [
      file('lab', {
        connection: 'lab',
        publish: [{ on: 'command', topic: 'life', payload: '${command.state}' }],
      }),
    ],
  )
  const asked = (connection?: string, more: Partial<Message> = {}): Message =>
    message('do/room-1', '', { ...(connection === undefined ? {} : { connection }), ...more })

  it('is shown to the rules of its connection alone', () => {
    expect(orderOf(layers, asked()).reply.question?.mapping).toBe('house')
    expect(orderOf(layers, asked('cloud')).reply.question?.mapping).toBe('up@cloud')
    const read = layers.down(asked('lab'), 's', BASE.at, { snapshot: () => device })
    expect(read).toEqual({ orders: [], rejections: [] })
  })

  it('is answered over its connection, also where the default answers', () => {
    expect(placesOf(layers.answer(OK, orderOf(layers, asked()).reply, BASE.at, device, {}))).toEqual([
      '- answers/room-1',
    ])
    expect(placesOf(layers.answer(OK, orderOf(layers, asked('cloud')).reply, BASE.at, device, {}))).toEqual([
      'cloud site/lwm2m/device/room-1/response',
    ])
  })

  it('has its life, and its end, told on its connection alone', () => {
    const end = { name: 'end', on: 'response', topic: 'end', payload: '${result.status}' }
    const life = { name: 'life', on: 'command', topic: 'life', payload: '${command.state}' }
    const telling = { commands: [command], publish: [life, end] }
    const both = layersOf(
      [file('house', telling)],
      [file('up', { connection: 'cloud', ...telling })],
      [file('lab', { connection: 'lab', publish: [life, end] })],
    )
    const told = (connection?: string): string[] => {
      const order = orderOf(both, asked(connection))
      return [
        ...placesOf(both.progress(order, 'queued', BASE.at, device, {})),
        ...placesOf(both.response(OK, order.reply, BASE.at, device, {})),
      ]
    }
    expect(told('cloud')).toEqual(['cloud life', 'cloud end'])
    expect(told()).toEqual(['- life', '- end'])
  })

  it('may name a Response Topic of its connection alone', () => {
    const ask = (connection: string | undefined, responseTopic: string): string[] => {
      const given = asked(connection, { responseTopic })
      const { orders, rejections } = layers.down(given, 's', BASE.at, { snapshot: () => device })
      const answers = [
        ...orders.map(({ reply }) => layers.answer(OK, reply, BASE.at, device, {})),
        ...rejections.map((rejection) => layers.reject(rejection, BASE.at, device, {})),
      ]
      return [...rejections.map(({ code }) => code), ...answers.flatMap((answer) => placesOf(answer))]
    }
    expect(ask('cloud', 'reply/cloud/1')).toEqual(['cloud reply/cloud/1'])
    expect(ask('cloud', 'reply/main/1')).toEqual([
      'response_topic_refused',
      'cloud site/lwm2m/device/room-1/response',
    ])
    expect(ask(undefined, 'reply/main/1')).toEqual(['- reply/main/1'])
    expect(ask(undefined, 'reply/cloud/1')[0]).toBe('response_topic_refused')
  })

  it('sets off the rules of its connection alone', () => {
    const rule = { on: { message: 'site/lwm2m/bus' }, topic: 'told', payload: '1' }
    const triggered = layersOf(
      [file('a', { publish: [rule] })],
      [file('b', { connection: 'cloud', publish: [rule] })],
    )
    const set = (given: Message): string[] | undefined =>
      triggered
        .triggered(given, 's', 1)
        ?.tell(device, {})
        .publications.map(({ connection = '-' }) => connection)
    expect(set(message('bus'))).toEqual(['-'])
    expect(set(message('bus', '', { connection: 'cloud' }))).toEqual(['cloud'])
    expect(set(message('bus', '', { connection: 'lab' }))).toBeUndefined()
  })
})

describe('what is told of the gateway', () => {
  const words = (topic: string) => [
    { on: 'online', topic, payload: 'yes', retain: true },
    { on: 'offline', topic, payload: 'no', retain: true },
  ]
  const layers = layersOf([file('up', { connection: 'cloud', publish: words('up/state') })])

  it.each(['online', 'offline'] as const)(
    '%s is told on each connection as its files say, on the main one always',
    (state) => {
      expect(places(layers.gateway(state))).toEqual(['cloud up/state', '- site/lwm2m/gateway/gw%2F1/state'])
    },
  )

  it('standing: a connection that comes up hears what its files say', () => {
    const rule = { on: 'connected', topic: 'here', payload: '1' }
    const two = layersOf(
      [file('a', { publish: [rule] })],
      [file('b', { connection: 'cloud', publish: [rule] })],
    )
    expect(placesOf(two.standing(device, {}))).toEqual(['- here'])
    expect(placesOf(two.standing(device, {}, 'cloud'))).toEqual(['cloud here'])
    expect(placesOf(two.standing(device, {}, 'lab'))).toEqual([])
  })

  it('renewing: what a connection is to keep', () => {
    const rule = { on: ['connected', 'registered'], topic: 'here', payload: '1', retain: true }
    const two = layersOf(
      [file('a', { publish: [rule] })],
      [file('b', { connection: 'cloud', publish: [rule] })],
    )
    const over = (name?: string) =>
      placesOf(two.renew(device, 1, {}, ({ connection }) => connection === name))
    expect(over()).toEqual(['- here'])
    expect(over('cloud')).toEqual(['cloud here'])
    expect(placesOf(two.up(lifecycle('registered'), device, {}))).toEqual(['- here', 'cloud here'])
  })

  it('reports go out on the main connection, besides those who ask for them', () => {
    const report = { event: 'mapping-failed', id: '1', at: 1, reason: 'why' } as const
    expect(places(layers.report(report))).toEqual(['- site/lwm2m/gateway/gw%2F1/event'])
    const asking = layersOf([
      file('up', { connection: 'cloud', publish: [{ on: 'mapping-failed', topic: 'alarms', payload: '1' }] }),
    ])
    expect(places(asking.report(report))).toEqual(['cloud alarms', '- site/lwm2m/gateway/gw%2F1/event'])
  })
})
