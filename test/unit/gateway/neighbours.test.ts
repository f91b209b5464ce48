import { describe, expect, it } from 'vitest'
import { Neighbours } from '../../../src/gateway/neighbours.ts'
import { silentLogger } from '../../../src/lib/logger.ts'

function rig() {
  const errors: object[] = []
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) }
  const neighbours = new Neighbours('lwm2m', logger)
  const outcome = () => Promise.race([neighbours.taken, Promise.resolve('goes on')])
  const hear = (gateway: string, online: boolean) => neighbours.hear({ gateway, online })
  return { errors, neighbours, outcome, hear }
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
})
