import { describe, expect, it } from 'vitest'
import { coap, describeCoap } from '../../support/coap.ts'
import { DEVICE, Rig, SERVER } from './rig.ts'

/** Failures of the package node-coap that this endpoint must not have, each by name. */
describe('unlike node-coap', () => {
  it("another peer's ACK does not stop our retransmission", () => {
    const rig = new Rig()
    const { id } = rig.ask()
    rig.other.send(coap({ type: 'ACK', id }))
    rig.clock.advance(3_000)
    expect(rig.heard()).toHaveLength(1)
    rig.clock.advance(100_000)
    expect(rig.results()).toEqual(['coap_no_ack'])
  })

  it("another peer's RST does not end our request", () => {
    const rig = new Rig()
    const { id } = rig.ask()
    rig.other.send(coap({ type: 'RST', id }))
    rig.settle()
    expect(rig.outcomes).toEqual([])
  })

  it("another peer's answer under our id and token is not accepted", () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.other.send(coap({ type: 'ACK', code: '2.05', id, token, payload: 'forged' }))
    rig.other.send(coap({ code: '2.05', id: 9, token, payload: 'forged' }))
    rig.settle()
    expect(rig.outcomes).toEqual([])
    rig.say(coap({ type: 'ACK', code: '2.05', id, token, payload: 'true' }))
    expect(rig.results()).toEqual(['true'])
  })

  it('a notification whose message id equals one of ours is a notification', () => {
    const rig = new Rig()
    rig.observe('0a0b')
    const { id } = rig.ask()
    const equal = coap({ code: '2.05', id, token: '0a0b', options: { Observe: 1 }, payload: 'x' })
    expect(rig.say(equal)).toEqual([])
    expect(rig.notified).toHaveLength(1)
    rig.notified[0]?.settle.accept()
    expect(rig.heard()).toEqual([`ACK 0.00 #${id}`])
    expect(rig.outcomes).toEqual([])
    rig.clock.advance(3_000)
    expect(rig.heard()[0]).toMatch(/^CON 0\.01/)
  })

  it('a response under our id with a token that is not ours is not accepted', () => {
    const rig = new Rig()
    const { id } = rig.ask()
    rig.say(coap({ type: 'ACK', code: '2.05', id, token: 'ff', payload: 'x' }))
    expect(rig.outcomes).toEqual([])
  })

  it('an empty ACK and then silence does not hang for ever', () => {
    const rig = new Rig()
    const { id } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    rig.clock.advance(93_000)
    expect(rig.results()).toEqual(['coap_no_response'])
  })

  it('a silent peer fails after at most 93 s, not after 247 s', () => {
    const rig = new Rig()
    rig.ask()
    rig.clock.advance(45_000)
    expect(rig.outcomes).toEqual([])
    rig.clock.advance(48_000)
    expect(rig.results()).toEqual(['coap_no_ack'])
  })

  it('a RST or a ping or an empty ACK does not reach the application', () => {
    const rig = new Rig()
    rig.say(coap({ id: 1 }), coap({ type: 'RST', id: 2 }), coap({ type: 'ACK', id: 3 }))
    expect(rig.handled).toEqual([])
    expect(rig.notified).toEqual([])
    expect(rig.endpoint.counters.unmatched).toBe(2)
  })

  it('a duplicate during the handler does not run it twice', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    const request = coap({ code: 'POST', id: 1, token: '01' })
    rig.say(request, request, request)
    expect(rig.handled).toHaveLength(1)
  })

  it('a 4.04 notification is not dropped in silence', () => {
    const rig = new Rig()
    rig.observe('0a')
    rig.say(coap({ code: '4.04', id: 1, token: '0a' }))
    expect(rig.notified[0]?.notification).toMatchObject({ final: true, response: { code: 132 } })
  })

  it('garbage of one byte is not answered', () => {
    const rig = new Rig()
    for (let byte = 0; byte < 256; byte++) rig.device.send(Uint8Array.of(byte))
    expect(rig.heard()).toEqual([])
  })

  it('garbage is never answered with more bytes than it had', () => {
    const rig = new Rig()
    const garbage = '4f01000161626364656667'
    rig.device.send(garbage)
    rig.settle()
    const [answer] = rig.device.take()
    expect(answer?.length).toBe(4)
  })

  it('unknown critical options are not accepted', () => {
    const rig = new Rig()
    expect(rig.say(coap({ code: 'GET', id: 1, options: { 65001: 'x' } }))).toEqual(['ACK 4.02 #1'])
    expect(rig.handled).toEqual([])
  })

  it('NSTART is held to', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.endpoint.request(rig.peer, { code: 1, path: ['5'] }, () => {})
    expect(rig.heard()).toEqual([])
    expect(rig.say(coap({ type: 'ACK', code: '2.05', id, token }))).toEqual([
      expect.stringMatching(/^CON 0\.01 .*Uri-Path=5$/),
    ])
  })

  it('parameters belong to an endpoint, not to the process', () => {
    const quick = new Rig({ ackTimeout: 10, maxRetransmit: 0 })
    const usual = new Rig()
    for (const rig of [quick, usual]) {
      rig.ask()
      rig.clock.advance(1_000)
    }
    expect(quick.results()).toEqual(['coap_no_ack'])
    expect(usual.results()).toEqual([])
  })

  it('client and server share one socket: requests leave from where the device was seen', () => {
    const rig = new Rig()
    rig.onRequest = ({ peer, reply }) => {
      reply.respond({ code: 0x41 }, () => rig.endpoint.request(peer, { code: 1, path: ['3'] }, () => {}))
    }
    const lines = rig.say(coap({ code: 'POST', id: 1, token: '01' }))
    expect(lines[0]).toBe('ACK 2.01 #1 token 01')
    expect(lines[1]).toMatch(/^CON 0\.01 .*Uri-Path=3$/)
    expect(rig.handled[0]?.peer.key).toBe(`${SERVER}|${DEVICE}`)
  })

  it('an exchange holds no timer once it is done', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', code: '2.05', id, token }))
    expect(rig.clock.pending()).toEqual(['coap idle peers'])
    expect(describeCoap(Buffer.from('60000001', 'hex'))).toBe('ACK 0.00 #1')
  })
})
