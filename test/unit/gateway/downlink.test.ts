import { describe, expect, it } from 'vitest'
import { Downlink } from '../../../src/gateway/downlink.ts'
import { QuestionMemory } from '../../../src/gateway/question-memory.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import type { Message } from '../../../src/mapping/publication.ts'
import type { SimulatedClock } from '../../support/clock.ts'
import { layersOf } from '../mapping/layers-rig.ts'
import { message } from '../mapping/plain-rig.ts'
import { FakeCommands, FakePublisher, failed, ok } from './fakes.ts'
import { mapperRig } from './mapper-rig.ts'

function rig(mapping?: Mapping) {
  const publisher = new FakePublisher()
  const commands = new FakeCommands()
  const { mapper, clock, logger } = mapperRig(mapping)
  const downlink = new Downlink({ mapper, publisher, commands, clock, logger })
  const accepted: boolean[] = []
  const take = (given: Message) =>
    downlink.take(given, downlink.nextSerial(), (taken) => accepted.push(taken))
  /** What was told since the last call: states of commands, and answers by status. */
  const told = () =>
    publisher.take().map(({ level, body }) => (level === 'command' ? body.state : body.status))
  return { publisher, commands, clock, logger, mapper, downlink, accepted, take, told }
}

const REPLY = 'site/lwm2m/reply/'

function read(id: string | undefined, changes: Partial<Message> = {}, more: object = {}): Message {
  const body = { ...(id === undefined ? {} : { id }), operation: 'read', path: '/3/0', ...more }
  return message('device/room-1/do/request', JSON.stringify(body), changes)
}

describe('a command', () => {
  it('is queued, sent, done, and answered once', () => {
    const { take, told, commands, accepted, downlink } = rig()
    take(read('42'))
    expect(accepted).toEqual([true])
    expect(told()).toEqual(['queued'])
    expect(commands.last.command).toMatchObject({
      id: '42',
      endpoint: 'room-1',
      operation: 'read',
      path: '/3/0',
    })
    expect(downlink.underWay).toBe(1)
    commands.last.life.sent()
    expect(told()).toEqual(['sent'])
    commands.last.life.done(ok(commands.last.command))
    expect(told()).toEqual(['done', 'ok'])
    commands.last.life.done(ok(commands.last.command))
    expect(told()).toEqual([])
    expect(downlink.underWay).toBe(0)
  })

  it('that fails is failed, one that the device lost is cancelled', () => {
    const { take, told, commands } = rig()
    take(read('1'))
    commands.last.life.done(failed(commands.last.command, 'coap_no_ack'))
    expect(told()).toEqual(['queued', 'failed', 'error'])
    take(read('2'))
    commands.last.life.done(failed(commands.last.command, 'coap_cancelled'))
    expect(told()).toEqual(['queued', 'cancelled', 'error'])
  })

  it('may end before it was accepted', () => {
    const { take, told, commands, clock, downlink } = rig()
    commands.immediate = true
    take(read('42', { expiry: 10 }))
    expect(told()).toEqual(['queued', 'done', 'ok'])
    expect(downlink.underWay).toBe(0)
    expect(clock.pending()).toEqual([])
  })

  it('answers go where the asker said', () => {
    const { take, publisher, commands } = rig()
    const correlationData = Uint8Array.of(7)
    take(read('42', { responseTopic: `${REPLY}app`, correlationData }))
    commands.last.life.done(ok(commands.last.command))
    expect(publisher.queued.at(-1)?.publication).toMatchObject({ topic: `${REPLY}app`, correlationData })
  })

  it('without an id gets one that nobody has had', () => {
    const { take, commands, clock, logger, mapper } = rig()
    take(read(undefined))
    take(read(undefined))
    clock.advance(1)
    const restarted = new Downlink({ mapper, publisher: new FakePublisher(), commands, clock, logger })
    restarted.take(read(undefined), restarted.nextSerial(), () => {})
    const made = commands.accepted.map(({ command }) => command.id)
    expect(new Set(made).size).toBe(3)
  })
})

