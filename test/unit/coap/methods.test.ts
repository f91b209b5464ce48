import { describe, expect, it } from 'vitest'
import { Code } from '../../../src/coap/code.ts'
import { decode } from '../../../src/coap/decode.ts'
import { encode } from '../../../src/coap/encode.ts'
import { coap } from '../../support/coap.ts'
import { Rig } from './rig.ts'

/** The methods of RFC 8132, whose requests carry a payload that names what is meant. */
const METHODS = [
  ['FETCH', Code.fetch, '0.05'],
  ['PATCH', Code.patch, '0.06'],
  ['iPATCH', Code.ipatch, '0.07'],
] as const

/** SenML-ETCH JSON. */
const ETCH = 320

describe.each(METHODS)('%s', (_name, code, text) => {
  it('is encoded and decoded', () => {
    const bytes = Buffer.from(`420${code}1234a1a2c20140520140ff5b5d`, 'hex')
    const message = decode(bytes)
    if (typeof message === 'string') throw new Error(message)
    expect(message).toMatchObject({ type: 0, code, id: 0x1234 })
    expect(message.options.map(({ number }) => number)).toEqual([12, 17])
    expect(Buffer.from(encode(message))).toEqual(bytes)
  })

  it('goes out as a request of ours, with its payload, and has its response', () => {
    const rig = new Rig()
    const payload = Buffer.from('[{"n":"/3/0/9"}]')
    const outcomes: unknown[] = []
    const request = { code, path: [], contentFormat: ETCH, accept: ETCH, payload }
    const { token } = rig.endpoint.request(rig.peer, request, (outcome) => outcomes.push(outcome))
    const [line = ''] = rig.heard()
    expect(line).toMatch(
      new RegExp(`^CON ${text} #\\d+ token \\w{16} Content-Format=0140 Accept=0140 "\\[\\{`),
    )
    const id = Number(/#(\d+)/.exec(line)?.[1])
    rig.say(coap({ type: 'ACK', code: '2.05', id, token: Buffer.from(token).toString('hex'), payload: '[]' }))
    expect(outcomes).toMatchObject([{ code: Code.content, payload: Buffer.from('[]') }])
  })
})
