import { describe, expect, it } from 'vitest'
import { Neighbours } from '../../../src/gateway/neighbours.ts'
import { silentLogger } from '../../../src/lib/logger.ts'

function rig() {
  const errors: object[] = []
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) }
  const neighbours = new Neighbours('lwm2m', 'own', logger)
  const outcome = () => Promise.race([neighbours.taken, Promise.resolve('goes on')])
  /** A retained message below the base, as the broker delivers it. */
  const receive = (topic: string, payload: string) =>
    neighbours.hear({ topic: `lwm2m/${topic}`, payload: Buffer.from(payload), retain: true })
  const hear = (gateway: string, online: boolean) =>
    receive(`gateway/${gateway}/state`, `{"state":"${online ? 'online' : 'offline'}"}`)
  return { errors, neighbours, outcome, receive, hear }
}

describe('neighbours', () => {
  it('that were online before us have the base', async () => {
    const { neighbours, outcome, hear, errors } = rig()
    hear('cellar', true)
    neighbours.announced()
    expect(await outcome()).toMatchObject({
      code: 'base_taken',
      message: expect.stringMatching(/cellar.*lwm2m/),
    })
    expect(errors).toMatchObject([{ code: 'base_taken', neighbour: 'cellar' }])
  })

  it('that came and went while we were away are none: a session keeps both messages', async () => {
    const { neighbours, outcome, hear, errors } = rig()
    hear('cellar', true)
    hear('cellar', false)
    neighbours.announced()
    expect(await outcome()).toBe('goes on')
    expect(errors).toEqual([])
  })

  it('that come after us are told of, and we stay', async () => {
    const { neighbours, outcome, hear, errors } = rig()
    neighbours.announced()
    hear('attic', true)
    neighbours.announced()
    expect(await outcome()).toBe('goes on')
    expect(errors).toMatchObject([{ code: 'base_taken', neighbour: 'attic' }])
  })

  it('are remembered in a bounded number', async () => {
    const { neighbours, outcome, hear } = rig()
    for (let count = 0; count < 1000; count++) hear(`gateway-${count}`, true)
    for (let count = 0; count < 16; count++) hear(`gateway-${count}`, false)
    neighbours.announced()
    expect(await outcome()).toBe('goes on')
  })

  it('show themselves where all gateways of the base do', () => {
    expect(rig().neighbours.filter).toBe('lwm2m/gateway/+/state')
  })

  it.each([
    ['gateway/attic/state', 'attic'],
    ['gateway/k%C3%BCche/state', 'küche'],
  ])('are named by their topic: %s', (topic, neighbour) => {
    const { neighbours, receive, errors } = rig()
    receive(topic, '{"state":"online"}')
    neighbours.announced()
    expect(errors).toMatchObject([{ neighbour }])
  })

  it.each(['{"state":"offline"}', '', 'online', '"online"', '{"state":"offline"'])(
    'are online only where they say so: not with %s',
    async (payload) => {
      const { neighbours, receive, outcome, errors } = rig()
      receive('gateway/attic/state', '{"state":"online"}')
      receive('gateway/attic/state', payload)
      neighbours.announced()
      receive('gateway/attic/state', payload)
      expect(await outcome()).toBe('goes on')
      expect(errors).toEqual([])
    },
  )

  it.each(['gateway/own/state', 'gateway/%zz/state'])('are not: %s', async (topic) => {
    const { neighbours, receive, outcome, errors } = rig()
    receive(topic, '{"state":"online"}')
    neighbours.announced()
    receive(topic, '{"state":"online"}')
    expect(await outcome()).toBe('goes on')
    expect(errors).toEqual([])
  })
})
