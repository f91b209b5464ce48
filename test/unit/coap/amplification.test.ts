import { describe, expect, it } from 'vitest'
import type { Request, RequestOptions } from '../../../src/coap/handler.ts'
import type { Peer } from '../../../src/coap/peer.ts'
import { coap, readCoap } from '../../support/coap.ts'
import { DEVICE, Rig, SERVER } from './rig.ts'

const PROBE = /^CON 0\.01 #\d+ token [0-9a-f]{16}$/
const HOUR = 3_600_000

/** A confirmable request of so many bytes. */
function post(bytes: number, id = 1): Buffer {
  const bare = coap({ code: 'POST', id, options: { 'Uri-Path': ['rd'] } })
  return coap({
    code: 'POST',
    id,
    options: { 'Uri-Path': ['rd'] },
    payload: 'x'.repeat(bytes - bare.length - 1),
  })
}

/** A request of ours, with an 8-byte token, of so many bytes; above 12. */
function asking(bytes: number): Request {
  return { code: 3, path: ['a'], payload: new Uint8Array(bytes - 15) }
}

class Scene extends Rig {
  sent = 0
  constructor() {
    super({ amplification: 3 })
    this.device.onDatagram = (bytes) => {
      this.sent += bytes.length
    }
  }

  /** The peer object that a layer above would have kept. */
  kept: Peer = this.peer

  askKept(request: Request, options?: RequestOptions): void {
    this.endpoint.request(this.kept, request, (outcome) => this.outcomes.push(outcome), options)
    this.settle()
  }

  /** Lets the device send so many bytes; what that was answered with is not looked at. */
  hear(bytes: number, id?: number): void {
    this.say(post(bytes, id))
    this.kept = this.handled.at(-1)?.peer ?? this.kept
  }

  /** Answers the last request of ours, in its ACK. */
  reply(payload = 'ok', token?: string): string[] {
    const last = this.last
    return this.say(
      coap({
        type: 'ACK',
        code: '2.05',
        id: last.messageId,
        token: token ?? last.token.toString('hex'),
        payload,
      }),
    )
  }

  get last() {
    return readCoap(this.asked.at(-1) as Uint8Array)
  }

  readonly asked: Uint8Array[] = []

  override heard(): string[] {
    this.settle()
    for (const bytes of this.device.received)
      if (readCoap(bytes).code.startsWith('0.0')) this.asked.push(bytes)
    return super.heard()
  }
}

describe('an address that has answered nothing', () => {
  it('is sent no more than three times what came from there, repetitions included', () => {
    const scene = new Scene()
    scene.hear(40) // answered with 4 bytes
    scene.askKept(asking(30))
    scene.clock.advance(HOUR)
    expect(scene.sent).toBe(4 + 3 * 30)
    expect(scene.results()).toEqual(['coap_no_ack'])
    expect(scene.endpoint.counters).toMatchObject({ withheld: 2, retransmissions: 4 })
  })

  it('is sent nothing where nothing came', () => {
    const scene = new Scene()
    scene.askKept(asking(30))
    scene.clock.advance(HOUR)
    expect(scene.sent).toBe(0)
    expect(scene.results()).toEqual(['coap_no_ack'])
  })

  it('is sent the rest as soon as more comes, at the next repetition', () => {
    const scene = new Scene()
    scene.hear(16)
    scene.askKept(asking(40))
    scene.askKept(asking(40)) // waits: one exchange at a time
    expect(scene.heard()).toHaveLength(1)
    expect(scene.sent).toBe(4 + 40)
    scene.clock.advance(3_000)
    expect(scene.sent).toBe(44)
    scene.hear(20, 2)
    scene.clock.advance(8_000)
    expect(scene.sent).toBe(44 + 4 + 40)
  })

  it('has one exchange at a time, whatever NSTART is', () => {
    const rig = new Rig({ nstart: 4, amplification: 3 })
    rig.say(post(200))
    for (const path of ['1', '2', '3', '4']) {
      rig.endpoint.request(rig.peer, { code: 1, path: [path] }, () => {})
    }
    const [first, ...others] = rig.heard()
    expect(others).toEqual([])
    expect(first).toContain('Uri-Path=1')
    const [, , id, , token] = (first as string).split(' ')
    const ack = coap({ type: 'ACK', code: '2.05', id: Number(id?.slice(1)), token: token as string })
    expect(rig.say(ack)).toHaveLength(3)
  })

  it('stays so by an empty ACK, a guessed token, or the token of an observation, which others may know', () => {
    const scene = new Scene()
    scene.hear(60)
    const token = Buffer.from('0b5e0b5e', 'hex')
    scene.askKept({ code: 1, path: ['3'], observe: 0 }, { token })
    scene.heard()
    scene.reply('guessed', 'ffffffffffffffff')
    scene.reply('known', '0b5e0b5e')
    scene.askKept({ code: 1, path: ['4'] })
    scene.heard()
    scene.say(coap({ type: 'ACK', code: '0.00', id: scene.last.messageId }))
    expect(scene.results()).toEqual(['known'])
    scene.askKept(asking(1_000))
    scene.clock.advance(HOUR)
    expect(scene.sent).toBeLessThan(300)
  })
})

