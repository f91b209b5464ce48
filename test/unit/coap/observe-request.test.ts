import { describe, expect, it } from 'vitest'
import { coap } from '../../support/coap.ts'
import { Rig } from './rig.ts'

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

describe('an active cancel, a request with Observe 1 and the token of the observation', () => {
  const cancel = { code: 1, path: ['3303', '0', '5700'], observe: 1 }
  const options = { token: Buffer.from(TOKEN, 'hex') }

  it('does not take a notification on its way for its response', () => {
    const rig = observing()
    rig.onNotify = ({ settle }) => settle.accept()
    const { id, token } = rig.ask(cancel, options)
    expect(token).toBe(TOKEN)
    expect(rig.say(notification())).toEqual(['ACK 0.00 #100'])
    expect(rig.outcomes).toEqual([])
    expect(rig.notified).toHaveLength(1)
    rig.say(coap({ type: 'ACK', code: '2.05', id, token, payload: 'done' }))
    expect(rig.results()).toEqual(['done'])
  })

  it('nor after its empty ACK', () => {
    const rig = observing()
    const { id, token } = rig.ask(cancel, options)
    rig.say(coap({ type: 'ACK', id }), notification())
    expect(rig.outcomes).toEqual([])
    rig.say(coap({ code: '2.05', id: 200, token, payload: 'done' }))
    expect(rig.results()).toEqual(['done'])
  })

  it('takes a piggybacked response with an Observe option', () => {
    const rig = observing()
    const { id, token } = rig.ask(cancel, options)
    rig.say(coap({ type: 'ACK', code: '2.05', id, token, options: { Observe: 7 }, payload: 'still' }))
    expect(rig.results()).toEqual(['still'])
    expect(rig.outcomes[0]).toMatchObject({ observe: 7 })
  })

  it('takes no notification while it waits for its turn', () => {
    const rig = observing()
    rig.ask({ code: 1, path: ['3'] })
    rig.ask(cancel, options)
    rig.say(plain('4.04'))
    expect(rig.outcomes).toEqual([])
    expect(rig.notified[0]?.notification.final).toBe(true)
  })
})

describe('a renewal, a request with Observe 0 and the token of the observation', () => {
  it('takes a notification for its response only after it has been acknowledged', () => {
    const rig = observing()
    const options = { token: Buffer.from(TOKEN, 'hex') }
    const { id } = rig.ask({ code: 1, path: ['3303'], observe: 0 }, options)
    rig.say(notification({ id: 100, sequence: 1 }))
    expect(rig.outcomes).toEqual([])
    rig.say(coap({ type: 'ACK', id }), notification({ id: 101, sequence: 2, payload: 'renewed' }))
    expect(rig.results()).toEqual(['renewed'])
    expect(rig.notified).toHaveLength(1)
  })
})

it('a first observe takes a separate response with its fresh token, acknowledged or not', () => {
  const rig = new Rig()
  const { token } = rig.ask({ code: 1, path: ['3303'], observe: 0 })
  expect(rig.say(coap({ code: '2.05', id: 9, token, options: { Observe: 3 }, payload: 'v' }))).toEqual([
    'ACK 0.00 #9',
  ])
  expect(rig.outcomes[0]).toMatchObject({ observe: 3 })
})
