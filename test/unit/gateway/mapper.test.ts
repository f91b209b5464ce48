import { describe, expect, it } from 'vitest'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import type { Mapped, Mapping, Report } from '../../../src/mapping/mapping.ts'
import { mappingId } from '../../../src/mapping/mapping-id.ts'
import type { Failure, MappingTimer } from '../../../src/mapping/run.ts'
import type { MappingState } from '../../../src/mapping/state.ts'
import { registration } from '../lwm2m/registration.ts'
import { BASE, device, lifecycle, mapping as plain, values } from '../mapping/plain-rig.ts'
import { layersOf, mapperRig, unrelated } from './mapper-rig.ts'

const NOTHING: Mapped = { publications: [], state: {}, timers: [], failures: [] }

/** The preset, but for what it does with a fact and when a time has come. */
function scripted(
  up: (fact: Fact, state: MappingState) => Partial<Mapped>,
  due: (timer: MappingTimer, endpoint: string, state: MappingState) => Partial<Mapped> = () => ({}),
): Mapping {
  return Object.assign(Object.create(plain) as Mapping, {
    report: (incident: Report) => plain.report(incident),
    isMoving: () => false,
    up: (fact: Fact, _: DeviceSnapshot, state: MappingState) => ({ ...NOTHING, state, ...up(fact, state) }),
    due: (timer: MappingTimer, endpoint: string, _: DeviceSnapshot, state: MappingState) => ({
      ...{ ...NOTHING, state },
      ...due(timer, endpoint, state),
    }),
  })
}

const of = (endpoint: string): Fact => ({ ...lifecycle('updated'), endpoint })
const publication = (topic: string) => ({ topic, payload: 'x', qos: 1, retain: false }) as const
const topicsOf = (publications: readonly { readonly topic: string }[]) =>
  publications.map(({ topic }) => topic)

describe('state', () => {
  it('is what the mapping gave back for this device, and for no other', () => {
    const seen: unknown[] = []
    const { mapper } = mapperRig(
      scripted(({ endpoint }, state) => {
        seen.push([endpoint, state])
        return { state: { count: Number(state.count ?? 0) + 1 } }
      }),
    )
    for (const endpoint of ['a', 'b', 'a', 'a']) mapper.up(of(endpoint))
    expect(seen).toEqual([
      ['a', {}],
      ['b', {}],
      ['a', { count: 1 }],
      ['a', { count: 2 }],
    ])
  })

  it('is kept for 200,000 devices; the one that was changed longest ago is forgotten first', () => {
    let seen: MappingState = {}
    const { mapper } = mapperRig(
      scripted((_, state) => {
        seen = state
        return { state: { count: Number(state.count ?? 0) + 1 } }
      }),
    )
    const countOf = (endpoint: string) => {
      mapper.up(of(endpoint))
      return seen.count
    }
    for (let count = 0; count < 200_000; count++) mapper.up(of(`device-${count}`))
    expect(countOf('device-0')).toBe(1)
    mapper.up(of('one more'))
    expect(countOf('device-0')).toBe(2)
    expect(countOf('device-2')).toBe(1)
    expect(countOf('device-1')).toBeUndefined()
  })

  it('of a device that keeps nothing takes no room', () => {
    const { mapper } = mapperRig(
      scripted(({ endpoint }, state) => ({
        state: endpoint === 'keeper' ? { count: Number(state.count ?? 0) + 1 } : {},
        publications: endpoint === 'keeper' ? [publication(String(state.count))] : [],
      })),
    )
    mapper.up(of('keeper'))
    for (let count = 0; count <= 200_000; count++) mapper.up(of(`device-${count}`))
    expect(topicsOf(mapper.up(of('keeper')))).toEqual(['1'])
  })

  it('is 1,024 things for one device; those that are there longest are forgotten first', () => {
    let seen: MappingState = {}
    const all = Object.fromEntries(Array.from({ length: 1_025 }, (_, index) => [`key-${index}`, index]))
    const { mapper } = mapperRig(
      scripted((_, state) => {
        seen = state
        return { state: all }
      }),
    )
    mapper.up(of('a'))
    mapper.up(of('a'))
    expect(Object.keys(seen)).toHaveLength(1_024)
    expect(seen).not.toHaveProperty('key-0')
    expect(seen).toHaveProperty('key-1024')
  })
})

