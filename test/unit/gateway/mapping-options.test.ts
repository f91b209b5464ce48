import { describe, expect, it } from 'vitest'
import { mappingOptions } from '../../../src/gateway/mapping-options.ts'
import { load } from '../config/given.ts'

describe('what the configuration says to mapping files', () => {
  it('is where people read about the gateway, if anywhere', () => {
    expect(mappingOptions(load({})).gateway.url).toBe('')
    const text = 'gateway: { id: gw, url: "https://wiki.example/gw" }'
    expect(mappingOptions(load({ text })).gateway).toMatchObject({ id: 'gw', url: 'https://wiki.example/gw' })
  })

  it('is which connections there are', () => {
    const text = 'mqtt: { connections: { cloud: { url: "mqtt://c" }, lab: { url: "mqtt://l" } } }'
    expect(mappingOptions(load({ text })).connections).toEqual(['cloud', 'lab'])
    expect(mappingOptions(load({})).connections).toEqual([])
  })

  it('is which Response Topics are allowed, on each connection by itself', () => {
    const cloud = 'cloud: { url: "mqtt://c", responseTopics: ["{base}/up/+"] }, lab: { url: "mqtt://l" }'
    const { isResponseTopic } = mappingOptions(
      load({ text: `mqtt: { base: b, responseTopics: ["{base}/reply/#"], connections: { ${cloud} } }` }),
    )
    const allowed = ['b/reply/1', 'b/up/1', 'b/up/+'].map((topic) =>
      [undefined, 'cloud', 'lab', 'other'].filter((connection) => isResponseTopic(topic, connection)),
    )
    expect(allowed).toEqual([[undefined], ['cloud'], []])
  })
})
