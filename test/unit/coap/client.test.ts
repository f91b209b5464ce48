import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/coap/handler.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { coap, describeCoap, readCoap } from '../../support/coap.ts'
import { DEVICE, Rig, SERVER } from './rig.ts'

const GET = { code: 1, path: ['3', '0'] }

describe('a request of ours', () => {
  it('goes out confirmable, with a token of eight bytes and its options', () => {
    const rig = new Rig()
    rig.endpoint.request(
      rig.peer,
      {
        code: 3,
        path: ['3303', '0'],
        query: ['pmin=1'],
        contentFormat: 11542,
        accept: 110,
        observe: 0,
        payload: Buffer.from('x'),
      },
      () => {},
    )
    const [line = ''] = rig.heard()
    expect(line).toMatch(
      /^CON 0\.03 #\d+ token [0-9a-f]{16} Observe= Uri-Path=3303 Uri-Path=0 Content-Format=2d16 Uri-Query=pmin=1 Accept=6e "x"$/,
    )
  })

  it('has its response on the ACK', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(
      coap({
        type: 'ACK',
        code: '2.05',
        id,
        token,
        options: { 'Content-Format': 110, 'Max-Age': 60 },
        payload: '[]',
      }),
    )
    expect(rig.results()).toEqual(['[]'])
    expect(rig.outcomes[0]).toMatchObject({
      code: 69,
      contentFormat: 110,
      maxAge: 60,
      options: [],
      at: rig.clock.now(),
    })
    rig.clock.advance(300_000)
    expect(rig.heard()).toEqual([])
    expect(rig.outcomes).toHaveLength(1)
  })

  it('has the Location of what it created', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', code: '2.01', id, token, options: { 'Location-Path': ['3303', '7'] } }))
    expect(rig.outcomes[0]).toMatchObject({ code: 65, locationPath: ['3303', '7'] })
  })

  it('has a separate response after an empty ACK, and acknowledges it', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    rig.clock.advance(20_000)
    expect(rig.heard()).toEqual([])
    expect(rig.say(coap({ code: '2.05', id: 900, token, payload: 'late' }))).toEqual(['ACK 0.00 #900'])
    expect(rig.results()).toEqual(['late'])
  })

  it('is not answered by the ACK of another message, whatever token that carries', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', code: '2.05', id: (id + 1) % 65_536, token, payload: 'another' }))
    expect(rig.results()).toEqual([])
    rig.say(coap({ type: 'ACK', code: '2.05', id, token, payload: 'mine' }))
    expect(rig.results()).toEqual(['mine'])
  })

  it('has a separate response that overtakes its ACK', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    expect(rig.say(coap({ code: '2.05', id: 900, token, payload: 'early' }))).toEqual(['ACK 0.00 #900'])
    rig.say(coap({ type: 'ACK', id }))
    rig.clock.advance(300_000)
    expect(rig.heard()).toEqual([])
    expect(rig.results()).toEqual(['early'])
  })

  it('has a separate response that is NON, without an ACK', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    expect(rig.say(coap({ type: 'NON', code: '2.05', id: 900, token, payload: 'non' }))).toEqual([])
    expect(rig.results()).toEqual(['non'])
  })

  it('acknowledges a separate response again whose ACK was lost', () => {
    const rig = new Rig()
    const { token } = rig.ask()
    const response = coap({ code: '2.05', id: 900, token, payload: 'x' })
    expect(rig.say(response)).toEqual(['ACK 0.00 #900'])
    expect(rig.say(response)).toEqual(['ACK 0.00 #900'])
    expect(rig.results()).toEqual(['x'])
  })

  it('[15] goes out again at doubling intervals, and fails with coap_no_ack after the schedule of the RFC', () => {
    const rig = new Rig({ ackRandomFactor: 1 })
    const start = rig.clock.now()
    const sent: number[] = []
    rig.device.onDatagram = () => sent.push(rig.clock.now() - start)
    rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome))
    rig.clock.advance(61_999)
    expect(rig.outcomes).toEqual([])
    rig.clock.advance(1)
    expect(sent).toEqual([0, 2_000, 6_000, 14_000, 30_000])
    expect(rig.results()).toEqual(['coap_no_ack'])
    expect(new Set(rig.device.take().map(describeCoap)).size).toBe(1)
    expect(rig.endpoint.counters.retransmissions).toBe(4)
  })

  it('draws its first wait from ACK_TIMEOUT and ACK_RANDOM_FACTOR', () => {
    const rig = new Rig({ requestsPerPeer: 500, nstart: 500 })
    const start = rig.clock.now()
    const failedAfter: number[] = []
    for (let count = 0; count < 200; count++) {
      rig.endpoint.request(rig.peer, GET, () => failedAfter.push(rig.clock.now() - start))
    }
    rig.clock.advance(100_000)
    expect(Math.min(...failedAfter)).toBeGreaterThanOrEqual(62_000)
    expect(Math.max(...failedAfter)).toBeLessThanOrEqual(93_000)
    expect(new Set(failedAfter).size).toBeGreaterThan(100)
  })

  it('[16] fails with coap_no_response where an empty ACK is followed by silence', () => {
    const rig = new Rig({ responseTimeout: 50_000 })
    const { id } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    rig.clock.advance(49_999)
    expect(rig.outcomes).toEqual([])
    rig.clock.advance(1)
    expect(rig.results()).toEqual(['coap_no_response'])
    expect(rig.heard()).toEqual([])
  })

  it('fails with coap_reset at a RST', () => {
    const rig = new Rig()
    const { id } = rig.ask()
    rig.say(coap({ type: 'RST', id }))
    rig.clock.advance(300_000)
    expect(rig.results()).toEqual(['coap_reset'])
    expect(rig.heard()).toEqual([])
  })

  it('fails with coap_cancelled when cancelled, once', () => {
    const rig = new Rig()
    const exchange = rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome))
    exchange.cancel()
    exchange.cancel()
    rig.clock.advance(300_000)
    expect(rig.results()).toEqual(['coap_cancelled'])
    expect(rig.device.take()).toHaveLength(1)
  })

  it('does not fail with coap_cancelled after its response', () => {
    const rig = new Rig()
    let exchange: Exchange | undefined
    exchange = rig.endpoint.request(rig.peer, GET, (outcome) => {
      rig.outcomes.push(outcome)
      exchange?.cancel()
    })
    rig.settle()
    const { messageId, token } = readCoap(rig.device.take()[0] ?? Buffer.alloc(0))
    rig.say(coap({ type: 'ACK', code: '2.05', id: messageId, token: token.toString('hex'), payload: 'x' }))
    expect(rig.results()).toEqual(['x'])
  })

  it('fails with coap_peer_gone where the path is closed, after the caller has the exchange', () => {
    const rig = new Rig()
    const peer = rig.network.peer(SERVER, DEVICE)
    peer.gone = true
    rig.endpoint.request(peer, GET, (outcome) => rig.outcomes.push(outcome))
    expect(rig.outcomes).toEqual([])
    rig.settle()
    expect(rig.results()).toEqual(['coap_peer_gone'])
  })

  it('fails with coap_peer_gone where the path goes away between two transmissions', () => {
    const rig = new Rig()
    const peer = rig.network.peer(SERVER, DEVICE)
    rig.endpoint.request(peer, GET, (outcome) => rig.outcomes.push(outcome))
    peer.gone = true
    rig.clock.advance(4_000)
    expect(rig.results()).toEqual(['coap_peer_gone'])
  })

  it('fails with coap_peer_gone when the transport says that the peer is closed', () => {
    const rig = new Rig()
    rig.ask()
    rig.ask()
    rig.endpoint.closed(rig.peer, 'close_notify')
    rig.clock.advance(300_000)
    expect(rig.results()).toEqual(['coap_peer_gone', 'coap_peer_gone'])
    expect((rig.outcomes[0] as CodedError).message).toContain('close_notify')
  })

  it('names the peer in its errors', () => {
    const rig = new Rig()
    const { id } = rig.ask()
    rig.say(coap({ type: 'RST', id }))
    expect(rig.outcomes[0]).toMatchObject({ place: `coap://${DEVICE}` })
  })

  it('outlives a handler that throws', () => {
    const rig = new Rig()
    rig.endpoint
      .request(rig.peer, GET, () => {
        throw new Error('oops')
      })
      .cancel()
    expect(rig.logged).toMatchObject([{ code: 'coap_handler_failed', reason: 'oops' }])
    expect(rig.endpoint.held.requests).toBe(0)
  })

  it('refuses a token that fits no message', () => {
    const rig = new Rig()
    const ask = (): unknown => rig.endpoint.request(rig.peer, GET, () => {}, { token: Buffer.alloc(9) })
    expect(ask).toThrow(CodedError)
    expect(rig.endpoint.held.requests).toBe(0)
  })
})

describe('a response that must not be used', () => {
  it('fails the request with coap_bad_response, and is answered RST where it is confirmable', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    expect(rig.say(coap({ code: '2.05', id: 900, token, options: { 9: 'x' }, payload: 'x' }))).toEqual([
      'RST 0.00 #900',
    ])
    expect(rig.results()).toEqual(['coap_bad_response'])
  })

  it('nor a block that is shorter than it says', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(coap({ type: 'ACK', code: '2.05', id, token, options: { Block2: 0x0e }, payload: 'half' }))
    expect(rig.results()).toEqual(['coap_block_failed'])
  })

  it('and a single block is a whole value', () => {
    const rig = new Rig()
    const { id, token } = rig.ask()
    rig.say(
      coap({ type: 'ACK', code: '2.05', id, token, options: { Block2: 0x06, ETag: 'e' }, payload: 'all' }),
    )
    expect(rig.results()).toEqual(['all'])
  })
})