describe('a delivery that was refused', () => {
  const mapping = layersOf({
    publish: [
      { name: 'changed', on: 'value', topic: 'out', payload: '${value}', filter: { onChange: true } },
    ],
  })
  const sample = { path: '/3/0/9', type: 'integer', value: 7 } as const

  it('is not taken for known: the same value goes out again', () => {
    const { mapper } = mapperRig(mapping)
    expect(mapper.up(values([sample]))).toHaveLength(1)
    expect(mapper.up(values([sample]))).toHaveLength(0)
    mapper.distrust('room-1')
    expect(mapper.up(values([sample]))).toHaveLength(1)
    expect(mapper.up(values([sample]))).toHaveLength(0)
  })

  it('concerns its device alone', () => {
    const { mapper } = mapperRig(mapping)
    mapper.up(values([sample]))
    mapper.distrust('room-2')
    expect(mapper.up(values([sample]))).toHaveLength(0)
  })

  it('concerns its connection alone', () => {
    const rule = {
      name: 'changed',
      on: 'value',
      topic: 'out',
      payload: '${value}',
      filter: { onChange: true },
    }
    const files = [
      { name: 'a', publish: [rule] },
      { name: 'b', connection: 'cloud', publish: [rule] },
    ]
    const { mapper } = mapperRig(unrelated(...files))
    const told = () => mapper.up(values([sample])).map(({ connection }) => connection)
    expect(told()).toEqual([undefined, 'cloud'])
    expect(told()).toEqual([])
    mapper.distrust('room-1', 'cloud')
    expect(told()).toEqual(['cloud'])
    mapper.distrust('room-1')
    expect(told()).toEqual([undefined])
  })

  it('leaves what was to be remembered for good', () => {
    let seen: MappingState = {}
    const { mapper } = mapperRig(
      scripted((_, state) => {
        seen = state
        return { state: { 'last/mine/changed//3/0/9': 7, 'context/mine//3': 'why' } }
      }),
    )
    mapper.up(of('a'))
    mapper.distrust('a')
    mapper.up(of('a'))
    expect(seen).toEqual({ 'context/mine//3': 'why' })
  })
})

it('a changed mapping that tells a value over another connection alone takes it away here, whatever filters know', () => {
  const rule = (topic: string, more: object = {}) =>
    ({ name: topic, on: 'value', topic, payload: '${value}', retain: true, ...more }) as const
  const cloud = { name: 'b', connection: 'cloud', publish: [rule('up', { filter: { onChange: true } })] }
  const known = { ...device, values: new LastValues() }
  const { mapper } = mapperRig(unrelated({ name: 'a', publish: [rule('home')] }, cloud), {
    snapshot: () => known,
  })
  const fact = values([{ path: '/3303/0/5700', type: 'float', value: 21 }])
  known.values.learn(fact)
  expect(topicsOf(mapper.up(fact))).toEqual(['home', 'up'])
  const renewal = mapper.replace(unrelated({ name: 'a' }, cloud), [known])
  const over = (connection?: string) => [...renewal(connection)].flatMap((telling) => telling())
  expect(over()).toEqual([{ topic: 'home', payload: '', qos: 1, retain: true }])
  expect(over('cloud')).toMatchObject([{ topic: 'up', payload: '21', connection: 'cloud' }])
})

