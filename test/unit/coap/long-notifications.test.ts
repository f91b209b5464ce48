import { describe, expect, it } from 'vitest'
import { blockNumber } from '../../support/block-device.ts'
import { coap } from '../../support/coap.ts'
import { BODY, first, giveRest, observing, TOKEN, told } from './long-notification.ts'

describe('a notification in blocks', () => {
  it('is acknowledged at its first block, and handed on when its body is complete', () => {
    const rig = observing()
    expect(rig.say(first(100, 5))[0]).toBe('ACK 0.00 #100')
    expect(rig.notified).toEqual([])
    rig.clock.advance(3_000) // the GET for the rest comes again
    const asked = giveRest(rig)
    // /3/0 and Accept 112, as it was observed, without Observe
    expect(asked).toEqual([1, 2].map((num) => `Uri-Path=33 Uri-Path=30 Accept=70 Block2=${num}2`))
    expect(told(rig)).toEqual([['complete', 5, true]])
    const [{ notification } = { notification: undefined }] = rig.notified
    expect(Buffer.from(notification?.response.payload ?? []).equals(BODY)).toBe(true)
    expect(notification).toMatchObject({ comesAgain: true, final: false })
  })

  it('that is settled later has nothing to take back', () => {
    for (const how of ['accept', 'ignore', 'cancel'] as const) {
      const rig = observing()
      rig.say(first(100, 5))
      rig.clock.advance(3_000)
      giveRest(rig)
      rig.notified[0]?.settle[how]()
      expect(rig.heard()).toEqual([])
      expect(rig.say(first(100, 5))).toEqual(['ACK 0.00 #100']) // a repetition
    }
  })

  it('that is not confirmable is fetched in the same way', () => {
    const rig = observing()
    rig.device.send(first(100, 5, { type: 'NON' }))
    expect(giveRest(rig)).toHaveLength(2)
    expect(told(rig)).toEqual([['complete', 5, true]])
  })

  it('whose rest does not come is told as lost', () => {
    const rig = observing()
    rig.say(first(100, 5))
    rig.clock.advance(200_000)
    expect(told(rig)).toEqual([['lost', 5, true]])
  })

  it('whose device is elsewhere now is lost at once, and asked for no more', () => {
    const rig = observing()
    rig.say(first(100, 5))
    rig.endpoint.left(rig.peer)
    expect(told(rig)).toEqual([]) // another observation has moved
    rig.observations.set(TOKEN, 'foreign')
    rig.endpoint.left(rig.peer)
    expect(told(rig)).toEqual([['lost', 5, true]])
    expect(rig.endpoint.held.requests).toBe(0)
    rig.clock.advance(1_000_000)
    expect(told(rig)).toHaveLength(1)
    expect(rig.heard()).toEqual([])
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  })

  it('whose path is gone meanwhile is told as lost', () => {
    const rig = observing()
    rig.device.send(first(100, 5))
    giveRest(rig, BODY, '4.04')
    expect(told(rig)).toEqual([['lost', 5, true]])
  })

  it('whose first block is wrong in itself is told as lost', () => {
    const rig = observing()
    const options = { Observe: 5, Block2: blockNumber(1, true, 64) }
    rig.device.send(first(100, 5, { options }))
    rig.settle()
    expect(told(rig)).toEqual([['lost', 5, true]])
  })

  it('that is overtaken by a newer one, long or short, is told so, and the newer one counts', () => {
    const rig = observing()
    rig.device.send(first(100, 5))
    rig.settle()
    rig.device.take()
    rig.device.send(first(101, 6))
    rig.settle()
    expect(told(rig)).toEqual([['overtaken', 5, true]])
    const short = coap({ code: '2.05', id: 102, token: TOKEN, options: { Observe: 7 }, payload: 'x' })
    rig.device.send(short)
    rig.settle()
    expect(told(rig).slice(1)).toEqual([
      ['overtaken', 6, true],
      ['complete', 7, true],
    ])
    rig.clock.advance(200_000)
    expect(rig.notified).toHaveLength(3)
  })

  it('that comes after a newer one is not fetched, since what it said can no longer be had', () => {
    const rig = observing()
    rig.device.send(coap({ code: '2.05', id: 102, token: TOKEN, options: { Observe: 7 }, payload: 'x' }))
    rig.device.send(first(100, 6))
    rig.settle()
    expect(told(rig)).toEqual([
      ['complete', 7, true],
      ['overtaken', 6, false],
    ])
    expect(giveRest(rig)).toEqual([])
  })

  it('goes nowhere when the endpoint stops, and leaves nothing behind', () => {
    const rig = observing()
    rig.device.send(first(100, 5))
    rig.settle()
    rig.endpoint.stop()
    expect(rig.notified).toEqual([])
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
    expect(rig.clock.pending()).toEqual([])
  })

  it('in a single block is a notification as any other', () => {
    const rig = observing()
    rig.say(first(100, 5, { options: { Observe: 5, Block2: 2 } }))
    expect(told(rig)).toEqual([['complete', 5, true]])
    expect(rig.heard()).toEqual([])
    rig.notified[0]?.settle.accept()
    expect(rig.heard()).toEqual(['ACK 0.00 #100'])
  })
})
