import { describe, expect, it } from 'vitest'
import { PlainMapping } from '../../../src/mapping/plain.ts'

const mapping = new PlainMapping({ base: 'lwm2m', gateway: 'cellar', isResponseTopic: () => false })

function neighbour(topic: string, payload: string) {
  return mapping.neighbour({ topic, payload: Buffer.from(payload), retain: true })
}

describe('neighbours', () => {
  it('show themselves where all gateways of the base do', () => {
    expect(mapping.neighbours).toBe('lwm2m/gateway/+/state')
  })

  it.each([
    ['lwm2m/gateway/attic/state', '{"state":"online"}', 'attic', true],
    ['lwm2m/gateway/k%C3%BCche/state', '{"state":"online"}', 'küche', true],
    ['lwm2m/gateway/attic/state', '{"state":"offline"}', 'attic', false],
    ['lwm2m/gateway/attic/state', '', 'attic', false],
    ['lwm2m/gateway/attic/state', 'online', 'attic', false],
    ['lwm2m/gateway/attic/state', '"online"', 'attic', false],
  ])('are other gateways, online where they say so: %s %s', (topic, payload, gateway, online) => {
    expect(neighbour(topic, payload)).toEqual({ gateway, online })
  })

  it.each(['lwm2m/gateway/cellar/state', 'lwm2m/gateway/%zz/state'])('are not: %s', (topic) => {
    expect(neighbour(topic, '{"state":"online"}')).toBeUndefined()
  })
})