describe('a message that gives no command', () => {
  it('is answered and acknowledged', () => {
    const { take, publisher, commands, accepted, downlink } = rig()
    take(message('device/room-1/do/request', '{'))
    expect(accepted).toEqual([true])
    expect(publisher.take()).toMatchObject([
      { level: 'response', body: { id: null, status: 'error', error: { code: 'request_not_json' } } },
    ])
    expect(commands.accepted).toEqual([])
    expect(downlink.underWay).toBe(0)
  })

  it('is acknowledged also where it asks for nothing', () => {
    const { take, told, accepted } = rig()
    take(message('device/room-1/do/read/3', '', { retain: true }))
    expect(accepted).toEqual([true])
    expect(told()).toEqual([])
  })
})

describe('a repeated id', () => {
  it('with the same words gets the first answer again, during and after', () => {
    const { take, publisher, commands, accepted } = rig()
    take(read('42', { responseTopic: `${REPLY}1` }))
    take(read('42', { responseTopic: `${REPLY}2` }))
    publisher.take()
    expect(commands.accepted).toHaveLength(1)
    commands.last.life.done(ok(commands.last.command))
    expect(publisher.take().map(({ topic }) => topic)).toEqual([
      'site/lwm2m/device/room-1/command',
      `${REPLY}1`,
      `${REPLY}2`,
    ])
    take(read('42', { responseTopic: `${REPLY}3` }))
    expect(publisher.take()).toMatchObject([
      { topic: `${REPLY}3`, body: { id: '42', status: 'ok', code: '2.05' } },
    ])
    expect(commands.accepted).toHaveLength(1)
    expect(accepted).toEqual([true, true, true])
  })

  it('the same goes for Correlation Data', () => {
    const { take, commands } = rig()
    const correlationData = Uint8Array.of(1)
    take(read(undefined, { correlationData }))
    take(read(undefined, { correlationData: correlationData.slice() }))
    expect(commands.accepted).toHaveLength(1)
    take(read(undefined, { correlationData: Uint8Array.of(2) }))
    expect(commands.accepted).toHaveLength(2)
  })

  it('with other words, for another device, or after 120 s is another command', () => {
    const { take, commands, clock } = rig()
    take(read('42'))
    take(read('42', {}, { format: 'tlv' }))
    take({ ...read('42'), topic: 'site/lwm2m/device/room-2/do/request' })
    expect(commands.accepted).toHaveLength(3)
    for (const { life, command } of commands.accepted) life.done(ok(command))
    clock.advance(120_001)
    take(read('42'))
    expect(commands.accepted).toHaveLength(4)
  })

  it('over another connection is another command: who asks there knows nothing of these ids', () => {
    const memory = new QuestionMemory(rig().clock)
    const question = memory.remember('e', '42', 'words')
    expect(memory.find('e', '42', 'words', 0, 'cloud')).toBeUndefined()
    const other = memory.remember('e', '42', 'words', 0, 'cloud')
    expect(memory.find('e', '42', 'words')).toBe(question)
    expect(memory.find('e', '42', 'words', 0, 'cloud')).toBe(other)
  })

  it('is remembered as long as the command is under way', () => {
    const { take, commands, clock } = rig()
    take(read('42'))
    clock.advance(3_600_000)
    take(read('42'))
    expect(commands.accepted).toHaveLength(1)
  })

  it('without an id nothing is remembered', () => {
    const { take, commands } = rig()
    take(read(undefined))
    take(read(undefined))
    expect(commands.accepted).toHaveLength(2)
  })

  it('is refused when too many repeat it before the answer', () => {
    const { take, publisher, commands, accepted } = rig()
    for (let count = 0; count <= 17; count++) take(read('42'))
    expect(publisher.take()).toMatchObject([
      { body: { state: 'queued' } },
      { body: { id: '42', status: 'error', error: { code: 'command_overload' } } },
    ])
    commands.last.life.done(ok(commands.last.command))
    expect(publisher.take().filter(({ level }) => level === 'response')).toHaveLength(17)
    expect(accepted).toHaveLength(18)
  })

  it('an expired one stays expired', () => {
    const { take, told, clock, commands } = rig()
    take(read('42', { expiry: 1 }))
    clock.advance(1_000)
    told()
    take(read('42', { expiry: 1 }))
    expect(told()).toEqual(['error'])
    expect(commands.accepted).toHaveLength(1)
  })
})