describe('values that are held back', () => {
  it('go out when their time has come: the newest of them', () => {
    const mapping = layersOf({
      publish: [
        { name: 'slow', on: 'value', topic: 'out', payload: '${value}', filter: { minInterval: '10s' } },
      ],
    })
    const known = new LastValues()
    const { mapper, clock, published } = mapperRig(mapping, {
      snapshot: () => ({ ...device, values: known }),
    })
    const tell = (value: number) => {
      const fact = values([{ path: '/3/0/9', type: 'integer', value }], { at: clock.wall() })
      known.learn(fact)
      return mapper.up(fact).map(({ payload }) => payload)
    }
    expect(tell(1)).toEqual(['1'])
    clock.advance(1_000)
    expect([tell(2), tell(3)]).toEqual([[], []])
    expect(clock.pending()).toEqual(['value held back'])
    clock.advance(8_999)
    expect(published).toEqual([])
    clock.advance(1)
    expect(published.map(({ payload }) => payload)).toEqual(['3'])
    expect(clock.pending()).toEqual([])
    expect(tell(4)).toEqual([])
    expect(clock.pending()).toEqual(['value held back'])
  })

  it('are not taken for known where the broker does not get them', () => {
    let seen: MappingState = {}
    const { mapper, clock } = mapperRig(
      scripted(
        ({ at }, state) => {
          seen = state
          return { timers: [{ key: 'm/r/p', at }] }
        },
        () => ({ publications: [publication('out')], state: { 'last/m/r/p': 1, 'context/m/p': 2 } }),
      ),
      { publish: (_, lost) => lost() },
    )
    mapper.up({ ...of('a'), at: clock.wall() })
    clock.advance(0)
    mapper.up(of('a'))
    expect(seen).toEqual({ 'context/m/p': 2 })
  })

  it('are asked for once for each device and subject, with the state of then', () => {
    const asked: unknown[] = []
    const { mapper, clock, published } = mapperRig(
      scripted(
        (fact) => ({ timers: [{ key: 'm/r/p', at: fact.at }], state: { by: fact.id } }),
        (timer, endpoint, state) => {
          asked.push([timer, endpoint, state])
          return { publications: [publication(endpoint)], state: {} }
        },
      ),
    )
    const at = clock.wall() + 5_000
    mapper.up({ ...of('a'), id: 'f-1', at })
    mapper.up({ ...of('a'), id: 'f-2', at: at + 1 })
    mapper.up({ ...of('b'), id: 'f-3', at: clock.wall() - 1 })
    expect(clock.pending()).toEqual(['value held back', 'value held back'])
    clock.advance(5_000)
    expect(asked).toEqual([
      [{ key: 'm/r/p', at: clock.wall() - 5_001 }, 'b', { by: 'f-3' }],
      [{ key: 'm/r/p', at }, 'a', { by: 'f-2' }],
    ])
    expect(topicsOf(published)).toEqual(['b', 'a'])
  })

  it('do not come out when their device has gone, nor when it has come back', () => {
    const slow = {
      name: 'slow',
      on: 'value',
      topic: 'out',
      payload: '${value}',
      filter: { minInterval: '10s' },
    }
    const { tell, live, clock, published } = liveRig({ publish: [slow] })
    live('registered')
    for (const value of [1, 2]) tell('/3/0/9', value)
    expect(clock.pending()).toEqual(['value held back'])
    live('expired')
    expect(clock.pending()).toEqual([])
    live('registered')
    clock.advance(20_000)
    expect(published).toEqual([])
  })

  it('do not come out when their file is not for the device any more', () => {
    const slow = {
      ...{ name: 'slow', on: 'value', topic: 'out', payload: '${value}', retain: true },
      filter: { minInterval: '10s' },
    }
    const lamps = { match: { attributes: { kind: 'lamp' } }, publish: [slow] }
    const { tell, live, clock, published } = liveRig(lamps, { name: 'all' })
    live('registered', { kind: 'lamp' })
    for (const value of [1, 2]) tell('/3303/0/5700', value)
    expect(clock.pending()).toEqual(['value held back'])
    expect(signed(live('updated', { kind: 'fan' }))).toEqual(['-out'])
    clock.advance(3_600_000)
    expect(clock.pending()).toEqual([])
    expect(published).toEqual([])
  })

  it('are not even held back when they come after its end', () => {
    const slow = {
      name: 'slow',
      on: 'value',
      topic: 'out',
      payload: '${value}',
      filter: { minInterval: '10s' },
    }
    const { tell, live, clock } = liveRig({ publish: [slow] })
    live('expired')
    for (const value of [1, 2]) tell('/3/0/9', value)
    expect(clock.pending()).toEqual([])
  })

  it('are 100,000 at most, and none after the end', () => {
    const { mapper, clock, published } = mapperRig(
      scripted(
        ({ at }) => ({ timers: Array.from({ length: 50_001 }, (_, index) => ({ key: String(index), at })) }),
        () => ({ publications: [publication('late')] }),
      ),
    )
    const at = clock.wall() + 1_000
    for (const endpoint of ['a', 'b']) mapper.up({ ...of(endpoint), at })
    expect(clock.pending()).toHaveLength(100_000)
    mapper.stop()
    expect(clock.pending()).toEqual([])
    clock.advance(2_000)
    expect(published).toEqual([])
  })
})

