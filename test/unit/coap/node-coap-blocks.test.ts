import { describe, expect, it } from 'vitest'
import { blockNumber, blockOf } from '../../support/block-device.ts'
import { coap, readCoap } from '../../support/coap.ts'
import { exposedGc } from '../../support/gc.ts'
import { Rig } from './rig.ts'

const LONG = Buffer.alloc(200, 'abcdefghijklmnopqrstuvwxyz')

/** A block of 64 bytes of a POST, with an id and a token of its own. */
function block(num: number, more: boolean, payload: Uint8Array): Buffer {
  const options = { 'Uri-Path': ['rd'], Block1: blockNumber(num, more, 64) }
  return coap({ code: 'POST', id: num + 1, token: `a${num % 10}`, options, payload })
}

const codes = (lines: string[]): string[] => lines.map((line) => line.split(' ')[1] ?? '')

/** Failures of the package node-coap in blockwise transfers, and in memory, each by name. */
describe('unlike node-coap', () => {
  it('a body whose token changes at each block is one body, as from the client of libcoap', () => {
    const rig = new Rig()
    const blocks = [0, 1, 2, 3].map((num) => block(num, num < 3, LONG.subarray(num * 64, num * 64 + 64)))
    expect(codes(rig.say(...blocks))).toEqual(['2.31', '2.31', '2.31', '2.04'])
    expect(rig.handled.map(({ request }) => Buffer.from(request.payload))).toEqual([LONG])
  })

  it('a body with a block missing is answered 4.08', () => {
    const rig = new Rig()
    expect(codes(rig.say(block(0, true, LONG.subarray(0, 64))))).toEqual(['2.31'])
    expect(codes(rig.say(block(2, false, LONG.subarray(128, 192))))).toEqual(['4.08'])
    expect(rig.handled).toEqual([])
  })

  it('two megabytes in blocks are answered 4.13 with the size that is taken, and are not kept', () => {
    const rig = new Rig({ requestsPerSecond: 1e6, datagramsPerSecond: 1e6 })
    let [num, most, answer] = [0, 0, '']
    for (; !answer.includes('4.13') && num * 64 < 2 * 1024 * 1024; num++) {
      ;[answer = ''] = rig.say(block(num, true, LONG.subarray(0, 64)))
      most = Math.max(most, rig.endpoint.held.bytes)
    }
    expect(answer).toMatch(/^ACK 4\.13 .*Size1=100000/)
    expect(num * 64).toBe(1024 * 1024 + 64)
    expect(most).toBeLessThan(1.1 * 1024 * 1024)
    expect(rig.endpoint.held.bytes).toBeLessThan(64 * 1024)
    expect(rig.handled).toEqual([])
  })

  it('a duplicate of a datagram with Block2 does not corrupt the body', () => {
    const rig = new Rig({ blockSize: 64 })
    rig.endpoint.request(rig.peer, { code: 1, path: ['3'] }, (outcome) => rig.outcomes.push(outcome))
    for (let asked = 0; asked < 4; asked++) {
      rig.settle()
      const [bytes] = rig.device.take()
      const request = readCoap(bytes ?? coap({ id: 0 }))
      const { num = 0 } = blockOf(request, 'Block2') ?? {}
      const answer = coap({
        ...{ type: 'ACK', code: '2.05', id: request.messageId, token: request.token.toString('hex') },
        options: { Block2: blockNumber(num, num < 3, 64) },
        payload: LONG.subarray(num * 64, num * 64 + 64),
      })
      for (let copy = 0; copy < 3; copy++) rig.device.send(answer)
    }
    rig.settle()
    expect(rig.results()).toEqual([LONG.toString()])
  })

  it('an exchange of the past takes less than a kilobyte, and no timer of its own', () => {
    const gc = exposedGc()
    const memory = (): number => {
      gc()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const rig = new Rig({ duplicatesPerPeer: 1e6, requestsPerSecond: 1e6, datagramsPerSecond: 1e6 })
    rig.onRequest = ({ reply }) => {
      rig.handled.length = 0
      reply.respond({ code: 0x44 })
    }
    const exchange = (id: number): void => {
      rig.device.send(
        coap({ code: 'POST', id, token: 'ab', options: { 'Uri-Path': ['rd'] }, payload: '21.5' }),
      )
      rig.settle()
      rig.device.take()
    }
    for (let id = 0; id < 1_000; id++) exchange(id)
    const before = memory()
    for (let id = 1_000; id < 21_000; id++) exchange(id)
    expect((memory() - before) / 20_000).toBeLessThan(1_000)
    expect(rig.clock.pending().length).toBeLessThan(5)
  })
})
