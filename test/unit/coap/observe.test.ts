import { describe, expect, it } from 'vitest'
import { isNewer } from '../../../src/coap/order.ts'
import type { Peer } from '../../../src/coap/peer.ts'
import { coap } from '../../support/coap.ts'
import { DEVICE, Rig, SERVER } from './rig.ts'

const TOKEN = 'c0ffee0000000001'

interface Shape {
  readonly id?: number
  readonly sequence?: number | undefined
  readonly payload?: string
  readonly type?: 'CON' | 'NON'
  readonly code?: string
}

function notification({
  id = 100,
  sequence = 1,
  payload = 'x',
  type = 'CON',
  code = '2.05',
}: Shape = {}): Buffer {
  return coap({ type, code, id, token: TOKEN, options: { Observe: sequence, 'Content-Format': 0 }, payload })
}

const plain = (code: string, id = 100): Buffer => coap({ code, id, token: TOKEN })

function observing(): Rig {
  const rig = new Rig()
  rig.observe(TOKEN)
  return rig
}

describe('a notification', () => {
  it('reaches the handler with its observation', () => {
    const rig = observing()
    rig.say(notification({ sequence: 5, payload: '21.5' }))
    expect(rig.notified).toHaveLength(1)
    expect(rig.notified[0]?.notification).toMatchObject({
      observation: rig.observations.get(TOKEN),
      response: { code: 69, observe: 5, contentFormat: 0, options: [] },
      comesAgain: true,
      fresh: true,
      final: false,
      at: rig.clock.now(),
    })
  })

  it('[39] is acknowledged only once accepted; its repetition meanwhile is neither answered nor handled again', () => {
    const rig = observing()
    expect(rig.say(notification())).toEqual([])
    rig.clock.advance(2_500)
    expect(rig.say(notification())).toEqual([])
    expect(rig.notified).toHaveLength(1)
    rig.notified[0]?.settle.accept()
    expect(rig.heard()).toEqual(['ACK 0.00 #100'])
    expect(rig.say(notification())).toEqual(['ACK 0.00 #100'])
    expect(rig.notified).toHaveLength(1)
  })

  it('that could not be delivered is met with silence, and its repetition is handled again as if new', () => {
    const rig = observing()
    rig.say(notification({ sequence: 4 }))
    rig.notified[0]?.settle.ignore()
    expect(rig.heard()).toEqual([])
    expect(rig.say(notification({ sequence: 4 }))).toEqual([])
    expect(rig.notified.map(({ notification: { fresh } }) => fresh)).toEqual([true, true])
    rig.notified[1]?.settle.accept()
    expect(rig.heard()).toEqual(['ACK 0.00 #100'])
  })

  it('that is ignored after a newer one came does not turn the order back', () => {
    const rig = observing()
    rig.say(notification({ id: 100, sequence: 4 }), notification({ id: 101, sequence: 5 }))
    rig.notified[0]?.settle.ignore()
    rig.say(notification({ id: 100, sequence: 4 }))
    expect(rig.notified.map(({ notification: { fresh } }) => fresh)).toEqual([true, true, false])
  })

  it('that is ignored leaves no trace in the time by which the order is told', () => {
    const rig = observing()
    rig.say(notification({ id: 100, sequence: 5 }))
    rig.clock.advance(100_000)
    rig.say(notification({ id: 101, sequence: 6 }))
    rig.notified[1]?.settle.ignore()
    rig.clock.advance(28_001)
    rig.say(notification({ id: 102, sequence: 4 })) // 128 s after the last that counts
    expect(rig.notified.map(({ notification: { fresh } }) => fresh)).toEqual([true, true, true])
  })

  it('that nobody wants is answered RST, and its repetition too', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.cancel()
    expect(rig.say(notification())).toEqual(['RST 0.00 #100'])
    expect(rig.say(notification())).toEqual(['RST 0.00 #100'])
    expect(rig.notified).toHaveLength(1)
  })

  it('counts the first settlement alone', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => {
      settle.accept()
      settle.cancel()
      settle.ignore()
      settle.accept()
    }
    expect(rig.say(notification())).toEqual(['ACK 0.00 #100'])
    expect(rig.say(notification())).toEqual(['ACK 0.00 #100'])
  })

  it('that is NON is never acknowledged, its repetition is dropped, and RST cancels it', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.accept()
    expect(rig.say(notification({ type: 'NON' }), notification({ type: 'NON' }))).toEqual([])
    expect(rig.notified).toHaveLength(1)
    rig.onNotify = ({ settle }) => settle.cancel()
    expect(rig.say(notification({ type: 'NON', id: 101, sequence: 2 }))).toEqual(['RST 0.00 #101'])
  })

  it('[38c] under a message id that the device uses again within a minute: both arrive', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.accept()
    expect(rig.say(notification({ sequence: 1, payload: '20.0' }))).toEqual(['ACK 0.00 #100'])
    rig.clock.advance(30_000)
    expect(rig.say(notification({ sequence: 2, payload: '20.5' }))).toEqual(['ACK 0.00 #100'])
    expect(rig.notified.map(({ notification: { response } }) => String(response.payload))).toEqual([
      '20.0',
      '20.5',
    ])
  })

  it('is not acknowledged by the settlement of another under the same id', () => {
    const rig = observing()
    rig.say(notification({ sequence: 1 }), notification({ sequence: 2 }))
    rig.notified[0]?.settle.accept()
    expect(rig.heard()).toEqual([])
    rig.notified[1]?.settle.accept()
    expect(rig.heard()).toEqual(['ACK 0.00 #100'])
  })

  it('is not acknowledged where its handler throws, and handled again when repeated', () => {
    const rig = observing()
    rig.onNotify = () => {
      throw new Error('oops')
    }
    expect(rig.say(notification())).toEqual([])
    expect(rig.say(notification())).toEqual([])
    expect(rig.notified).toHaveLength(2)
    expect(rig.logged).toMatchObject([{ reason: 'oops' }, { reason: 'oops' }])
  })

  it('keeps its payload until it is settled, whatever comes meanwhile', () => {
    const rig = observing()
    rig.say(notification({ id: 100, sequence: 1, payload: 'first' }))
    rig.say(notification({ id: 101, sequence: 2, payload: 'other' }))
    expect(String(rig.notified[0]?.notification.response.payload)).toBe('first')
  })

  it('that asks for no acknowledgement takes no place of those that wait for theirs', () => {
    const rig = observing()
    const sequences = Array.from({ length: 200 }, (_, index) => index + 1)
    for (const sequence of sequences) rig.say(notification({ type: 'NON', id: 1000 + sequence, sequence }))
    expect(rig.notified.map(({ notification }) => notification.response.observe)).toEqual(sequences)
    rig.say(notification({ type: 'NON', id: 1200, sequence: 200 }))
    expect(rig.notified).toHaveLength(200) // a repetition
    for (const { settle } of rig.notified) settle.accept()
    expect(rig.heard()).toEqual([])
  })

  it('that asks for no acknowledgement and is ignored is handled again when it comes again', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.ignore()
    rig.say(notification({ type: 'NON' }))
    rig.say(notification({ type: 'NON' }))
    expect(rig.notified.map(({ notification }) => notification.fresh)).toEqual([true, true])
  })

  it('reaches the handler from another address where the layer above says that it may', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.accept()
    rig.network.move(rig.device, '203.0.113.9:1')
    expect(rig.say(notification())).toEqual(['ACK 0.00 #100'])
  })

  it('with a critical option that is not understood is answered RST, NON in silence, and named in the log', () => {
    const rig = observing()
    const bad = { code: '2.05', id: 5, token: TOKEN, options: { Observe: 1, 9: 'x' }, payload: 'x' }
    expect(rig.say(coap(bad))).toEqual(['RST 0.00 #5'])
    expect(rig.say(coap({ ...bad, type: 'NON', id: 6 }))).toEqual([])
    expect(rig.notified).toEqual([])
    expect(rig.rejected).toEqual([9]) // the NON ended nothing
    expect(rig.logged).toMatchObject([
      { code: 'coap_bad_response', option: 9 },
      { code: 'coap_bad_response', option: 9 },
    ])
  })
})