describe('failures', () => {
  const FAILURE: Failure = {
    ...{ mapping: 'mine', rule: 'shadow', event: 'values', endpoint: 'room-1', path: '/3/0/9' },
    ...{ code: 'mapping_failed', reason: 'no such key' },
  }
  const failing = () => mapperRig(scripted(() => ({ failures: [FAILURE] })))

  it('are logged, and told as an event of the gateway', () => {
    const { mapper, logger, published, clock } = failing()
    expect(mapper.up(of('room-1'))).toEqual([])
    expect(logger.warnings).toEqual([FAILURE])
    expect(topicsOf(published)).toEqual(['site/lwm2m/gateway/gw%2F1/event'])
    expect(JSON.parse(String(published[0]?.payload))).toMatchObject({
      ...{ event: 'mapping-failed', time: clock.wall(), endpoint: 'room-1' },
      ...{ code: 'mapping_failed', reason: 'no such key' },
      details: { mapping: 'mine', rule: 'shadow', event: 'values', path: '/3/0/9' },
    })
  })

  it('of a file on a connection of its own name the file, and the connection beside it', () => {
    const failures = [{ ...FAILURE, mapping: mappingId('up', 'cloud') }]
    const { mapper, logger, published } = mapperRig(scripted(() => ({ failures })))
    mapper.up(of('room-1'))
    expect(logger.warnings).toEqual([{ ...FAILURE, mapping: 'up', connection: 'cloud' }])
    expect(JSON.parse(String(published[0]?.payload)).details).toEqual({
      ...{ mapping: 'up', connection: 'cloud', rule: 'shadow', event: 'values', path: '/3/0/9' },
    })
  })

  it('are told 10 times at once, then once a second; the rest is counted and summed up', () => {
    const { mapper, logger, published, clock } = failing()
    for (let count = 0; count < 1_000; count++) mapper.up(of('room-1'))
    const told = published.length
    expect(told).toBeLessThanOrEqual(11)
    expect(told).toBeGreaterThanOrEqual(10)
    expect(logger.warnings).toHaveLength(told)
    expect(new Set(published.map(({ userProperties }) => userProperties?.id)).size).toBe(told)
    expect(clock.pending()).toEqual(['failing mappings'])
    clock.advance(1_000)
    mapper.up(of('room-1'))
    mapper.up(of('room-1'))
    expect(published).toHaveLength(told + 1)
    clock.advance(59_000)
    expect(logger.warnings.at(-1)).toEqual({ code: 'mapping_failed', suppressed: 1_002 - told - 1 })
    expect(clock.pending()).toEqual([])
  })

  it('leave no timer behind at the end', () => {
    const { mapper, clock } = failing()
    for (let count = 0; count < 100; count++) mapper.up(of('room-1'))
    mapper.stop()
    expect(clock.pending()).toEqual([])
  })

  it('of rules for values name the event by a word of `on`, and the path', () => {
    const mapping = layersOf({
      publish: [
        { name: 'one', on: 'value', topic: 'x', payload: '${value + endpoint}' },
        { name: 'many', on: 'notify', topic: 'x', payload: '${fields.nothing}' },
        { name: 'group', on: 'notify', per: 'instance', topic: 'x', payload: '${fields.nothing}' },
        { name: 'whole', on: 'observed', topic: 'x', payload: '${registration.attributes.nothing}' },
      ],
    })
    const { mapper, logger } = mapperRig(mapping)
    mapper.up(values([{ path: '/3303/0/5700', type: 'float', value: 5 }], { path: '/3303' }))
    mapper.up({ type: 'observed', id: 'o', at: 0, endpoint: 'room-1', path: '/3303' } as Fact)
    expect(logger.warnings).toMatchObject([
      { rule: 'one', event: 'value', path: '/3303/0/5700' },
      { rule: 'many', event: 'notify', path: '/3303' },
      { rule: 'group', event: 'notify', path: '/3303/0' },
      { rule: 'whole', event: 'observed', path: '/3303' },
    ])
  })

  it('of an answer: the asker hears of them instead', () => {
    const { mapper, logger } = mapperRig()
    const samples = [{ path: '/3/0/0', type: 'string', value: 'x'.repeat(2 ** 23) }] as const
    const result = { id: '42', endpoint: 'room-1', operation: 'read', path: '/3/0/0' } as const
    const reply = { serial: 's', topic: undefined, correlationData: undefined, question: undefined }
    const answers = mapper.answer({ ...result, status: 'ok', samples }, reply)
    expect(answers.map(({ payload }) => JSON.parse(String(payload)))).toMatchObject([
      { id: '42', status: 'error', operation: 'read', path: '/3/0/0', error: { code: 'mapping_budget' } },
    ])
    expect(logger.warnings).toMatchObject([{ mapping: 'plain', rule: 'answer', code: 'mapping_budget' }])
  })
})

describe('two devices of one name', () => {
  it('are reported; the second keeps its endpoint name', () => {
    const mapping = layersOf({
      device: 'sensor',
      publish: [
        { name: 'told', on: 'updated', topic: 'out/${device}', payload: 'x' },
        { name: 'clash', on: 'mapping-clash', topic: 'clash/${endpoint}', payload: '${reason}' },
      ],
    })
    const { mapper, logger, published } = mapperRig(mapping)
    expect(topicsOf(mapper.up(of('a')))).toEqual(['out/sensor'])
    expect(published).toEqual([])
    expect(topicsOf(mapper.up(of('b')))).toEqual(['out/b'])
    expect(topicsOf(published)).toEqual(['clash/b'])
    expect(logger.warnings).toMatchObject([
      { code: 'mapping_clash', mapping: 'mine', rule: 'device', endpoint: 'b' },
    ])
    expect(logger.texts).toEqual(['two devices have one name in a mapping'])
    mapper.up({ ...lifecycle('expired'), endpoint: 'a' })
    expect(topicsOf(mapper.up(of('b')))).toEqual(['out/sensor'])
    expect(published).toHaveLength(1)
  })
})