describe('several commands of one message', () => {
  const desired = layersOf({
    name: 'desired',
    commands: [
      {
        topic: 'site/lwm2m/device/{device}/desired',
        $each: '${payload.writes}',
        $as: 'w',
        $value: { operation: 'write', path: '${w.path}', value: '${w.value}', 'id?': '${payload.id}' },
        answer: {
          topic: 'answer',
          payload: { path: '${result.path}', id: '${result.id}', status: '${result.status}' },
        },
      },
    ],
  })
  const paths = ['/3311/0/5850', '/3311/0/5851']
  const wanted = (id: object, changes: Partial<Message> = {}, more: readonly object[] = []): Message => {
    const writes = [...paths.map((path, value) => ({ path, value })), ...more]
    return message('device/room-1/desired', JSON.stringify({ ...id, writes }), changes)
  }

  it.each([
    ['id', { id: '42' }, {}, '42'],
    ['Correlation Data', {}, { correlationData: Uint8Array.of(7) }, 'Bw'],
  ])(
    'with one %s are all carried out; a repetition gets all first answers again',
    (_, id, changes, known) => {
      const { take, publisher, commands, accepted } = rig(desired)
      const answers = paths.map((path) => ({ topic: 'answer', body: { path, id: known, status: 'ok' } }))
      take(wanted(id, changes))
      expect(commands.accepted.map(({ command }) => command.path)).toEqual(paths)
      commands.accepted[1]?.life.done(ok(commands.accepted[1].command))
      expect(publisher.take()).toMatchObject([answers[1]])
      take(wanted(id, changes))
      expect(publisher.take()).toMatchObject([answers[1]])
      commands.accepted[0]?.life.done(ok(commands.accepted[0].command))
      expect(publisher.take()).toMatchObject([answers[0], answers[0]])
      take(wanted(id, changes))
      expect(publisher.take()).toMatchObject(answers)
      expect(commands.accepted).toHaveLength(2)
      expect(accepted).toEqual([true, true, true])
    },
  )

  it('with the id of another message are other commands', () => {
    const { take, commands } = rig(desired)
    take(wanted({ id: '42' }))
    take(wanted({ id: '42' }, {}, [{ path: '/3311/0/5706', value: 'red' }]))
    expect(commands.accepted).toHaveLength(5)
  })

  it('are taken together or not at all', () => {
    const { take, commands, accepted } = rig(desired)
    for (let count = 0; count < 4_999; count++) take(wanted({}))
    take(wanted({}, {}, [{ path: '/3311/0/5706', value: 'red' }]))
    expect(accepted.at(-1)).toBe(false)
    take(wanted({}))
    expect(accepted.at(-1)).toBe(true)
    expect(commands.accepted).toHaveLength(10_000)
  })
})

