import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CoapEndpoint } from '../../src/coap/endpoint.ts'
import { SystemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { SystemRandom } from '../../src/lib/random.ts'
import type { Command, Result } from '../../src/lwm2m/command.ts'
import type { EnablerVersion } from '../../src/lwm2m/fact.ts'
import { builtinModel } from '../../src/lwm2m/model/builtin.ts'
import type { ActiveObservation } from '../../src/lwm2m/observation.ts'
import { Lwm2mServer } from '../../src/lwm2m/server.ts'
import { Device } from '../../src/simulator/device.ts'
import type { DeviceOptions } from '../../src/simulator/device-options.ts'
import { standardObjects } from '../../src/simulator/objects/standard.ts'
import { UdpListener } from '../../src/transport/udp.ts'
import type { WithoutBase } from '../support/scene.ts'

// The same as on the scripted bench, on real sockets, with a device that is made of an independent CoAP stack.

const environment = { clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }
let server: Lwm2mServer
let endpoint: CoapEndpoint<ActiveObservation>
let listener: UdpListener
const devices: Device[] = []

beforeEach(async () => {
  server = new Lwm2mServer({
    ...{ ...environment, model: builtinModel, strictBinding: true, grace: 0, observe: [] },
    uplink: { offer: (_facts, done) => done('broker') },
    connect: (handlers) => {
      endpoint = new CoapEndpoint({ ...environment, ...handlers })
      return endpoint
    },
  })
  listener = await UdpListener.open({ ...environment, host: '127.0.0.1', port: 0 }, endpoint)
})

afterEach(async () => {
  for (const device of devices.splice(0)) device.crash()
  endpoint.stop()
  server.stop()
  await listener.close()
})

async function register(version: EnablerVersion, more: Partial<DeviceOptions> = {}): Promise<Device> {
  const address = { host: '127.0.0.1', port: listener.port }
  const device = new Device({ endpoint: 'device', server: address, version, ...more })
  devices.push(device)
  await device.start()
  return device
}

function ask(command: WithoutBase<Command>): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>()
  server.commands.accept({ id: 'c1', endpoint: 'device', ...command }, { sent() {}, done: resolve })
  return promise
}

const ok = (code: string, more: object = {}) => expect.objectContaining({ status: 'ok', code, ...more })
const refused = (code: string) => expect.objectContaining({ status: 'error', code })

describe.each(['1.0', '1.1', '1.2'] as const)('a simulated device of LwM2M %s', (version) => {
  const formats = version === '1.0' ? [0, 11542] : [0, 60, 110, 112, 11542]

  it.each(formats)('30. is read and written in format %i', async (format) => {
    await register(version)
    const path = '/3311/0/5851'
    expect(await ask({ operation: 'write', path, value: { json: 40 }, format })).toEqual(ok('2.04'))
    const samples = [{ path, type: 'integer', value: 40 }]
    expect(await ask({ operation: 'read', path, format })).toEqual(ok('2.05', { samples }))
  })

  it('33. creates an instance of its own id, with an id, two at once, and none without what is mandatory', async () => {
    const device = await register(version)
    const created = await ask({ operation: 'create', path: '/3311', value: { json: { 5850: true } } })
    expect(created).toEqual(ok('2.01', { location: '/3311/1' }))
    const named = await ask({ operation: 'create', path: '/3311/5', value: { json: { 5850: true } } })
    expect(named).toEqual(ok('2.01', { location: '/3311/5' }))
    const two = { 6: { 5850: true }, 7: { 5850: false, 5851: 40 } }
    expect(await ask({ operation: 'create', path: '/3311', instances: two })).toEqual(ok('2.01'))
    expect(device.get('/3311/7/5851')).toBe(40)
    const lacking = { operation: 'create', path: '/3311/8', value: { json: { 5851: 40 } } } as const
    expect(await ask(lacking)).toEqual(refused('4.00'))
    expect(await ask({ operation: 'read', path: '/3311/8' })).toEqual(refused('4.04'))
  })

  it('34. shows in Discover what Write-Attributes wrote', async () => {
    await register(version)
    const path = '/3303/0/5700'
    const write = (attributes: Record<string, number | null>, force = false) =>
      ask({ operation: 'write-attributes', path, attributes, force })
    const links = async () => {
      const result = await ask({ operation: 'discover', path })
      return result.status === 'ok' ? result.links : result
    }
    expect(await write({ pmin: 10, pmax: 60, gt: 25.5 })).toEqual(ok('2.04'))
    expect(await links()).toEqual([{ path, attributes: { pmin: 10, pmax: 60, gt: 25.5 } }])
    expect(await write({ pmin: null, gt: null })).toEqual(ok('2.04'))
    expect(await links()).toEqual([{ path, attributes: { pmax: 60 } }])
    const contradiction = { pmin: 2, pmax: 1 }
    expect(await write(contradiction)).toMatchObject({ error: { code: 'attribute_invalid' } })
    expect(await write(contradiction, true)).toEqual(refused('4.00'))
    expect(await links()).toEqual([{ path, attributes: { pmax: 60 } }])
  })

  it('35. deletes an instance, and not the one of a single-instance object', async () => {
    const device = await register(version)
    expect(await ask({ operation: 'delete', path: '/3311/0' })).toEqual(ok('2.02'))
    expect(device.get('/3311/0/5850')).toBeUndefined()
    expect(await ask({ operation: 'read', path: '/3311/0' })).toEqual(refused('4.04'))
    expect(await ask({ operation: 'delete', path: '/3/0' })).toEqual(refused('4.05'))
  })
})

describe.each([64, 1024])('a simulated device with blocks of %i bytes', (blockSize) => {
  /** BinaryAppDataContainer: an opaque resource of many values that is read and written. */
  const path = '/19/0/0/0'
  const container = { id: 19, instances: { 0: { 0: new Map([[0, new Uint8Array(0)]]) } } }

  /** Bytes without a pattern of the size of a block. */
  const opaque = (length: number): Buffer =>
    Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7919 + (index >>> 8)) & 0xff))

  async function start(): Promise<void> {
    const objects = [...standardObjects(environment.clock, 300), container]
    await register('1.1', { blockSize, objects })
  }

  async function expectKept(bytes: Buffer): Promise<void> {
    const write = { operation: 'write', path, value: { json: bytes.toString('base64') } } as const
    expect(await ask({ ...write, format: 42 })).toEqual(ok('2.04'))
    const result = await ask({ operation: 'read', path, format: 42 })
    const [sample] = result.status === 'ok' ? (result.samples ?? []) : []
    expect(sample).toMatchObject({ path, type: 'opaque' })
    expect(Buffer.compare(Buffer.from(sample?.value as Uint8Array), bytes)).toBe(0)
  }

  it.each([0, 1, 63, 64, 65, 1023, 1024, 1025, 65_536])(
    'takes an opaque value of %i bytes and gives it back bit for bit, in so many blocks',
    async (length) => {
      await start()
      const before = endpoint.counters.received
      await expectKept(opaque(length))
      const blocks = Math.max(1, Math.ceil(length / blockSize))
      expect(endpoint.counters.received - before).toBeGreaterThanOrEqual(2 * blocks)
    },
  )

  it('takes other bytes over them, fewer and more', async () => {
    await start()
    for (const length of [65_536, 40_000, 300, 50_000]) await expectKept(opaque(length).reverse())
  })
})