describe('retained topics at a reload', () => {
  type Rules = NonNullable<MappingDocument['publish']>
  const sample = { path: '/3303/0/5700', type: 'float', value: 21 } as const
  const EMPTY = { payload: '', qos: 1, retain: true }

  /** What is published when these rules take over from those, of a device that registered and told a value. */
  function replaced(before: Rules, after: Rules, happens = (_: ReturnType<typeof mapperRig>): void => {}) {
    const rig = mapperRig(layersOf({ publish: before }))
    rig.mapper.up(lifecycle('registered'))
    rig.mapper.up(values([sample]))
    happens(rig)
    return [...rig.mapper.replaced(layersOf({ publish: after }), [device])]
  }

  const state = (topic: string, more = {}) => ({
    ...{ name: 'state', on: ['registered', 'connected'], topic, payload: 'here', retain: true },
    ...more,
  })

  it.each([
    ['that a rule of the same name has moved', state('new/${device}')],
    ['that a rule without a name has moved', { ...state('new/${device}'), name: undefined }],
    ['whose rule told it once, when the device registered', state('new/${device}', { on: 'registered' })],
  ])('of a device as a whole %s is taken away, after the new one is told', (_, { name, ...rule }) => {
    const named = name === undefined ? rule : { name, ...rule }
    const published = replaced([{ ...named, topic: 'old/${device}' }], [named])
    expect(topicsOf(published)).toEqual(['new/room-1', 'old/room-1'])
    expect(published[1]).toEqual({ topic: 'old/room-1', ...EMPTY })
  })

  it('whose rule is gone is taken away, and what another rule tells there now is not', () => {
    const value = { name: 'value', on: 'value', topic: 'value', payload: '${value}', retain: true }
    const other = { name: 'other', on: 'connected', topic: 'kept', payload: 'x', retain: true }
    expect(replaced([state('gone'), value], [other])).toEqual([
      expect.objectContaining({ topic: 'kept', payload: '"x"' }),
      { topic: 'gone', ...EMPTY },
      { topic: 'value', ...EMPTY },
    ])
    expect(topicsOf(replaced([state('kept')], [other]))).toEqual(['kept'])
  })

  it('of which nothing is told, because no last value is known, stays', () => {
    const value = (topic: string) => ({
      name: 'value',
      on: 'value',
      topic,
      payload: '${value}',
      retain: true,
    })
    expect(replaced([value('old')], [value('new')])).toEqual([])
  })

  it('of a device that has gone is taken away where its rule is gone', () => {
    const published = replaced([state('one'), state('two', { name: 'two' })], [state('one')], (rig) => {
      rig.mapper.up(lifecycle('expired'))
      rig.gone.add('room-1')
    })
    expect(published).toEqual([{ topic: 'two', ...EMPTY }])
  })

  it('that an answer has left is not touched', () => {
    const topic = 'ask/{device}'
    const answer = { topic: 'told', retain: true }
    const { mapper } = mapperRig(
      layersOf({ commands: [{ name: 'ask', topic, operation: 'read', path: '/3', answer }] }),
    )
    const [order] = mapper.read({ topic: 'ask/room-1', payload: new Uint8Array(), retain: false }, 's').orders
    if (order === undefined) throw new Error('nothing was asked')
    const result = { id: '1', endpoint: 'room-1', operation: 'read', path: '/3', status: 'ok' } as const
    expect(topicsOf(mapper.answer(result, order.reply))).toEqual(['told'])
    expect([...mapper.replaced(layersOf({}), [device])]).toEqual([])
  })
})

/** A device that says what the test says: what it tells is known from then on, and what it registered. */
function liveRig(...files: Parameters<typeof layersOf>) {
  const known = new LastValues()
  let current = { ...device, values: known }
  const rig = mapperRig(layersOf(...files), {
    snapshot: () => (rig.gone.size > 0 ? { ...current, registration: undefined } : current),
  })
  const tell = (path: string, value: string | number) => {
    const type = typeof value === 'string' ? 'string' : 'float'
    const fact = values([{ path, type, value }])
    known.learn(fact)
    return rig.mapper.up(fact)
  }
  const live = (type: 'registered' | 'updated' | 'expired', attributes = {}) => {
    current = { ...current, registration: registration({ attributes }) }
    if (type === 'expired') rig.gone.add('room-1')
    else rig.gone.clear()
    return rig.mapper.up({ ...lifecycle(type), registration: registration({ attributes }) } as Fact)
  }
  const hears = (topic: string) =>
    rig.mapper.read({ topic, payload: new Uint8Array(), retain: false }, 's').orders.length > 0
  return { ...rig, tell, live, hears, known }
}

