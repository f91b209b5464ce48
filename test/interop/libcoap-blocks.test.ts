import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CoapEndpoint } from '../../src/coap/endpoint.ts'
import type { Observation, ReceivedResponse, Request, Response } from '../../src/coap/handler.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { CodedError } from '../../src/lib/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import { UdpListener } from '../../src/transport/udp.ts'
import { writeTemporary } from '../support/gateway-process.ts'
import { findPeers } from '../support/peers.ts'
import { freeUdpPort } from '../support/ports.ts'
import { killAll, Program, run } from '../support/processes.ts'

const CLIENT = 'coap-client-notls'
const SERVER = 'coap-server-notls'
const peers = findPeers(CLIENT, SERVER)

const BODY = randomBytes(64 * 1024)

/** An endpoint of ours on a socket of its own. */
class Ours {
  readonly endpoint: CoapEndpoint<Observation>
  readonly taken: Buffer[] = []
  answer: Response = { code: 0x44 }
  listener!: UdpListener

  constructor(blockSize: number) {
    this.endpoint = new CoapEndpoint<Observation>({
      clock: new SystemClock(),
      random: new SystemRandom(),
      parameters: { blockSize, amplification: Number.POSITIVE_INFINITY },
      requests: ({ payload }, _peer, reply) => {
        this.taken.push(Buffer.from(payload))
        reply.respond(this.answer)
      },
      observations: { match: () => 'unknown', rejected() {}, request: () => ({ code: 1, path: [] }) },
      notifications: () => {},
    })
  }

  async open(): Promise<void> {
    const options = { host: '127.0.0.1', port: 0, logger: silentLogger, clock: new SystemClock() }
    this.listener = await UdpListener.open(options, this.endpoint)
  }

  async close(): Promise<void> {
    this.endpoint.stop()
    await this.listener.close()
  }

  ask(port: number, request: Request): Promise<ReceivedResponse> {
    const peer = this.listener.peer('127.0.0.1', port)
    return new Promise((resolve, reject) => {
      this.endpoint.request(peer, request, (outcome) => {
        if (outcome instanceof CodedError) reject(outcome)
        else resolve(outcome)
      })
    })
  }
}

describe.skipIf(peers.areMissing)(`64 kB in blocks, with libcoap${peers.remark}`, () => {
  let port: number

  beforeAll(async () => {
    port = await freeUdpPort()
    new Program(SERVER, ['-A', '127.0.0.1', '-p', String(port), '-d', '10'])
    const ours = new Ours(1_024)
    await ours.open()
    const { code } = await ours.ask(port, { code: 1, path: [] }) // repeated until it is up
    expect(code).toBe(0x45)
    await ours.close()
  })
  afterAll(() => killAll())

  it.each([64, 256, 1_024])('written to its server in blocks of %i bytes and read back', async (size) => {
    const ours = new Ours(size)
    await ours.open()
    const path = [`value${size}`]
    const written = await ours.ask(port, { code: 3, path, contentFormat: 42, payload: BODY })
    expect(written.code).toBe(0x41)
    const read = await ours.ask(port, { code: 1, path })
    expect(read.code).toBe(0x45)
    expect(BODY.equals(read.payload)).toBe(true)
    expect(ours.endpoint.held.requests).toBe(0)
    await ours.close()
  })

  it.each([64, 1_024])('sent by its client in blocks of %i bytes, and fetched', async (size) => {
    const ours = new Ours(1_024)
    await ours.open()
    const uri = `coap://127.0.0.1:${ours.listener.port}/dp`
    const input = writeTemporary('body.txt', BODY.toString('base64').slice(0, 65_536))
    const more = ['-B', '20', '-b', String(size)]
    const sent = await run(CLIENT, [...more, '-m', 'post', '-t', '0', '-f', input, uri])
    expect(sent.code).toBe(0)
    const text = BODY.toString('base64').slice(0, 65_536)
    expect(ours.taken.map(String)).toEqual([text])
    ours.answer = { code: 0x45, contentFormat: 0, payload: Buffer.from(text) }
    const fetched = await run(CLIENT, [...more, '-m', 'get', uri])
    expect(fetched.stdout.trim()).toBe(text)
    expect(ours.taken).toHaveLength(2) // handled once
    await ours.close()
  })
})
