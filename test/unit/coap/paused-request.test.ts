import { describe, expect, it } from 'vitest'
import { coap, readCoap } from '../../support/coap.ts'
import { DEVICE, Rig, SERVER } from './rig.ts'

const GET = { code: 1, path: ['3', '0'] }

/** A request each of whose messages waits as long as `pauses` says; when they were sent, in milliseconds. */
function paused(pauses: readonly number[]) {
  const rig = new Rig({ ackRandomFactor: 1 })
  const start = rig.clock.now()
  const left = [...pauses]
  const sent: number[] = []
  rig.device.onDatagram = () => sent.push(rig.clock.now() - start)
  const peer = rig.network.peer(SERVER, DEVICE)
  const pause = (): number => left.shift() ?? 0
  const exchange = rig.endpoint.request(peer, GET, (outcome) => rig.outcomes.push(outcome), { pause })
  return { rig, exchange, sent, left, peer }
}

describe('a request that has to wait for its place', () => {
  it('is sent after the pause, and each repetition after its own', () => {
    const { rig, sent } = paused([100, 300, 0, 50])
    rig.clock.advance(200_000)
    expect(sent).toEqual([100, 2_400, 6_400, 14_450, 30_450])
    expect(rig.results()).toEqual(['coap_no_ack'])
    expect(rig.endpoint.counters.retransmissions).toBe(4)
  })

  it('is answered as any other, also while a repetition waits', () => {
    const { rig, sent } = paused([0, 500])
    rig.clock.advance(2_100)
    const [first] = rig.device.take().map(readCoap)
    if (first === undefined) expect.unreachable()
    const token = first.token.toString('hex')
    rig.say(coap({ type: 'ACK', id: first.messageId, token, code: '2.05', payload: 'x' }))
    rig.clock.advance(100_000)
    expect([rig.results(), sent]).toEqual([['x'], [0]])
  })

  it('asks for another place for the next block', () => {
    const { rig, sent, left } = paused([0, 700])
    rig.clock.advance(0)
    const [first] = rig.device.take().map(readCoap)
    if (first === undefined) expect.unreachable()
    const token = first.token.toString('hex')
    const options = { Block2: 0x08 }
    rig.say(
      coap({ type: 'ACK', id: first.messageId, token, code: '2.05', options, payload: Buffer.alloc(16) }),
    )
    rig.clock.advance(1_000)
    expect([sent, left]).toEqual([[0, 700], []])
  })

  it.each([0, 1])('given up in pause %i is not sent, and leaves no timer', (before) => {
    const { rig, exchange, sent } = paused(before === 0 ? [100] : [0, 100])
    rig.clock.advance(before * 2_000 + 50)
    exchange.cancel()
    rig.clock.advance(1_000)
    expect([sent.length, rig.results()]).toEqual([before, ['coap_cancelled']])
    expect(rig.clock.pending()).not.toContain('coap pause')
  })

  it('fails with coap_peer_gone where the path is closed by then', () => {
    const { rig, peer } = paused([100])
    peer.gone = true
    rig.clock.advance(1_000)
    expect(rig.results()).toEqual(['coap_peer_gone'])
  })
})
