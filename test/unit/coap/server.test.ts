import { describe, expect, it } from 'vitest'
import { coap, readCoap } from '../../support/coap.ts'
import { DEVICE, Rig, SERVER } from './rig.ts'

const register = coap({
  code: 'POST',
  id: 7,
  token: 'a1b2',
  options: { 'Uri-Path': ['rd'], 'Uri-Query': ['ep=lamp', 'lt=60'], 'Content-Format': 40, Accept: 0 },
  payload: '</3/0>',
})

describe('a request of a peer', () => {
  it('reaches the handler as plain data', () => {
    const rig = new Rig()
    rig.say(register)
    expect(rig.handled).toHaveLength(1)
    const { request, peer } = rig.handled[0] ?? expect.fail()
    expect(request).toMatchObject({
      code: 2,
      path: ['rd'],
      query: ['ep=lamp', 'lt=60'],
      contentFormat: 40,
      accept: 0,
      observe: undefined,
      options: [],
      confirmable: true,
      at: rig.clock.now(),
    })
    expect(Buffer.from(request.payload).toString()).toBe('</3/0>')
    expect(peer.subject).toEqual({ kind: 'none', address: DEVICE })
  })

  it('is answered on its ACK where the answer comes at once', () => {
    const rig = new Rig()
    rig.onRequest = ({ reply }) => reply.respond({ code: 0x41, locationPath: ['rd', '5'], maxAge: 9 })
    expect(rig.say(register)).toEqual(['ACK 2.01 #7 token a1b2 Location-Path=rd Location-Path=5 Max-Age=09'])
    rig.clock.advance(10_000)
    expect(rig.heard()).toEqual([])
  })

  it('is acknowledged after the processing delay, and answered separately, where the answer takes longer', () => {
    const rig = new Rig({ processingDelay: 1_000 })
    rig.onRequest = () => {}
    expect(rig.say(register)).toEqual([])
    rig.clock.advance(999)
    expect(rig.heard()).toEqual([])
    rig.clock.advance(1)
    expect(rig.heard()).toEqual(['ACK 0.00 #7'])
    rig.handled[0]?.reply.respond({ code: 0x44, payload: Buffer.from('late') })
    const [response, ...more] = rig.heard()
    expect(response).toMatch(/^CON 2\.04 #\d+ token a1b2 "late"$/)
    expect(more).toEqual([])
  })

  it('is answered on its ACK where the answer comes within the processing delay', () => {
    const rig = new Rig({ processingDelay: 1_000 })
    rig.onRequest = () => {}
    rig.say(register)
    rig.clock.advance(500)
    rig.handled[0]?.reply.respond({ code: 0x44 })
    expect(rig.heard()).toEqual(['ACK 2.04 #7 token a1b2'])
    rig.clock.advance(5_000)
    expect(rig.heard()).toEqual([])
  })

  it('hears its separate response again until it acknowledges it', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(register)
    rig.clock.advance(1_000)
    rig.heard()
    rig.handled[0]?.reply.respond({ code: 0x44 })
    const [first = ''] = rig.heard()
    rig.clock.advance(3_000)
    expect(rig.heard()).toEqual([first])
    rig.say(coap({ type: 'ACK', id: Number(/#(\d+)/.exec(first)?.[1]) }))
    rig.clock.advance(100_000)
    expect(rig.heard()).toEqual([])
    expect(rig.clock.pending().filter((name) => name === 'coap retransmission')).toEqual([])
  })

  it('is answered NON where it was NON', () => {
    const rig = new Rig()
    expect(rig.say(coap({ type: 'NON', code: 'GET', id: 9, token: '01' }))[0]).toMatch(
      /^NON 2\.04 #\d+ token 01$/,
    )
  })

  it('counts the first answer alone', () => {
    const rig = new Rig()
    rig.onRequest = ({ reply }) => {
      reply.respond({ code: 0x45 })
      reply.respond({ code: 0x80 })
    }
    expect(rig.say(register)).toEqual(['ACK 2.05 #7 token a1b2'])
  })

  it('tells when the response has left, and not where the path is gone', () => {
    const rig = new Rig()
    const left: string[] = []
    rig.onRequest = ({ reply }) => {
      reply.respond({ code: 0x44 }, () => left.push('piggybacked'))
      expect(left).toEqual(['piggybacked'])
    }
    rig.say(register)
    expect(rig.network.sent).toBe(2)

    rig.onRequest = () => {}
    rig.say(coap({ code: 'GET', id: 8 }))
    rig.endpoint.closed(rig.peer, 'moved')
    rig.handled[1]?.reply.respond({ code: 0x44 }, () => left.push('gone'))
    expect(left).toEqual(['piggybacked'])
  })

  it('is answered 5.00 without a word where the handler throws, and that is logged', () => {
    const rig = new Rig()
    rig.onRequest = () => {
      throw new Error('secret detail')
    }
    expect(rig.say(register)).toEqual(['ACK 5.00 #7 token a1b2'])
    expect(rig.logged).toMatchObject([{ code: 'coap_handler_failed', reason: 'secret detail' }])
    expect(rig.endpoint.counters.failures).toBe(1)
  })

  it('goes unanswered once it is forgotten', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(register)
    rig.clock.advance(300_000)
    rig.heard()
    rig.handled[0]?.reply.respond({ code: 0x44 })
    expect(rig.heard()).toEqual([])
    expect(rig.endpoint.held.bytes).toBe(0)
  })
})

describe('options of a request', () => {
  const ask = (options: Parameters<typeof coap>[0]['options'], type: 'CON' | 'NON' = 'CON'): string[] =>
    new Rig().say(coap({ type, code: 'GET', id: 1, options: options ?? {} }))

  it('critical and unknown: 4.02, nothing more', () => {
    expect(ask({ 9: 'x' })).toEqual(['ACK 4.02 #1'])
    expect(ask({ 2051: 'abc' })).toEqual(['ACK 4.02 #1'])
  })

  it('critical and unknown in a NON: silence', () => {
    expect(ask({ 9: 'x' }, 'NON')).toEqual([])
  })

  it('elective and unknown: handed on', () => {
    const rig = new Rig()
    expect(rig.say(coap({ code: 'GET', id: 1, options: { 2048: 'abc' } }))).toEqual(['ACK 2.04 #1'])
    expect(rig.handled[0]?.request.options).toEqual([{ number: 2048, value: Buffer.from('abc') }])
  })

  it('critical and repeated though not repeatable: 4.02', () => {
    expect(ask({ Accept: [0, 40] })).toEqual(['ACK 4.02 #1'])
    expect(ask({ 'Uri-Host': ['a', 'b'] })).toEqual(['ACK 4.02 #1'])
  })

  it('elective and repeated though not repeatable: the first counts', () => {
    const rig = new Rig()
    rig.say(coap({ code: 'POST', id: 1, options: { 'Content-Format': [40, 110] } }))
    expect(rig.handled[0]?.request).toMatchObject({ contentFormat: 40, options: [] })
  })

  it('of an unlawful length count as unknown', () => {
    const rig = new Rig()
    expect(ask({ Accept: 'abc' })).toEqual(['ACK 4.02 #1'])
    expect(ask({ 'Uri-Path': 'x'.repeat(256) })).toEqual(['ACK 4.02 #1'])
    rig.say(coap({ code: 'GET', id: 1, options: { Observe: 'abcd', 'Content-Format': 'abc' } }))
    expect(rig.handled[0]?.request).toMatchObject({ observe: undefined, contentFormat: undefined })
  })

  it('that are text and no UTF-8: 4.02, so that no two names become one', () => {
    expect(ask({ 'Uri-Query': [Buffer.from('65703dff', 'hex')] })).toEqual(['ACK 4.02 #1'])
    expect(ask({ 'Uri-Path': [Buffer.from('c3', 'hex')] })).toEqual(['ACK 4.02 #1'])
    expect(ask({ 'Uri-Query': ['ep=\ufffd', 'ep=Ä'] })).toEqual(['ACK 2.04 #1'])
  })

  it('for a proxy: 5.05', () => {
    expect(ask({ 'Proxy-Uri': 'coap://example.org' })).toEqual(['ACK 5.05 #1'])
    expect(ask({ 'Proxy-Scheme': 'coap' })).toEqual(['ACK 5.05 #1'])
  })

  it('for a body in a single block: as without', () => {
    expect(ask({ Block1: 0x06, Block2: 0x06 })).toEqual(['ACK 2.04 #1 Block1=06'])
  })

  it('If-Match, Uri-Host and Uri-Port are known, and handed on undecoded', () => {
    const rig = new Rig()
    rig.say(
      coap({ code: 'GET', id: 1, options: { 'Uri-Host': 'gw', 'Uri-Port': 5683, 'If-Match': ['a', 'b'] } }),
    )
    expect(rig.handled[0]?.request.options.map(({ number }) => number)).toEqual([1, 1, 3, 7])
  })
})

describe('garbage', () => {
  it('is dropped, and counted', () => {
    const rig = new Rig()
    expect(rig.say('', '40', '00000000', '80010001', 'ffffffff', '5f010001', '60010001')).toEqual([])
    expect(rig.endpoint.counters.malformed).toBe(7)
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  })

  it('under the header of a CON is answered with RST, of no more bytes than came', () => {
    const rig = new Rig()
    expect(rig.say('4f01abcd', '40010001ff')).toEqual(['RST 0.00 #43981', 'RST 0.00 #1'])
  })

  it('leaves the endpoint working', () => {
    const rig = new Rig()
    rig.say('4001', 'c0ffee')
    expect(rig.say(register)).toEqual(['ACK 2.04 #7 token a1b2'])
  })
})

describe('a ping', () => {
  it('is answered with RST, and keeps no memory of a stranger', () => {
    const rig = new Rig()
    expect(rig.say(coap({ id: 77 }))).toEqual(['RST 0.00 #77'])
    expect(rig.handled).toEqual([])
    expect(rig.endpoint.held.peers).toBe(0)
  })
})

describe('an endpoint that has stopped', () => {
  it('answers nothing and has no timer', () => {
    const rig = new Rig()
    rig.onRequest = () => {}
    rig.say(register)
    rig.clock.advance(1_000)
    rig.handled[0]?.reply.respond({ code: 0x44 })
    rig.say(coap({ code: 'GET', id: 8 }))
    rig.heard()
    rig.endpoint.stop()
    rig.endpoint.stop()
    expect(rig.clock.pending()).toEqual([])
    expect(rig.say(coap({ code: 'GET', id: 9 }))).toEqual([])
    expect(rig.endpoint.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  })
})

it('one endpoint serves many peers from one socket, and tells them apart', () => {
  const rig = new Rig()
  rig.onRequest = ({ peer, reply }) => reply.respond({ code: 0x45, payload: Buffer.from(peer.key) })
  rig.device.send(coap({ code: 'GET', id: 1 }))
  rig.other.send(coap({ code: 'GET', id: 1 }))
  rig.settle()
  const answers = [rig.device, rig.other].map(
    (device) => readCoap(device.take()[0] ?? Buffer.alloc(0)).payload,
  )
  expect(answers.map(String)).toEqual([`${SERVER}|192.0.2.7:40000`, `${SERVER}|192.0.2.8:40000`])
})
