import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import type { Observation } from '../../../src/coap/handler.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SimulatedNetwork } from '../../support/network.ts'
import { SeededRandom } from '../../support/random.ts'

const ASKER = '192.0.2.1:1'
const ASKED = '192.0.2.2:2'
const REQUESTS = 30

/** Two endpoints of ours that talk through bad weather; every third answer comes late. */
function talk(
  seed: number,
  loss: number,
  duplication: number,
  latency: number,
): { outcomes: string[][]; handled: number[] } {
  const clock = new SimulatedClock()
  const network = new SimulatedNetwork(clock, new SeededRandom(seed))
  network.weather = { loss, duplication, latency: [0, latency] }
  const handled: number[] = new Array(REQUESTS).fill(0)
  const make = (): CoapEndpoint<Observation> =>
    new CoapEndpoint<Observation>({
      clock,
      random: new SeededRandom(seed + 1),
      parameters: { amplification: Number.POSITIVE_INFINITY },
      requests: (request, _peer, reply) => {
        const index = Number(request.path[0])
        handled[index] = (handled[index] ?? 0) + 1
        const respond = (): void => reply.respond({ code: 0x45, payload: Buffer.from(`${index}`) })
        if (index % 3 === 0) clock.schedule('late answer', 5_000, respond, undefined)
        else respond()
      },
      observations: { match: () => 'unknown', rejected() {}, request: () => ({ code: 1, path: [] }) },
      notifications: () => {},
    })
  const [asker, asked] = [make(), make()]
  network.attach(ASKER, asker)
  network.attach(ASKED, asked)
  const outcomes: string[][] = Array.from({ length: REQUESTS }, () => [])
  for (const [index, list] of outcomes.entries()) {
    asker.request(network.peer(ASKER, ASKED), { code: 1, path: [`${index}`] }, (outcome) =>
      list.push(outcome instanceof CodedError ? outcome.code : Buffer.from(outcome.payload).toString()),
    )
  }
  clock.advance(REQUESTS * 200_000)
  expect(clock.pending()).toEqual([])
  expect(asker.held).toEqual({ peers: 0, requests: 0, bytes: 0 })
  return { outcomes, handled }
}

it('in any weather each request has exactly one outcome, and is handled at most once', () => {
  const chance = fc.integer({ min: 0, max: 60 }).map((percent) => percent / 100)
  fc.assert(
    fc.property(fc.nat(1_000_000), chance, chance, fc.nat(20_000), (seed, loss, duplication, latency) => {
      const { outcomes, handled } = talk(seed, loss, duplication, latency)
      for (const [index, list] of outcomes.entries()) {
        expect(list).toHaveLength(1)
        expect([`${index}`, 'coap_no_ack', 'coap_no_response', 'coap_reset']).toContain(list[0])
        expect(handled[index]).toBeLessThanOrEqual(1)
        if (list[0] === `${index}`) expect(handled[index]).toBe(1)
      }
    }),
    { numRuns: 60 },
  )
})

it('in calm weather each request is answered', () => {
  const { outcomes } = talk(1, 0, 0, 50)
  expect(outcomes.map(([only]) => only)).toEqual(outcomes.map((_, index) => `${index}`))
})

it('with a tenth of all datagrams lost or doubled, each request is answered still', () => {
  const { outcomes } = talk(2, 0.1, 0.1, 300)
  expect(outcomes.map(([only]) => only)).toEqual(outcomes.map((_, index) => `${index}`))
})
