import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/lwm2m/command.ts'
import { Lwm2mBench, numberOption, pathIn } from '../support/lwm2m.ts'
import { TEMPERATURE, value, type WithoutBase } from '../support/scene.ts'

/** A registered device that answers when the test says so. */
function silent(observe: readonly string[] = []) {
  const bench = new Lwm2mBench({ observe })
  const device = bench.device()
  device.answer = () => undefined
  device.register('ep=device&lt=0&lwm2m=1.1')
  let count = 0
  const command = (what: WithoutBase<Command>) =>
    bench.command({ id: `c${++count}`, endpoint: 'device', ...what })
  const observe_ = () => command({ operation: 'observe', path: TEMPERATURE })
  const cancel = (passive: boolean) => command({ operation: 'cancel', path: TEMPERATURE, passive })
  /** What the device was asked, with the Observe option. */
  const asked = () => device.requests.map((request) => [pathIn(request), numberOption(request, 'Observe')])
  /** Answers what it is asked, until nothing more comes. */
  const answerAll = (): void => {
    for (let index = 0; index < device.requests.length; index++) device.respond(value('20', 1), index)
  }
  /** What becomes of notifications with any token that the device was given. */
  const receipts = () =>
    new Set(device.requests.map(({ token }) => device.notify(token, value('21', 2))).filter(Boolean))
  return { bench, device, command, observe: observe_, cancel, asked, answerAll, receipts }
}

const OBSERVE = [TEMPERATURE, 0]
const CANCEL = [TEMPERATURE, 1]
const READ = ['/3/0/0', undefined]
const done = [{ status: 'ok', code: '2.05' }]
const unknown = [{ status: 'error', error: { code: 'observation_unknown' } }]

describe('a cancel behind its observe', () => {
  it('that is under way: both are answered, and nothing stands', () => {
    const { observe, cancel, asked, answerAll, receipts } = silent()
    const [observing, cancelling] = [observe(), cancel(false)]
    expect([observing.results, cancelling.results]).toEqual([[], []])
    answerAll()
    expect(asked()).toEqual([OBSERVE, CANCEL])
    expect(observing.results).toMatchObject(done)
    expect(cancelling.results).toMatchObject(done)
    expect(receipts()).toEqual(new Set(['reset']))
  })

  it('that waits for its turn: the same, in the order of the commands', () => {
    const { device, command, observe, cancel, asked, answerAll, receipts } = silent()
    command({ operation: 'read', path: '/3/0/0' })
    const [observing, cancelling] = [observe(), cancel(false)]
    expect([cancelling.results, cancelling.sent]).toEqual([[], 0])
    device.respond({ code: '2.05', payload: 'ACME' })
    answerAll()
    expect(asked()).toEqual([READ, OBSERVE, CANCEL])
    expect(observing.results).toMatchObject(done)
    expect(cancelling.results).toMatchObject(done)
    expect(receipts()).toEqual(new Set(['reset']))
  })

  it('passive: the device is not asked, and nothing stands', () => {
    const { observe, cancel, asked, answerAll, receipts } = silent()
    const [observing, cancelling] = [observe(), cancel(true)]
    expect(cancelling.results).toEqual([])
    answerAll()
    expect(asked()).toEqual([OBSERVE])
    expect(observing.results).toMatchObject(done)
    expect(cancelling).toMatchObject({ results: [{ status: 'ok' }], sent: 0 })
    expect(cancelling.results[0]).not.toHaveProperty('code')
    expect(receipts()).toEqual(new Set(['reset']))
  })

  it.each([true, false])('that the device refuses: there is nothing to cancel, passive %s', (passive) => {
    const { device, observe, cancel, asked } = silent()
    const [observing, cancelling] = [observe(), cancel(passive)]
    device.respond({ code: '4.04' })
    expect(observing.results).toMatchObject([{ status: 'error', code: '4.04' }])
    expect(cancelling.results).toMatchObject(unknown)
    expect(asked()).toEqual([OBSERVE])
  })

  it.each([true, false])('that renews: what stands afterwards is nothing, passive %s', (passive) => {
    const { device, observe, cancel, answerAll, receipts } = silent()
    observe()
    device.respond(value('20', 1))
    const [renewing, cancelling] = [observe(), cancel(passive)]
    answerAll()
    expect(renewing.results).toMatchObject(done)
    expect(cancelling.results).toMatchObject([{ status: 'ok' }])
    expect(receipts()).toEqual(new Set(['reset']))
  })

  it('and before another one: that one stands', () => {
    const { observe, cancel, asked, answerAll, receipts } = silent()
    const lives = [observe(), cancel(false), observe()]
    answerAll()
    expect(asked()).toEqual([OBSERVE, CANCEL, OBSERVE])
    for (const { results } of lives) expect(results).toMatchObject(done)
    expect(receipts()).toContain('ack')
  })

  it('that is given up while it waits leaves the observation', () => {
    const { observe, cancel, asked, answerAll, receipts } = silent()
    const [, cancelling] = [observe(), cancel(false)]
    cancelling.pending.cancel()
    expect(cancelling.results).toMatchObject([{ error: { code: 'coap_cancelled' } }])
    answerAll()
    expect(asked()).toEqual([OBSERVE])
    expect(receipts()).toEqual(new Set(['ack']))
  })
})

describe('a cancel of what the policy observes', () => {
  it('while its Observe is under way: nothing stands, and it is not asked for again', () => {
    const { device, cancel, asked, answerAll, receipts } = silent([TEMPERATURE])
    const cancelling = cancel(false)
    answerAll()
    expect(asked()).toEqual([OBSERVE, CANCEL])
    expect(cancelling.results).toMatchObject(done)
    expect(receipts()).toEqual(new Set(['reset']))
    device.call({ code: '0.02', path: '/rd' })
    expect(asked()).toEqual([OBSERVE, CANCEL])
  })

  it('before it is asked for: it never is', () => {
    const { device, cancel, asked, answerAll } = silent(['/3303/0/5701', TEMPERATURE])
    const cancelling = cancel(false)
    answerAll()
    expect(cancelling.results).toMatchObject(unknown)
    expect(asked()).toEqual([['/3303/0/5701', 0]])
    expect(device.requests.length).toBe(1)
  })
})