describe('on: response', () => {
  const mapping = layersOf({
    name: 'house',
    publish: [
      {
        on: 'response',
        topic: 'log/${device}/commands',
        payload: {
          id: '${command.id}',
          path: '${command.path}',
          how: '${result.kind}',
          'code?': '${result.code}',
        },
      },
    ],
    commands: [
      {
        topic: 'site/lwm2m/device/{device}/do/request',
        $value: '${payload}',
        answer: { topic: 'answer', payload: '${result.status}' },
      },
    ],
  })
  const log = 'log/room-1/commands'

  it('tells of each end of a command, once, beside the answers', () => {
    const { take, publisher, commands, downlink } = rig(mapping)
    take(read('42'))
    take(read('42'))
    expect(publisher.take()).toEqual([])
    commands.last.life.done(ok(commands.last.command))
    const end = { id: '42', path: '/3/0', how: 'ok', code: '2.05' }
    expect(publisher.take()).toMatchObject([
      { topic: 'answer', body: 'ok' },
      { topic: 'answer', body: 'ok' },
      { topic: log, body: end },
    ])
    take(read('42'))
    expect(publisher.take()).toMatchObject([{ topic: 'answer', body: 'ok' }])
    take(read('43'))
    downlink.stop()
    expect(publisher.take()).toMatchObject([{ topic: 'answer' }, { topic: log, body: { how: 'cancelled' } }])
  })

  it('and not of a message that gave no command; it is news, not owed', () => {
    const { take, publisher, commands } = rig(mapping)
    take(message('device/room-1/do/request', '{}'))
    expect(publisher.take()).toMatchObject([{ topic: 'answer' }])
    publisher.room = 0
    take(read('42'))
    commands.last.life.done(ok(commands.last.command))
    expect(publisher.take()).toMatchObject([{ topic: 'answer' }])
  })
})

describe('deadlines', () => {
  it.each([
    [
      'Message Expiry',
      (clock: SimulatedClock) => read('42', { expiry: 60 }, { deadline: clock.wall() + 90_000 }),
    ],
    ['the field', (clock: SimulatedClock) => read('42', { expiry: 90 }, { deadline: clock.wall() + 60_000 })],
  ])('%s: the earlier one ends the command, once, and the request is given up', (_name, make) => {
    const { take, publisher, told, clock, commands, downlink } = rig()
    take(make(clock))
    clock.advance(59_999)
    expect(told()).toEqual(['queued'])
    clock.advance(1)
    const [state, answer, ...rest] = publisher.take()
    expect(state?.body).toMatchObject({ state: 'expired' })
    expect(answer?.body).toMatchObject({ id: '42', status: 'error', error: { code: 'command_expired' } })
    expect(rest).toEqual([])
    expect(commands.last.cancelled).toBe(true)
    expect(downlink.underWay).toBe(0)
    commands.last.life.done(ok(commands.last.command))
    expect(told()).toEqual([])
  })

  it('already past: never sent', () => {
    const { take, publisher, clock, commands, accepted } = rig()
    take(read('1', {}, { deadline: clock.wall() }))
    take(read('2', { expiry: 0 }))
    expect(commands.accepted).toEqual([])
    expect(accepted).toEqual([true, true])
    const answers = publisher.take().filter(({ level }) => level === 'response')
    expect(answers.map(({ body }) => body.error)).toMatchObject([
      { code: 'command_expired' },
      { code: 'command_expired' },
    ])
  })

  it('an answer in time takes the timer away', () => {
    const { take, told, clock, commands } = rig()
    take(read('42', { expiry: 60 }))
    expect(clock.pending()).toEqual(['command deadline'])
    commands.last.life.done(ok(commands.last.command))
    expect(clock.pending()).toEqual([])
    told()
    clock.advance(120_000)
    expect(told()).toEqual([])
  })

  it('without one there is no timer', () => {
    const { take, clock } = rig()
    take(read('42'))
    expect(clock.pending()).toEqual([])
  })
})

