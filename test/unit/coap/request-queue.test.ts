import { describe, expect, it } from 'vitest'
import { Allowance } from '../../../src/coap/allowance.ts'
import { Counters } from '../../../src/coap/counters.ts'
import { Remote } from '../../../src/coap/remote.ts'
import { coap } from '../../support/coap.ts'
import { OTHER, Rig, SERVER } from './rig.ts'

const GET = { code: 1, path: ['3', '0'] }

describe('NSTART', () => {
  it('lets one request to a peer be under way, the others in their order', () => {
    const rig = new Rig()
    const first = rig.ask({ code: 1, path: ['1'] })
    rig.ask({ code: 1, path: ['2'] })
    rig.ask({ code: 1, path: ['3'] })
    expect(rig.heard()).toEqual([])
    const lines = rig.say(coap({ type: 'ACK', code: '2.05', id: first.id, token: first.token }))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('Uri-Path=2')
  })

  it('gives the turn on at an empty ACK, for the response may take long', () => {
    const rig = new Rig()
    const { id } = rig.ask({ code: 1, path: ['1'] })
    rig.ask({ code: 1, path: ['2'] })
    expect(rig.say(coap({ type: 'ACK', id }))[0]).toContain('Uri-Path=2')
  })

  it('gives the turn on after a failure', () => {
    const rig = new Rig()
    const { id } = rig.ask({ code: 1, path: ['1'] })
    rig.ask({ code: 1, path: ['2'] })
    expect(rig.say(coap({ type: 'RST', id }))[0]).toContain('Uri-Path=2')
  })

  it('is counted for each peer', () => {
    const rig = new Rig()
    rig.ask()
    rig.endpoint.request(rig.network.peer(SERVER, OTHER), GET, () => {})
    rig.settle()
    expect(rig.other.take()).toHaveLength(1)
  })

  it('sends none of those that are cancelled together', () => {
    const rig = new Rig()
    const exchanges = ['1', '2', '3'].map((path) =>
      rig.endpoint.request(rig.peer, { code: 1, path: [path] }, (outcome) => rig.outcomes.push(outcome)),
    )
    rig.settle()
    for (const exchange of exchanges) exchange.cancel()
    rig.clock.advance(1_000)
    expect(rig.results()).toEqual(['coap_cancelled', 'coap_cancelled', 'coap_cancelled'])
    expect(rig.device.take()).toHaveLength(1)
  })

  it('sends none of those that are cancelled together, even if others are asked in between', () => {
    const rig = new Rig()
    const exchanges = ['1', '2'].map((path) =>
      rig.endpoint.request(rig.peer, { code: 1, path: [path] }, () => {}),
    )
    exchanges[0]?.cancel()
    rig.endpoint.request(rig.peer, { code: 1, path: ['3'] }, () => {})
    exchanges[1]?.cancel()
    const lines = rig.heard()
    expect(lines.map((line) => /Uri-Path=(\d)/.exec(line)?.[1])).toEqual(['1', '3'])
  })

  it('goes on after a cancellation', () => {
    const rig = new Rig()
    const exchange = rig.endpoint.request(rig.peer, { code: 1, path: ['1'] }, () => {})
    rig.ask({ code: 1, path: ['2'] })
    exchange.cancel()
    expect(rig.heard()[0]).toContain('Uri-Path=2')
  })

  it('is more than one where the parameters say so', () => {
    const rig = new Rig({ nstart: 2 })
    for (const path of ['1', '2', '3']) rig.endpoint.request(rig.peer, { code: 1, path: [path] }, () => {})
    expect(rig.heard()).toHaveLength(2)
  })
})

describe('message ids', () => {
  it('start anywhere, go up by one, wrap, and pass over those under way', () => {
    const watcher = { busy() {}, idle() {} }
    const remote = new Remote(new Rig().peer, new Allowance(true, 3), 0xfffd, new Counters(), watcher)
    remote.unacknowledged.push({ id: 0, acknowledged() {}, rejected() {}, abandon() {} })
    expect(Array.from({ length: 4 }, () => remote.takeId())).toEqual([0xfffe, 0xffff, 1, 2])
  })
})

describe('too many requests', () => {
  it('to one peer fail with coap_overload', () => {
    const rig = new Rig({ requestsPerPeer: 2 })
    for (let count = 0; count < 3; count++) rig.ask()
    expect(rig.results()).toEqual(['coap_overload'])
    expect(rig.endpoint.held.requests).toBe(2)
    expect(rig.endpoint.counters.overload).toBe(1)
  })

  it('in all fail with coap_overload', () => {
    const rig = new Rig({ requestsInAll: 1 })
    rig.ask()
    rig.endpoint.request(rig.network.peer(SERVER, OTHER), GET, (outcome) => rig.outcomes.push(outcome))
    rig.settle()
    expect(rig.results()).toEqual(['coap_overload'])
  })

  it('can be cancelled before they have failed', () => {
    const rig = new Rig({ requestsPerPeer: 0 })
    rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome)).cancel()
    rig.clock.advance(1_000)
    expect(rig.results()).toEqual(['coap_cancelled'])
  })

  it('to peers beyond the number that can be remembered fail with coap_overload', () => {
    const rig = new Rig({ peers: 1 })
    rig.ask()
    rig.endpoint.request(rig.network.peer(SERVER, OTHER), GET, (outcome) => rig.outcomes.push(outcome))
    rig.settle()
    expect(rig.results()).toEqual(['coap_overload'])
  })
})

describe('stop', () => {
  it('cancels all requests, each once, and leaves no timer', () => {
    const rig = new Rig({ requestsPerPeer: 3 })
    const { id } = rig.ask()
    rig.say(coap({ type: 'ACK', id }))
    rig.ask()
    rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome))
    rig.endpoint.request(rig.peer, GET, (outcome) => rig.outcomes.push(outcome)) // refused, and not yet told so
    rig.heard()
    rig.endpoint.stop()
    expect(rig.results()).toEqual(
      expect.arrayContaining(['coap_cancelled', 'coap_cancelled', 'coap_cancelled']),
    )
    expect(rig.outcomes).toHaveLength(4)
    expect(rig.clock.pending()).toEqual([])
    rig.clock.advance(300_000)
    expect(rig.outcomes).toHaveLength(4)
    expect(rig.device.take()).toEqual([])
  })

  it('leaves no turn open that a cancellation made', () => {
    const rig = new Rig()
    const exchange = rig.endpoint.request(rig.peer, GET, () => {})
    rig.endpoint.request(rig.peer, GET, () => {})
    rig.heard()
    exchange.cancel()
    rig.endpoint.stop()
    expect(rig.clock.pending()).toEqual([])
  })

  it('refuses requests from then on', () => {
    const rig = new Rig()
    rig.endpoint.stop()
    rig.ask()
    expect(rig.results()).toEqual(['coap_cancelled'])
  })

  it('is not disturbed by a handler that asks again', () => {
    const rig = new Rig()
    rig.endpoint.request(rig.peer, GET, () => rig.ask())
    rig.endpoint.stop()
    rig.settle()
    expect(rig.results()).toEqual(['coap_cancelled'])
    expect(rig.clock.pending()).toEqual([])
  })
})