/** Topics, those that are taken away with a minus before them. */
const signed = (publications: readonly { readonly topic: string; readonly payload: unknown }[]) =>
  publications.map(({ topic, payload }) => (payload === '' ? `-${topic}` : topic))

describe('a name that changes with the registration', () => {
  const house = {
    device: '${default(registration.attributes.room, endpoint)}',
    publish: [
      { name: 'state', on: ['registered', 'connected'], topic: '${device}/state', payload: 1, retain: true },
      { name: 'all', on: 'registered', topic: 'all/${endpoint}', payload: 1, retain: true },
      { name: 'value', on: 'value', topic: '${device}/value${path}', payload: '${value}', retain: true },
    ],
    commands: [{ name: 'ask', topic: '{device}/ask', operation: 'read', path: '/3' }],
  }

  it('takes away what the broker keeps under the old one, and tells what holds under the new one', () => {
    const { tell, live, hears, known } = liveRig(house)
    expect(signed(live('registered', { room: 'kitchen' }))).toEqual(['kitchen/state', 'all/room-1'])
    tell('/3303/0/5700', 21)
    tell('/3303/0/5701', 'Cel')
    known.forget('/3303/0/5701')
    expect(signed(live('updated', { room: 'hall' }))).toEqual([
      ...['hall/state', 'all/room-1', 'hall/value/3303/0/5700'],
      ...['-kitchen/state', '-kitchen/value/3303/0/5700', '-kitchen/value/3303/0/5701'],
    ])
    expect([hears('kitchen/ask'), hears('hall/ask')]).toEqual([false, true])
    expect(live('updated', { room: 'hall' })).toEqual([])
  })

  it('takes it away over the connection that it was told on', () => {
    const { live } = liveRig({ ...house, connection: 'cloud' })
    live('registered', { room: 'kitchen' })
    const moved = live('updated', { room: 'hall' })
    expect(signed(moved)).toContain('-kitchen/state')
    expect(new Set(moved.map(({ connection }) => connection))).toEqual(new Set(['cloud']))
  })

  it('does so while the device is away', () => {
    const { tell, live } = liveRig(house)
    live('registered', { room: 'kitchen' })
    tell('/3303/0/5700', 21)
    live('expired', { room: 'kitchen' })
    expect(signed(live('registered', { room: 'hall' }))).toEqual(
      expect.arrayContaining(['hall/state', '-kitchen/state', '-kitchen/value/3303/0/5700']),
    )
  })

  it.each([
    ['that only looks as if it held the old name', 'seen/${endpoint}', []],
    ['of which the old name is a whole level', 'room/${endpoint}', []],
    ['with the name as a word in a text and as a key', "seen/${'device'}/${{'device': 1}.device}", []],
    ['with the name as a part of a level', 'config/my-${device}/x', ['-config/my-room/x']],
    ['with the name in other letters', 'seen/${device.upperAscii()}', ['-seen/ROOM']],
  ])('takes a topic away that was made of it, and no other: one %s', (_, topic, taken) => {
    const { mapper, live } = liveRig({
      device: '${default(registration.attributes.room, endpoint)}',
      publish: [{ name: 'seen', on: 'observed', topic, payload: 1, retain: true }],
    })
    live('registered', { room: 'room' })
    expect(mapper.up({ ...BASE, type: 'observed', path: '/3303', reason: 'policy' })).toHaveLength(1)
    expect(signed(live('updated', { room: 'hall' }))).toEqual(taken)
  })

  it('leaves what another device publishes under the old name by now', () => {
    const { mapper, live } = liveRig(house)
    live('registered', { room: 'kitchen' })
    live('expired', { room: 'kitchen' })
    const other = registration({ endpoint: 'other', attributes: { room: 'kitchen' } })
    mapper.up({ ...lifecycle('registered'), endpoint: 'other', registration: other } as Fact)
    expect(signed(live('registered', { room: 'hall' }))).not.toContain('-kitchen/state')
  })
})

