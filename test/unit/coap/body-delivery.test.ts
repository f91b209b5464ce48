import { describe, expect, it } from 'vitest'
import type { Settle } from '../../../src/coap/handler.ts'
import { coap } from '../../support/coap.ts'
import { BODY, first, giveRest, observing, TOKEN, told } from './long-notification.ts'
import type { Rig } from './rig.ts'

const WHOLE = ['complete', 5, true]

/** A rig that has been handed a whole body; every offer ends as `how` says, or stays open. */
function delivering(how: keyof Settle | undefined, parameters: Parameters<typeof observing>[0] = {}): Rig {
  const rig = observing(parameters)
  rig.onNotify = ({ settle }) => how !== undefined && settle[how]()
  rig.device.send(first(100, 5))
  giveRest(rig)
  return rig
}

/** A newer notification in one message. */
const short = (id: number, sequence: number): Buffer =>
  coap({ code: '2.05', id, token: TOKEN, options: { Observe: sequence }, payload: 'x' })

describe('a whole body that is refused', () => {
  it('is offered again after 2, 4, 8 and 16 s, and then told as lost', () => {
    const rig = delivering('ignore')
    expect(told(rig)).toEqual([WHOLE])
    let offers = 1
    for (const pause of [2_000, 4_000, 8_000, 16_000]) {
      rig.clock.advance(pause - 1)
      expect(rig.notified).toHaveLength(offers)
      rig.clock.advance(1)
      expect(told(rig)[offers++]).toEqual(WHOLE)
    }
    expect(told(rig).slice(1)).toEqual([WHOLE, WHOLE, WHOLE, WHOLE, ['lost', 5, true]])
    expect(rig.notified.map(({ notification }) => notification.comesAgain)).toEqual([
      ...[true, true, true, true, true, false],
    ])
    rig.clock.advance(300_000)
    expect(rig.notified).toHaveLength(6)
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
    expect(rig.clock.pending()).toEqual([])
  })

  it.each(['accept', 'cancel'] as const)('is the same body again, until an offer ends with %s', (how) => {
    const rig = delivering('ignore')
    rig.clock.advance(2_000)
    rig.onNotify = ({ settle }) => settle[how]()
    rig.clock.advance(4_000)
    expect(told(rig)).toEqual([WHOLE, WHOLE, WHOLE])
    expect(Buffer.from(rig.notified[2]?.notification.response.payload ?? []).equals(BODY)).toBe(true)
    rig.clock.advance(100_000)
    expect(rig.notified).toHaveLength(3)
  })

  it('is kept once for each refusal, whatever is said of an offer afterwards', () => {
    const rig = delivering('ignore')
    const [{ settle } = { settle: undefined }] = rig.notified
    rig.onNotify = () => {}
    rig.clock.advance(2_000)
    settle?.accept() // of the offer before
    settle?.ignore()
    expect(rig.clock.pending()).not.toContain('coap body offer')
    rig.notified[1]?.settle.ignore()
    rig.notified[1]?.settle.accept()
    rig.clock.advance(4_000)
    expect(told(rig)).toEqual([WHOLE, WHOLE, WHOLE])
  })

  it('is offered again where the handler throws', () => {
    const rig = delivering(undefined)
    rig.onNotify = () => {
      throw new Error('no')
    }
    rig.notified[0]?.settle.ignore()
    rig.clock.advance(2_000)
    rig.onNotify = ({ settle }) => settle.accept()
    rig.clock.advance(4_000)
    expect(told(rig)).toEqual([WHOLE, WHOLE, WHOLE])
    expect(rig.endpoint.counters.failures).toBe(1)
  })

  it('counts among the bodies while it is offered or kept, and until then', () => {
    const rig = delivering(undefined)
    const { bytes } = rig.endpoint.held
    rig.notified[0]?.settle.ignore()
    expect(rig.endpoint.held.bytes).toBe(bytes)
    rig.clock.advance(2_000)
    expect(rig.endpoint.held.bytes).toBe(bytes)
    rig.notified[1]?.settle.accept()
    expect(bytes - rig.endpoint.held.bytes).toBeGreaterThanOrEqual(BODY.length)
  })

  it('is told as lost at once where there is no memory for it', () => {
    const rig = delivering('ignore', { bodiesBytes: 1_000 })
    expect(told(rig)).toEqual([['lost', 5, true]])
    expect(rig.clock.pending()).not.toContain('coap body offer')
  })

  it('is one of many that are offered, of which there are no more than have room', () => {
    const rig = observing({ bodiesBytes: 4_000 })
    for (let sequence = 5; sequence < 25; sequence++) {
      rig.device.send(first(sequence, sequence))
      giveRest(rig)
    }
    const bodies = rig.notified.map(({ notification }) => notification.body)
    expect(bodies).toEqual([...Array(3).fill('complete'), ...Array(17).fill('lost')])
    for (const { settle } of rig.notified) settle.accept()
    rig.clock.advance(1_000_000)
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  })

  it('is one of many of its device, which have no more than its share of the memory', () => {
    const rig = observing({ transfersPerPeer: 1, bodyBytes: 1_000 })
    for (let sequence = 5; sequence < 15; sequence++) {
      rig.device.send(first(sequence, sequence))
      giveRest(rig)
    }
    const bodies = rig.notified.map(({ notification }) => notification.body)
    expect(bodies).toEqual([...Array(2).fill('complete'), ...Array(8).fill('lost')])
  })

  it('is told as lost when the path to its device is closed, and its memory goes', () => {
    const rig = delivering('ignore')
    rig.onNotify = () => {}
    rig.endpoint.closed(rig.peer, 'the session ended')
    expect(told(rig)).toEqual([WHOLE, ['lost', 5, true]])
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
    expect(rig.clock.pending()).not.toContain('coap body offer')
  })

  it('is told as lost where the path was closed during the offer', () => {
    const rig = delivering(undefined)
    rig.endpoint.closed(rig.peer, 'the session ended')
    expect(told(rig)).toEqual([WHOLE])
    rig.notified[0]?.settle.ignore()
    expect(told(rig)).toEqual([WHOLE, ['lost', 5, true]])
  })

  it('goes nowhere when the endpoint stops, and leaves nothing behind', () => {
    for (const how of ['ignore', undefined] as const) {
      const rig = delivering(how)
      rig.endpoint.stop()
      if (how === undefined) rig.notified[0]?.settle.ignore()
      expect(told(rig)).toEqual([WHOLE])
      expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
      expect(rig.clock.pending()).toEqual([])
    }
  })
})