describe('stop', () => {
  it('gives up what is under way, the youngest first; each asker hears it once', () => {
    const { take, publisher, told, downlink, commands, clock } = rig()
    take(read('1', { expiry: 60 }))
    take(read('2'))
    told()
    downlink.stop()
    const answers = publisher.take().filter(({ level }) => level === 'response')
    expect(answers.map(({ body }) => [body.id, body.error])).toMatchObject([
      ['2', { code: 'coap_cancelled' }],
      ['1', { code: 'coap_cancelled' }],
    ])
    expect(commands.accepted.every(({ cancelled }) => cancelled)).toBe(true)
    expect(downlink.underWay).toBe(0)
    expect(clock.pending()).toEqual([])
    downlink.stop()
    expect(told()).toEqual([])
  })

  it('leaves what comes later to the broker', () => {
    const { take, told, downlink, accepted, commands } = rig()
    downlink.stop()
    take(read('1'))
    expect(accepted).toEqual([])
    expect(told()).toEqual([])
    expect(commands.accepted).toEqual([])
  })
})

describe('limits', () => {
  it('above 10,000 commands under way, the next is refused with an answer, and taken again when there is room', () => {
    const { take, publisher, commands, accepted, logger } = rig()
    for (let count = 0; count < 10_000; count++) take(read(undefined))
    publisher.take()
    take(read('42', { responseTopic: `${REPLY}app` }))
    expect(accepted.at(-1)).toBe(false)
    expect(accepted.indexOf(false)).toBe(10_000)
    expect(logger.warnings).toMatchObject([
      { code: 'command_overload', endpoint: 'room-1', underWay: 10_000 },
    ])
    expect(publisher.take()).toMatchObject([
      { topic: `${REPLY}app`, body: { id: '42', status: 'error', error: { code: 'command_overload' } } },
    ])
    commands.last.life.done(ok(commands.last.command))
    take(read('42'))
    expect(accepted.at(-1)).toBe(true)
  })

  it('the same above 64 MiB of messages under way', () => {
    const { take, publisher, commands, accepted } = rig()
    const value = JSON.stringify({ operation: 'write', path: '/3/0/15', value: 'x'.repeat(2 ** 20) })
    for (let count = 0; count < 63; count++) take(message('device/room-1/do/request', value))
    expect(accepted).not.toContain(false)
    publisher.take()
    take(message('device/room-1/do/request', value))
    expect(accepted.at(-1)).toBe(false)
    expect(publisher.take()).toMatchObject([{ body: { error: { code: 'command_overload' } } }])
    take(read('42'))
    expect(accepted.at(-1)).toBe(true)
    const [first] = commands.accepted
    if (first !== undefined) first.life.done(ok(first.command))
    take(message('device/room-1/do/request', value))
    expect(accepted.at(-1)).toBe(true)
  })

  it('the properties of a message count as well', () => {
    const { take, accepted } = rig()
    const userProperties = { note: 'x'.repeat(2 ** 20) }
    for (let count = 0; count < 64; count++) take(read(undefined, { userProperties }))
    expect(accepted.indexOf(false)).toBe(63)
  })

  it('a full queue to the broker is logged, and the command goes on', () => {
    const { take, publisher, commands, logger, accepted } = rig()
    publisher.room = 0
    take(read('42'))
    expect(logger.warnings).toMatchObject([
      { code: 'mqtt_queue_full', topic: 'site/lwm2m/device/room-1/command' },
    ])
    expect(accepted).toEqual([true])
    expect(commands.accepted).toHaveLength(1)
  })

  it('an answer has room where a queue is full of values', () => {
    const { take, publisher, commands } = rig()
    publisher.room = 0
    take(read('42'))
    commands.last.life.done(ok(commands.last.command))
    expect(publisher.take()).toMatchObject([{ body: { id: '42', status: 'ok' } }])
  })

  it('an answer that the broker refuses is logged', () => {
    const { take, publisher, logger } = rig()
    take(read('42'))
    publisher.queued[0]?.done(new CodedError('mqtt_refused', 'not allowed'))
    expect(logger.warnings).toMatchObject([{ code: 'mqtt_refused', reason: 'not allowed' }])
    publisher.queued[0]?.done()
    expect(logger.warnings).toHaveLength(1)
  })
})