describe('a rule with stop', () => {
  const taking = (more: object) => ({
    publish: [
      {
        ...{ name: 'mine', on: 'value', path: '/3303/*/5700', topic: 'a${path}', payload: '${value}' },
        ...{ retain: true, stop: true, ...more },
      },
    ],
  })
  const rooms = (path: string) => ({
    ...{ name: 'rooms', device: '${default(registration.attributes.room, endpoint)}' },
    publish: [
      { name: 'all', on: 'value', path, topic: '${device}${path}', payload: '${value}', retain: true },
    ],
  })

  it.each([
    ['', {}],
    [' that its filter has seen', { filter: { onChange: true } }],
    [' that brokers do not keep', { retain: false }],
  ])('keeps its value%s from a later file that calls the device otherwise now', (_, more) => {
    const { tell, live } = liveRig(taking(more), rooms('/3303/*/*'))
    live('registered', { room: 'kitchen' })
    expect(signed(tell('/3303/0/5700', 21))).toEqual(['a/3303/0/5700'])
    expect(signed(tell('/3303/0/5701', 'Cel'))).toEqual(['kitchen/3303/0/5701'])
    expect(signed(live('updated', { room: 'hall' }))).toEqual([
      ...['hall/3303/0/5701', '-kitchen/3303/0/5701'],
    ])
  })

  it('keeps what its own filter knows when a later file calls the device otherwise', () => {
    const { tell, live } = liveRig(taking({ filter: { onChange: true } }), rooms('/3303/*/5701'))
    live('registered', { room: 'kitchen' })
    expect(tell('/3303/0/5700', 21)).toHaveLength(1)
    tell('/3303/0/5701', 'Cel')
    expect(live('updated', { room: 'hall' })).toHaveLength(2)
    expect(tell('/3303/0/5700', 21)).toEqual([])
  })
})

describe('a file for devices of a model', () => {
  const lamps = {
    match: { model: 'lamp-*' },
    device: 'my-${endpoint}',
    publish: [
      {
        ...{ name: 'presence', on: ['presence', 'connected'], topic: '${device}/presence' },
        ...{ payload: '${state}', retain: true },
      },
      { name: 'seen', on: 'registered', topic: '${device}/seen', payload: 1, retain: true },
      { name: 'value', on: 'value', path: '/3311/*/*', topic: '${device}${path}', payload: 1, retain: true },
    ],
    commands: [{ name: 'ask', topic: '{device}/ask', operation: 'read', path: '/3' }],
  }

  it('tells what holds of a device when its model becomes known', () => {
    const { tell, live, hears } = liveRig(lamps)
    expect(live('registered')).toEqual([])
    expect(tell('/3311/0/5850', 1)).toEqual([])
    expect(hears('my-room-1/ask')).toBe(false)
    expect(signed(tell('/3/0/1', 'lamp-7'))).toEqual([
      ...['my-room-1/presence', 'my-room-1/seen', 'my-room-1/3311/0/5850'],
    ])
    expect(hears('my-room-1/ask')).toBe(true)
    expect(tell('/3/0/1', 'lamp-8')).toEqual([]) // it is for that model, too
  })

  it('takes away what it has told of a device that turns out to be another model', () => {
    const { tell, live, hears } = liveRig(lamps)
    live('registered')
    tell('/3/0/1', 'lamp-7')
    tell('/3311/0/5850', 1)
    expect(signed(tell('/3/0/1', 'heater'))).toEqual([
      ...['-my-room-1/presence', '-my-room-1/seen', '-my-room-1/3311/0/5850'],
    ])
    expect(hears('my-room-1/ask')).toBe(false)
  })

  it('puts its rules in the place of others, and they come back when it is not for the device any more', () => {
    const value = (topic: string) => ({
      name: 'value',
      on: 'value',
      topic,
      payload: '${value}',
      retain: true,
    })
    const base = { name: 'base', publish: [{ ...value('base${path}'), path: '/3303/*/*' }] }
    const own = { extends: 'base', match: { model: 'lamp-*' }, publish: [value('own${path}')] }
    const { tell, live } = liveRig(own, base)
    live('registered')
    expect(signed(tell('/3303/0/5700', 21))).toEqual(['base/3303/0/5700'])
    expect(signed(tell('/3/0/1', 'lamp-7'))).toEqual([
      ...['own/3/0/1', 'own/3303/0/5700', 'own/3/0/1', '-base/3303/0/5700'],
    ])
    expect(signed(tell('/3/0/1', 'heater'))).toEqual([
      ...['base/3303/0/5700', '-own/3/0/1', '-own/3303/0/5700'],
    ])
  })

  it('is not asked about the models of devices where no file is for a model', () => {
    const { tell, live, mapper } = liveRig({ ...lamps, match: {} })
    live('registered')
    const mapping = layersOf({ ...lamps, match: {} })
    expect(mapping.isMoving(values([{ path: '/3/0/1', type: 'string', value: 'lamp-7' }]))).toBe(false)
    expect(tell('/3/0/1', 'lamp-7')).toEqual([])
    mapper.stop()
  })
})

