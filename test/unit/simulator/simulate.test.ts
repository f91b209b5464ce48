import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Io } from '../../../src/cli/io.ts'
import { simulate } from '../../../src/cli/simulate.ts'
import { isRequest, on, optionsOf, pathOf, ScriptedServer } from './scripted-server.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await ScriptedServer.open()
})

afterEach(() => server.close())

function recorder() {
  const lines: string[] = []
  const controller = new AbortController()
  const io: Io = {
    out: (line) => lines.push(line),
    err: (line) => lines.push(`! ${line}`),
    env: {},
    input: ReadableStream.from([]),
    signal: controller.signal,
    terminal: false,
    readFile: () => '',
    exists: () => false,
  }
  return { lines, io, stop: () => controller.abort() }
}

const uri = () => `coap://127.0.0.1:${server.address.port}`

it('runs devices until the signal, and deregisters them', async () => {
  const { lines, io, stop } = recorder()
  const args = [
    '--server',
    uri(),
    '--endpoint',
    'box',
    '--count',
    '2',
    '--lifetime',
    '60',
    '--version',
    '1.0',
  ]
  const code = simulate.run([...args, '--interval', '0'], io)
  const registers = [await server.next(isRequest), await server.next(isRequest)]
  const queries = registers.map(({ packet }) => optionsOf(packet, 'Uri-Query'))
  expect(queries.map(([endpoint]) => endpoint).sort()).toEqual(['ep=box-1', 'ep=box-2'])
  expect(queries[0]?.slice(1)).toEqual(['lt=60', 'lwm2m=1.0', 'b=U'])
  await server.ask({ code: '0.02', options: on('/3303/0/5605'), payload: Buffer.from("0='x'") })
  stop()
  expect(await code).toBe(0)
  const farewells = [await server.next(isRequest), await server.next(isRequest)]
  expect(farewells.map(({ packet }) => `${packet.code} ${pathOf(packet)}`).sort()).toEqual([
    '0.04 /rd/1',
    '0.04 /rd/2',
  ])
  const said = (text: string) => lines.filter((line) => line.endsWith(text))
  expect(said('deregistered')).toHaveLength(2)
  expect(said("executed /3303/0/5605 0='x'")).toHaveLength(1)
  expect(lines).toContain('box-1 registered at /rd/1')
})

it('runs devices of the objects that are asked for', async () => {
  const { io, stop } = recorder()
  const objects = ['--objects', '3,3303_1.0,10243', '--version', '1.0']
  const code = simulate.run(['--server', uri(), '--endpoint', 'box', '--interval', '0', ...objects], io)
  const { packet } = await server.next(isRequest)
  expect(packet.payload.toString()).toBe('</1/0>,</3/0>,</3303/0>,</10243/0>')
  stop()
  expect(await code).toBe(0)
})

it('runs devices with attributes of their registration', async () => {
  const { io, stop } = recorder()
  const attributes = ['--attribute', 'room=kitchen', '-a', 'floor=1=first']
  const code = simulate.run(['--server', uri(), '--endpoint', 'box', '--interval', '0', ...attributes], io)
  const { packet } = await server.next(isRequest)
  expect(optionsOf(packet, 'Uri-Query')).toEqual([
    ...['ep=box', 'lt=300', 'lwm2m=1.1', 'room=kitchen', 'floor=1=first'],
  ])
  stop()
  expect(await code).toBe(0)
})

it.each([
  ['room', /NAME=VALUE/],
  ['=kitchen', /NAME=VALUE/],
  [`room=${'x'.repeat(260)}`, /NAME=VALUE/],
  ['lt=5', /cannot set lt/],
])('takes no attribute %.10s', async (attribute, message) => {
  const args = ['--server', uri(), '--endpoint', 'box', '--attribute', attribute]
  await expect(simulate.run(args, recorder().io)).rejects.toThrow(message)
})

it('runs devices of small blocks', async () => {
  const { io, stop } = recorder()
  const args = ['--server', uri(), '--endpoint', 'box', '--interval', '0', '--block-size', '16']
  const code = simulate.run(args, io)
  await server.next(isRequest)
  const { packet } = await server.ask({ code: '0.01', options: on('/3/0') })
  expect(packet.payload).toHaveLength(16)
  stop()
  expect(await code).toBe(0)
})

it('stops also where no server ever answered', async () => {
  server.script = () => undefined
  const { lines, io, stop } = recorder()
  const code = simulate.run(['--server', uri(), '--endpoint', 'box'], io)
  await server.next(isRequest)
  stop()
  expect(await code).toBe(0)
  expect(lines).toEqual(['box did not start: box was stopped'])
})

describe('refuses', () => {
  const good = { server: 'coap://127.0.0.1', endpoint: 'x' }
  it.each([
    [{ ...good, server: 'http://127.0.0.1' }, /--server/],
    [{ ...good, server: '127.0.0.1:5683' }, /--server/],
    [{ ...good, server: 'coap://h/rd' }, /--server/],
    [{ endpoint: 'x' }, /--server is needed/],
    [{ server: good.server }, /--endpoint is needed/],
    [{ ...good, version: '1.3' }, /--version is one of 1.0, 1.1, 1.2/],
    [{ ...good, count: '0' }, /--count takes an integer/],
    [{ ...good, lifetime: '-1' }, /--lifetime/],
    [{ ...good, 'block-size': '65' }, /--block-size is one of 16, 32, 64, .*1024, not '65'/],
    [{ ...good, objects: '' }, /--objects takes object ids such as 3303 or 3_1.0, not ''/],
    [{ ...good, objects: '3303,x' }, /not 'x'/],
    [{ ...good, objects: '3303/0' }, /not '3303\/0'/],
    [{ ...good, objects: '3,3303,3_1.0' }, /object 3 twice/],
    [{ ...good, objects: '65000' }, /no object 65000/],
  ])('%o', async (options, message) => {
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
    await expect(simulate.run(args, recorder().io)).rejects.toThrow(message)
  })
})