describe('the end of an observation', () => {
  it('is a notification with an error code', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.accept()
    expect(rig.say(plain('4.04'))).toEqual(['ACK 0.00 #100'])
    expect(rig.notified[0]?.notification).toMatchObject({ final: true, fresh: true, response: { code: 132 } })
  })

  it('is an error code even with an Observe option', () => {
    const rig = observing()
    rig.say(notification({ code: '5.03' }))
    expect(rig.notified[0]?.notification.final).toBe(true)
  })

  it('is a notification without an Observe option', () => {
    const rig = observing()
    rig.say(plain('2.05'))
    expect(rig.notified[0]?.notification).toMatchObject({ final: true, fresh: true })
  })
})

describe('[38b] a token', () => {
  it('that nobody knows is answered RST, CON or NON', () => {
    const rig = new Rig()
    expect(rig.say(notification())).toEqual(['RST 0.00 #100'])
    expect(rig.say(notification({ type: 'NON', id: 101 }))).toEqual(['RST 0.00 #101'])
    expect(rig.endpoint.held.peers).toBe(0)
  })

  it.each(['foreign', 'loading'] as const)('that is %s is met with silence', (match) => {
    const rig = new Rig()
    rig.observations.set(TOKEN, match)
    expect(rig.say(notification(), notification({ type: 'NON', id: 101 }))).toEqual([])
    expect(rig.notified).toEqual([])
  })

  it('that was loading is looked at anew when the notification is repeated', () => {
    const rig = new Rig()
    rig.observations.set(TOKEN, 'loading')
    rig.say(notification())
    rig.observe(TOKEN)
    rig.say(notification())
    expect(rig.notified).toHaveLength(1)
  })

  it('of an observation that has gone: what was acknowledged is acknowledged again', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.accept()
    rig.say(notification())
    rig.observations.clear()
    expect(rig.say(notification())).toEqual(['ACK 0.00 #100'])
    expect(rig.say(notification({ id: 101, sequence: 2 }))).toEqual(['RST 0.00 #101'])
  })
})