describe('parts of a document that are taken away one by one', () => {
  /** A document of the instances of object 3303, as device discovery has them. */
  const discovery = {
    name: 'discovery',
    on: ['registered', 'updated', 'connected'],
    topic: 'config/${device}',
    retain: true,
    removal: 'cmps',
    payload: {
      cmps: {
        $each: '${registration.objects.filter(o, o.id == 3303)[0].instances}',
        ...{ $as: 'i', $key: 'c${text(i)}', $value: { p: 'sensor' } },
      },
    },
  }
  const goodbye = { name: 'goodbye', on: 'deregistered', topic: 'config/${device}', retain: true }

  function partsRig(document: Omit<MappingDocument, 'name'> = { publish: [discovery, goodbye] }) {
    let state: MappingState = {}
    const layers = layersOf(document)
    const spied: Mapping = Object.assign(Object.create(layers) as Mapping, {
      up: (fact: Fact, one: DeviceSnapshot, before: MappingState) => {
        state = before
        return layers.up(fact, one, before)
      },
      isMoving: (fact: Fact) => layers.isMoving(fact),
      placement: (endpoint: string, one: DeviceSnapshot) => layers.placement(endpoint, one),
      renew: (...given: Parameters<Mapping['renew']>) => layers.renew(...given),
      rules: (one: DeviceSnapshot) => layers.rules(one),
    })
    let current = device
    const { mapper } = mapperRig(spied, { snapshot: () => current })
    const happen = (
      type: 'registered' | 'updated' | 'deregistered' | 'expired',
      instances: number[],
      room = 'hall',
    ) => {
      const objects = [{ id: 3303, version: '1.0', instances }]
      current = { ...device, registration: registration({ objects, attributes: { room } }) }
      const publications = mapper.up({ ...lifecycle(type), registration: current.registration } as Fact)
      return publications.map(({ topic, payload }) => {
        const parts = payload === '' ? undefined : JSON.parse(String(payload)).cmps
        return [topic, parts && Object.keys(parts)]
      })
    }
    const tell = (path: string) => mapper.up(values([{ path, type: 'float', value: 1 }]))
    /** What is kept for the device, as the next fact finds it. */
    const kept = () => {
      mapper.up(values([]))
      return Object.keys(state)
    }
    return { happen, tell, kept }
  }

  it('are forgotten when the device has said goodbye and its topic is empty', () => {
    const { happen, kept } = partsRig()
    happen('registered', [0, 1])
    expect(happen('deregistered', [0, 1])).toEqual([['config/room-1', undefined]])
    expect(kept()).toEqual([])
    expect(happen('registered', [0])).toEqual([['config/room-1', ['c0']]])
  })

  it('are known of a device that falls silent: the broker has them still', () => {
    const { happen } = partsRig()
    happen('registered', [0, 1])
    expect(happen('expired', [0, 1])).toEqual([])
    expect(happen('registered', [0])).toEqual([
      ['config/room-1', ['c0', 'c1']],
      ['config/room-1', ['c0']],
    ])
  })

  it('are not taken away on a topic that never had them: the device has another name', () => {
    const { happen, kept } = partsRig({ device: '${registration.attributes.room}', publish: [discovery] })
    happen('registered', [0, 1], 'kitchen')
    expect(happen('updated', [0], 'hall')).toEqual([
      ['config/hall', ['c0']],
      ['config/hall', ['c0']],
      ['config/kitchen', undefined],
    ])
    expect(kept()).toEqual(['parts/mine/discovery/device'])
  })

  it('of an instance are forgotten when it vanishes', () => {
    const instance = {
      ...{ name: 'instance', on: 'value', per: 'instance' as const, topic: 'config${path}', retain: true },
      ...{ removal: 'cmps', payload: { cmps: { one: { p: 1 } } } },
    }
    const { happen, tell, kept } = partsRig({ publish: [instance] })
    happen('registered', [0, 1])
    for (const id of [0, 1]) tell(`/3303/${id}/5700`)
    expect(kept()).toEqual(['parts/mine/instance//3303/0', 'parts/mine/instance//3303/1'])
    expect(happen('updated', [0])).toEqual([['config/3303/1', undefined]])
    expect(kept()).toEqual(['parts/mine/instance//3303/0'])
  })
})
