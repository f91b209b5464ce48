import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { CoapEndpoint } from '../../../src/coap/endpoint.ts'
import type { DatagramSink, Peer } from '../../../src/coap/peer.ts'
import { SystemClock } from '../../../src/lib/clock.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { SystemRandom } from '../../../src/lib/random.ts'
import { UdpListener } from '../../../src/transport/udp.ts'
import { UdpPeer } from '../../../src/transport/udp-peer.ts'
import { coap, describeCoap } from '../../support/coap.ts'

interface Received {
  readonly peer: Peer
  readonly bytes: Uint8Array
  readonly at: number
}

/** A sink that hands out what it received, in order, to whoever waits for it. */
class Inbox implements DatagramSink {
  readonly #received: Received[] = []
  readonly #waiting: ((received: Received) => void)[] = []

  datagram(peer: Peer, bytes: Uint8Array, at: number): void {
    const received = { peer, bytes, at }
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#received.push(received)
    else waiting(received)
  }

  closed(): void {}

  next(): Promise<Received> {
    const received = this.#received.shift()
    if (received !== undefined) return Promise.resolve(received)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

const clock = new SystemClock()
const closing: (() => unknown)[] = []
const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listen(sink: DatagramSink, host = '127.0.0.1', port = 0): Promise<UdpListener> {
  const listener = await UdpListener.open({ host, port, logger: silentLogger, clock }, sink)
  closing.push(() => listener.close())
  return listener
}

async function device(type: 'udp4' | 'udp6' = 'udp4'): Promise<Socket> {
  const socket = createSocket(type)
  socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1')
  await once(socket, 'listening')
  closing.push(() => socket.close())
  return socket
}

describe('a UDP listener', () => {
  it('delivers a datagram with its peer, and sends back to it from the same socket', async () => {
    const inbox = new Inbox()
    const listener = await listen(inbox)
    const socket = await device()
    socket.send('hello', listener.port, '127.0.0.1')
    const { peer, bytes, at } = await inbox.next()
    const { port } = socket.address()
    expect(String(bytes)).toBe('hello')
    expect(at).toBeLessThanOrEqual(clock.now())
    expect(peer).toMatchObject({
      address: `coap://127.0.0.1:${port}`,
      subject: { kind: 'none', address: `127.0.0.1:${port}` },
      reliable: false,
    })
    const answered = once(socket, 'message')
    expect(peer.send(Buffer.from('welcome'))).toBe(true)
    const [answer, from] = await answered
    expect(String(answer)).toBe('welcome')
    expect(from).toMatchObject({ address: '127.0.0.1', port: listener.port })
  })

  it('gives one path one key, and other ports and listeners other keys', async () => {
    const inbox = new Inbox()
    const [one, two] = [await listen(inbox), await listen(inbox)]
    const [first, second] = [await device(), await device()]
    const keys: string[] = []
    for (const [socket, listener] of [
      [first, one],
      [first, one],
      [second, one],
      [first, two],
    ] as const) {
      socket.send('x', listener.port, '127.0.0.1')
      keys.push((await inbox.next()).peer.key)
    }
    expect(keys[1]).toBe(keys[0])
    expect(new Set(keys).size).toBe(3)
    expect(one.peer('127.0.0.1', first.address().port).key).toBe(keys[0])
  })

  it('hands over bytes that are the receiver’s own, of their own length', async () => {
    const inbox = new Inbox()
    const listener = await listen(inbox)
    const socket = await device()
    socket.send('first', listener.port, '127.0.0.1')
    const first = await inbox.next()
    socket.send('other', listener.port, '127.0.0.1')
    const second = await inbox.next()
    expect(String(first.bytes)).toBe('first')
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer)
    expect(first.bytes.buffer.byteLength).toBe(5)
  })

  it('tells the address and port that it is bound to', async () => {
    const listener = await listen(new Inbox())
    expect(listener.address).toBe('127.0.0.1')
    expect(listener.port).toBeGreaterThan(0)
  })

  it('resolves names', async () => {
    const listener = await listen(new Inbox(), 'localhost')
    expect(['127.0.0.1', '::1']).toContain(listener.address)
  })

  it('refuses an address that is in use, saying which', async () => {
    const { port } = await listen(new Inbox())
    const refused = listen(new Inbox(), '127.0.0.1', port)
    await expect(refused).rejects.toBeInstanceOf(CodedError)
    await expect(refused).rejects.toMatchObject({
      code: 'listener_failed',
      place: `coap://127.0.0.1:${port}`,
    })
    await expect(refused).rejects.toThrow(/EADDRINUSE/)
  })

  it('refuses an address that is not on this machine', async () => {
    await expect(listen(new Inbox(), '192.0.2.1')).rejects.toMatchObject({ code: 'listener_failed' })
  })

  it('sends nothing once closed, and says so', async () => {
    const inbox = new Inbox()
    const listener = await listen(inbox)
    const peer = listener.peer('127.0.0.1', 9)
    await listener.close()
    await listener.close()
    expect(peer.send(Buffer.from('x'))).toBe(false)
  })

  it('counts what cannot be sent, and does not throw', async () => {
    const listener = await listen(new Inbox())
    expect(listener.peer('127.0.0.1', 0).send(Buffer.from('x'))).toBe(true)
    expect(listener.failures).toBe(1)
    expect(listener.peer('127.0.0.1', 9).send(Buffer.alloc(70_000))).toBe(true)
    // EMSGSIZE comes back a turn later, before anything sent after it arrives.
    const inbox = new Inbox()
    const other = await listen(inbox)
    listener.peer('127.0.0.1', other.port).send(Buffer.from('still'))
    expect(String((await inbox.next()).bytes)).toBe('still')
    expect(listener.failures).toBe(2)
  })

  it.skipIf(!hasIPv6)('serves IPv6, and IPv4 on the same socket under its plain address', async () => {
    const inbox = new Inbox()
    const listener = await listen(inbox, '::')
    const [six, four] = [await device('udp6'), await device('udp4')]
    six.send('six', listener.port, '::1')
    expect((await inbox.next()).peer.address).toBe(`coap://[::1]:${six.address().port}`)
    four.send('four', listener.port, '127.0.0.1')
    const { peer } = await inbox.next()
    expect(peer.subject).toEqual({ kind: 'none', address: `127.0.0.1:${four.address().port}` })
    const answered = once(four, 'message')
    peer.send(Buffer.from('back'))
    expect(String((await answered)[0])).toBe('back')
  })
})

describe('a UDP peer', () => {
  const nowhere = { send: () => true }
  it.each([
    ['192.0.2.7', '192.0.2.7:5683'],
    ['2001:db8::7', '[2001:db8::7]:5683'],
    ['::ffff:192.0.2.7', '192.0.2.7:5683'],
    ['fe80::1%eth0', '[fe80::1%eth0]:5683'],
  ])('at %s is known as %s', (host, place) => {
    const peer = new UdpPeer(nowhere, 0, host, 5683)
    expect(peer.address).toBe(`coap://${place}`)
    expect(peer.subject).toEqual({ kind: 'none', address: place })
  })
})

it('an endpoint answers a device over real sockets', async () => {
  const endpoint = new CoapEndpoint({
    clock,
    random: new SystemRandom(),
    requests: (_request, _peer, reply) => reply.respond({ code: 0x45, payload: Buffer.from('hello') }),
    observations: { match: () => 'unknown', rejected() {}, request: () => ({ code: 1, path: [] }) },
    notifications: () => {},
  })
  closing.push(() => endpoint.stop())
  const listener = await listen(endpoint)
  const socket = await device()
  const answered = once(socket, 'message')
  socket.send(coap({ code: 'GET', id: 5, token: 'ab' }), listener.port, '127.0.0.1')
  expect(describeCoap((await answered)[0])).toBe('ACK 2.05 #5 token ab "hello"')
})
