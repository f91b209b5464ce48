import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { SystemClock } from '../../../src/lib/clock.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { EmbeddedBroker } from '../../../src/mqtt/embedded.ts'
import { RetainedBudget } from '../../../src/mqtt/retained-budget.ts'
import { BrokerSession } from '../../../src/mqtt/session.ts'
import { SeededRandom } from '../../support/random.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0, logger: silentLogger } as const

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(): Promise<EmbeddedBroker> {
  const broker = await EmbeddedBroker.start(LOOPBACK)
  cleanups.push(() => broker.stop())
  return broker
}

interface Got {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
}

/** A session whose messages a test waits for one by one. */
async function connect(url: string, clientId: string, filters: readonly string[]) {
  const subscriptions = filters.map((filter) => ({ filter, retained: false, loss: 'nothing arrives' }))
  const got: Got[] = []
  let wake = (): void => {}
  const { promise, resolve } = Promise.withResolvers<void>()
  const session = new BrokerSession(
    {
      ...{ url, clientId, subscriptions, keepalive: 60, sessionExpiry: 60, inFlight: 20 },
      queue: { limit: 100, bytes: 10_000_000 },
      reconnect: { first: 10, longest: 100 },
      ...{ clock: new SystemClock(), random: new SeededRandom(), logger: silentLogger },
    },
    {
      onUp() {
        session.open()
        resolve()
      },
      onDown() {},
      onMessage({ topic, payload, retain }, done) {
        got.push({ topic, payload: Buffer.from(payload).toString(), retain })
        done(true)
        wake()
      },
    },
  )
  cleanups.push(() => session.stop([], 100))
  session.start()
  await promise
  const next = async (): Promise<Got> => {
    while (got.length === 0) await new Promise<void>((done) => (wake = done))
    return got.shift() as Got
  }
  return { session, next }
}

function publish(session: BrokerSession, topic: string, payload: string, retain = false): Promise<unknown> {
  return new Promise((resolve) => session.publish({ topic, payload, qos: 1, retain }, resolve))
}

describe('the embedded broker', () => {
  it('carries messages between clients, by falling back to 3.1.1', async () => {
    const broker = await start()
    expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`)
    const one = await connect(broker.url, 'one', ['a/#'])
    const other = await connect(broker.url, 'other', [])
    expect(one.session.status.protocol).toBe(4)
    expect(await publish(other.session, 'a/b', 'hello')).toBeUndefined()
    expect(await one.next()).toEqual({ topic: 'a/b', payload: 'hello', retain: false })
  })

  it('keeps retained messages for those who come later', async () => {
    const broker = await start()
    const one = await connect(broker.url, 'one', [])
    await publish(one.session, 'a/kept', 'here', true)
    const late = await connect(broker.url, 'late', ['a/#'])
    expect(await late.next()).toEqual({ topic: 'a/kept', payload: 'here', retain: true })
  })

  it('keeps no session of a client that is away', async () => {
    const broker = await start()
    const first = await connect(broker.url, 'one', ['a/#'])
    await first.session.stop([], 1000)
    const other = await connect(broker.url, 'other', [])
    await publish(other.session, 'a/meanwhile', 'lost')
    const again = await connect(broker.url, 'one', ['a/#'])
    await publish(other.session, 'a/now', 'seen')
    expect((await again.next()).topic).toBe('a/now')
  })

  it('drops who publishes more than a megabyte, and goes on', async () => {
    const broker = await start()
    const one = await connect(broker.url, 'one', ['a/#'])
    const hostile = await connect(broker.url, 'hostile', [])
    const outcome = await publish(hostile.session, 'a/large', 'x'.repeat(1024 * 1024 + 1))
    expect((outcome as CodedError).code).toBe('mqtt_poison')
    const other = await connect(broker.url, 'other', [])
    await publish(other.session, 'a/b', 'small')
    expect((await one.next()).payload).toBe('small')
  })

  it('survives a client that sends garbage', async () => {
    const broker = await start()
    const socket = net.connect(broker.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(Uint8Array.from({ length: 1000 }, (_, index) => (index * 37) & 0xff))
    await once(socket, 'close')
    const one = await connect(broker.url, 'one', [])
    expect(await publish(one.session, 'a', 'b')).toBeUndefined()
  })

  it('closes its port and all connections when it stops', async () => {
    const broker = await EmbeddedBroker.start(LOOPBACK)
    const idle = net.connect(broker.port, '127.0.0.1')
    await once(idle, 'connect')
    const closed = once(idle, 'close')
    await broker.stop()
    await closed
    const refused = net.connect(broker.port, '127.0.0.1')
    const [error] = await once(refused, 'error')
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED')
  })

  it('says so when its port is taken', async () => {
    const broker = await start()
    const second = EmbeddedBroker.start({ ...LOOPBACK, port: broker.port })
    await expect(second).rejects.toMatchObject({ code: 'mqtt_embedded', place: `127.0.0.1:${broker.port}` })
  })

  it('never listens beyond the machine', async () => {
    const beyond = EmbeddedBroker.start({ ...LOOPBACK, host: '0.0.0.0' as '127.0.0.1' })
    await expect(beyond).rejects.toBeInstanceOf(CodedError)
  })
})

describe('the budget of retained messages', () => {
  it('counts what a message replaces, and what an empty one frees', () => {
    const budget = new RetainedBudget(100)
    expect(budget.admit('a', 59)).toBe(true)
    expect(budget.admit('b', 40)).toBe(false)
    expect(budget.admit('b', 39)).toBe(true)
    expect(budget.admit('a', 60)).toBe(false)
    expect(budget.admit('a', 10)).toBe(true)
    expect(budget.admit('c', 49)).toBe(false)
    expect(budget.admit('b', 0)).toBe(true)
    expect(budget.admit('c', 49)).toBe(true)
    expect(budget.admit('d', 0)).toBe(true)
  })
})