describe('a request that is more than may be sent', () => {
  it('goes out after a probe of 12 bytes has been answered, whatever the answer is', () => {
    const scene = new Scene()
    scene.hear(20)
    scene.askKept(asking(1_000))
    const [probe, ...rest] = scene.heard()
    expect(rest).toEqual([])
    expect(probe).toMatch(PROBE)
    const { messageId: id, token } = scene.last
    const answered = scene.say(coap({ type: 'ACK', code: '4.04', id, token: token.toString('hex') }))
    expect(answered).toEqual([expect.stringMatching(/^CON 0\.03 .*Uri-Path=a/)])
    expect(scene.last.token).not.toEqual(token)
    scene.reply('taken')
    expect(scene.results()).toEqual(['taken'])
  })

  it('goes out as well where the probe is answered separately, or with an option that is not understood', () => {
    for (const options of [{}, { 65001: 'x' }]) {
      const scene = new Scene()
      scene.hear(20)
      scene.askKept(asking(500))
      scene.heard()
      const { messageId, token } = scene.last
      scene.say(coap({ type: 'ACK', code: '0.00', id: messageId }))
      const sent = scene.say(coap({ code: '4.05', id: 77, token: token.toString('hex'), options }))
      expect(sent.filter((line) => line.includes('Uri-Path=a'))).toHaveLength(1)
      scene.reply('taken')
      expect(scene.results()).toEqual(['taken'])
    }
  })

  it('fails with coap_no_ack where the probe is not answered', () => {
    const scene = new Scene()
    scene.hear(20)
    scene.askKept(asking(1_000))
    scene.clock.advance(HOUR)
    expect(scene.results()).toEqual(['coap_no_ack'])
    expect(scene.sent).toBe(4 + 4 * 12)
  })

  it('keeps the token of its observation across the probe', () => {
    const scene = new Scene()
    scene.hear(16)
    const query = ['x'.repeat(60)]
    const token = scene.endpoint.request(
      scene.kept,
      { code: 1, path: ['3'], query, observe: 0 },
      () => {},
    ).token
    expect(scene.heard()).toEqual([expect.stringMatching(PROBE)])
    scene.reply()
    expect(scene.last.token).toEqual(Buffer.from(token))
  })

  it('can be cancelled while the probe is under way', () => {
    const scene = new Scene()
    scene.hear(20)
    const exchange = scene.endpoint.request(scene.kept, asking(1_000), (outcome) =>
      scene.outcomes.push(outcome),
    )
    scene.heard()
    exchange.cancel()
    expect(scene.reply()).toEqual([])
    expect(scene.results()).toEqual(['coap_cancelled'])
  })
})

describe('an address that has answered', () => {
  /** The device has shown itself. */
  function verified(): Scene {
    const scene = new Scene()
    scene.hear(20)
    scene.askKept({ code: 1, path: ['3'] })
    scene.heard()
    scene.reply()
    return scene
  }

  it('is sent all that there is', () => {
    const scene = verified()
    const before = scene.sent
    scene.askKept(asking(1_000))
    scene.clock.advance(HOUR)
    expect(scene.sent - before).toBe(5 * 1_000)
  })

  it('stays so for who keeps its peer object, however long nothing is heard', () => {
    const scene = verified()
    scene.clock.advance(HOUR)
    expect(scene.endpoint.held.peers).toBe(0)
    scene.askKept(asking(1_000))
    expect(scene.heard()).toEqual([expect.stringContaining('Uri-Path=a')])
  })

  it('stays so where another message came first, with a peer object of its own', () => {
    const scene = verified()
    scene.clock.advance(HOUR)
    scene.say(post(20, 9))
    scene.askKept(asking(1_000))
    expect(scene.heard()).toEqual([expect.stringContaining('Uri-Path=a')])
  })

  it('is a stranger again where nobody has kept its peer object', () => {
    const scene = verified()
    scene.clock.advance(HOUR)
    scene.hear(20, 9)
    scene.askKept(asking(1_000))
    expect(scene.heard()).toEqual([expect.stringMatching(PROBE)])
  })
})

it('what came from an address and was not used up is there later, once', () => {
  const scene = new Scene()
  scene.hear(40) // 116 bytes are left
  const { kept } = scene
  scene.clock.advance(HOUR)
  expect(scene.endpoint.held.peers).toBe(0)
  for (const round of [1, 2]) {
    scene.say(post(16, round)) // a new peer object, and 44 bytes more
    scene.kept = kept
    scene.askKept(asking(30))
    scene.clock.advance(HOUR)
  }
  expect(scene.sent).toBeLessThanOrEqual(3 * (40 + 16 + 16))
  expect(scene.sent).toBe(4 + 2 * 4 + 5 * 30 + Math.floor((116 + 44 + 44 - 150) / 30) * 30)
})

it.each([
  ['psk', { kind: 'psk', identity: 'lamp' }],
  ['rpk', { kind: 'rpk', spki: 'ab' }],
  ['x509', { kind: 'x509', names: ['lamp'], fingerprint: 'ab' }],
] as const)('a peer whose transport has proved its address (%s) has no such limit', (_kind, subject) => {
  const scene = new Scene()
  scene.network.subjects.set(DEVICE, subject)
  scene.kept = scene.network.peer(SERVER, DEVICE)
  scene.askKept(asking(1_000))
  scene.clock.advance(HOUR)
  expect(scene.sent).toBe(5 * 1_000)
})