describe('the order of notifications (RFC 7641, 3.4)', () => {
  const fresh = (rig: Rig): boolean[] => rig.notified.map(({ notification: { fresh } }) => fresh)

  it('tells a late one from the newest, and hands both on', () => {
    const rig = observing()
    for (const [index, sequence] of [10, 12, 11, 12, 13].entries())
      rig.say(notification({ id: index, sequence }))
    expect(fresh(rig)).toEqual([true, true, false, false, true])
    const observation = rig.observations.get(TOKEN)
    expect(observation).toMatchObject({ order: { sequence: 13 } })
  })

  it('forgets after 128 s', () => {
    const rig = observing()
    rig.say(notification({ id: 1, sequence: 50 }))
    rig.clock.advance(128_000)
    rig.say(notification({ id: 2, sequence: 3 }))
    rig.clock.advance(1)
    rig.say(notification({ id: 3, sequence: 3 }))
    expect(fresh(rig)).toEqual([true, false, true])
  })

  it.each([
    [undefined, 0, 0, true],
    [0, 1, 0, true],
    [1, 0, 0, false],
    [1, 1, 0, false],
    [0xffffff, 0, 0, true],
    [0, 0xffffff, 0, false],
    [0, 0x7fffff, 0, true],
    [0, 0x800000, 0, false],
    [0x800000, 0, 0, false],
    [0x800001, 0, 0, true],
    [5, 1, 128_000, false],
    [5, 1, 128_001, true],
  ])('after %s comes %s, %s ms later: %s', (sequence, next, later, expected) => {
    expect(isNewer({ sequence, at: 1_000 }, next, 1_000 + later)).toBe(expected)
  })
})

it('an unsettled notification dies with its peer', () => {
  const rig = observing()
  rig.say(notification())
  rig.endpoint.closed(rig.network.peer(SERVER, DEVICE), 'gone')
  rig.notified[0]?.settle.accept()
  expect(rig.heard()).toEqual([])
  expect(rig.endpoint.held.bytes).toBe(0)
})

it.each([
  ['the first object of a peer where each is as good as another', true, 0],
  ['the latest where it is not', false, 1],
])('whose a token is, is asked of %s', (_name, interchangeable, expected) => {
  const rig = observing()
  const { key, address, subject } = rig.peer
  const peer = (): Peer => ({ key, address, subject, reliable: false, interchangeable, send: () => true })
  const peers = [peer(), peer()]
  for (const [id, one] of peers.entries()) rig.endpoint.datagram(one, notification({ id }), 0)
  expect(rig.matched[1]).toBe(peers[expected])
})