describe('a whole body and a newer notification', () => {
  const OVERTAKEN = ['overtaken', 5, true]

  it('a kept body is told as overtaken, before the newer one, in one message or in blocks', () => {
    const rig = delivering('ignore')
    rig.onNotify = ({ settle }) => settle.accept()
    rig.device.send(short(101, 6))
    rig.clock.advance(100_000)
    expect(told(rig)).toEqual([WHOLE, OVERTAKEN, ['complete', 6, true]])

    const long = delivering('ignore')
    long.onNotify = ({ settle }) => settle.accept()
    long.device.send(first(101, 6))
    giveRest(long)
    long.clock.advance(100_000)
    expect(told(long)).toEqual([WHOLE, OVERTAKEN, ['complete', 6, true]])
  })

  it('one that is offered may still be taken', () => {
    const rig = delivering(undefined)
    rig.device.send(short(101, 6))
    rig.settle()
    rig.notified[0]?.settle.accept()
    rig.clock.advance(100_000)
    expect(told(rig)).toEqual([WHOLE, ['complete', 6, true]])
  })

  it('one that is offered, and refused, is told as overtaken and not offered again', () => {
    const rig = delivering(undefined)
    rig.device.send(short(101, 6))
    rig.settle()
    rig.notified[0]?.settle.ignore()
    rig.clock.advance(100_000)
    expect(told(rig)).toEqual([WHOLE, ['complete', 6, true], OVERTAKEN])
  })

  it('an older one does not overtake it', () => {
    const rig = delivering('ignore')
    rig.device.send(short(101, 4))
    rig.settle()
    rig.onNotify = ({ settle }) => settle.accept()
    rig.clock.advance(2_000)
    expect(told(rig)).toEqual([WHOLE, ['complete', 4, false], WHOLE])
  })
})
