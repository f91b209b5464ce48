import { afterEach, beforeEach, expect, it } from 'vitest'
import { Device } from '../../../src/simulator/device.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { SeededRandom } from '../../support/random.ts'
import { isRequest, on, pathOf, ScriptedServer } from './scripted-server.ts'

const PATH = '/19/0/0/0'
/** Block options of blocks of 64 and of 128 bytes, below the 16th. */
const block = (num: number, more: boolean, szx = 2): Buffer => Buffer.of((num << 4) | (more ? 8 : 0) | szx)
const OPAQUE = Buffer.of(42)
const BODY = Buffer.from(Uint8Array.from({ length: 200 }, (_, index) => index))

let server: ScriptedServer
let device: Device

beforeEach(async () => {
  server = await ScriptedServer.open()
  device = new Device({
    ...{ endpoint: 'box', server: server.address, blockSize: 64 },
    ...{ clock: new SimulatedClock(), random: new SeededRandom(7) },
    objects: [
      { id: 1, instances: { 0: {} } },
      { id: 3, instances: { 0: {} } },
      { id: 19, instances: { 0: { 0: new Map([[0, BODY]]) } } },
    ],
  })
  await device.start()
  await server.next(isRequest)
})

afterEach(() => {
  device.crash()
  server.close()
})

/** Asks with a token of its own; returns the code, the Block options in hexadecimal, and the payload. */
async function ask(code: string, block: Record<string, Buffer>, payload: Uint8Array = Buffer.alloc(0)) {
  const more = Object.fromEntries(Object.entries(block).map(([name, value]) => [name, [value]]))
  const { packet } = await server.ask({ code, options: on(PATH, more), payload: Buffer.from(payload) })
  const told = packet.options.filter(({ name }) => /^Block/.test(`${name}`))
  const blocks = told.map(({ name, value }) => `${name}=${value.toString('hex')}`).join(' ')
  return [`${packet.code} ${blocks}`.trim(), packet.payload] as const
}

const put = async (num: number, more: boolean, payload = BODY.subarray(num * 64, num * 64 + 64)) =>
  (await ask('0.03', { 'Content-Format': OPAQUE, Block1: block(num, more) }, payload))[0]
const held = (): Buffer => Buffer.from(device.get(PATH) as Uint8Array)

it('a body in blocks is one body, whatever tokens its blocks have', async () => {
  const bytes = Buffer.from(BODY).reverse()
  const answers: string[] = []
  for (const num of [0, 1, 2, 3]) {
    answers.push(await put(num, num < 3, bytes.subarray(num * 64, num * 64 + 64)))
  }
  expect(answers).toEqual(['2.31 Block1=0a', '2.31 Block1=1a', '2.31 Block1=2a', '2.04 Block1=32'])
  expect(held()).toEqual(bytes)
})

it('a body that was begun and not ended leaves nothing in the next one', async () => {
  for (const num of [0, 1, 2]) expect(await put(num, true)).toMatch(/^2\.31/)
  expect(await put(0, true)).toBe('2.31 Block1=0a')
  expect(await put(1, false, Buffer.from('end'))).toBe('2.04 Block1=12')
  expect(held()).toEqual(Buffer.concat([BODY.subarray(0, 64), Buffer.from('end')]))
})

it.each<[string, number[], string]>([
  ['the last block alone', [3], '4.08 Block1=32'],
  ['a later block alone', [1], '4.08 Block1=1a'],
  ['a block after a missing one', [0, 2], '4.08 Block1=2a'],
  ['the last block after a missing one', [0, 1, 3], '4.08 Block1=32'],
  ['the last block once more', [0, 1, 2, 3, 3], '4.08 Block1=32'],
])('%s is answered 4.08, and changes nothing', async (_, nums, answer) => {
  const bytes = Buffer.from(BODY).reverse()
  const answers: string[] = []
  for (const num of nums) answers.push(await put(num, num < 3, bytes.subarray(num * 64, num * 64 + 64)))
  expect(answers.at(-1)).toBe(answer)
  expect(answers.filter((code) => code.startsWith('4.'))).toHaveLength(1)
  expect(held()).toEqual(nums.length === 5 ? bytes : BODY)
})

it('a block once more in a new message counts once; with other bytes it is 4.08', async () => {
  for (const num of [0, 1, 1, 2]) expect(await put(num, true)).toMatch(/^2\.31/)
  expect(await put(1, true, Buffer.alloc(64, 9))).toBe('4.08 Block1=1a')
  expect(await put(3, false, Buffer.from('end'))).toBe('2.04 Block1=32')
  expect(held()).toEqual(Buffer.concat([BODY.subarray(0, 192), Buffer.from('end')]))
})

it('a body or a block above the size is refused with the size, and changes nothing', async () => {
  const format = { 'Content-Format': OPAQUE }
  expect((await ask('0.03', format, BODY))[0]).toBe('4.13 Block1=02')
  const large = { ...format, Block1: block(0, true, 3) }
  expect((await ask('0.03', large, BODY.subarray(0, 128)))[0]).toBe('4.13 Block1=02')
  expect(held()).toEqual(BODY)
})

it.each([
  ['no block', {}, '0a', 64],
  ['a larger block', { Block2: block(0, false, 6) }, '0a', 64],
  ['a smaller block', { Block2: block(0, false, 0) }, '08', 16],
])('a GET that asks for %s is answered in blocks', async (_, options, block2, length) => {
  const [code, payload] = await ask('0.01', { Accept: OPAQUE, ...options })
  expect(code).toBe(`2.05 Block2=${block2}`)
  expect(payload).toEqual(BODY.subarray(0, length))
})

it('the blocks that follow are given by their numbers', async () => {
  for (const num of [1, 2, 3]) {
    const [code, payload] = await ask('0.01', { Accept: OPAQUE, Block2: block(num, false) })
    expect(code).toBe(`2.05 Block2=${num < 3 ? `${num}a` : '32'}`)
    expect(payload).toEqual(BODY.subarray(num * 64, num * 64 + 64))
  }
})

it('a Register longer than a block goes in blocks, each acknowledged, and is one registration', async () => {
  const { script } = server
  server.script = (request) => {
    const [option] = request.packet.options.filter(({ name }) => name === 'Block1')
    const more = ((option?.value.at(-1) ?? 0) & 8) !== 0
    const acknowledged = option === undefined ? [] : [{ name: 'Block1', value: option.value } as const]
    const answer = more ? { code: '2.31', options: [] } : script(request)
    return { ...answer, options: [...(answer?.options ?? []), ...acknowledged] }
  }
  const objects = [
    1, 3, 3200, 3201, 3202, 3203, 3300, 3301, 3302, 3303, 3304, 3305, 3306, 3308, 3310, 3311, 3312, 3313,
    3314,
  ]
  const device = new Device({
    ...{ endpoint: 'many', server: server.address, blockSize: 64 },
    ...{ clock: new SimulatedClock(), random: new SeededRandom(7) },
    objects: objects.map((id) => ({ id, instances: { 0: {} } })),
  })
  await device.start()
  const blocks = server.rest.filter(isRequest).map(({ packet }) => packet)
  const body = Buffer.concat(blocks.map(({ payload }) => payload)).toString()
  expect(blocks.length).toBeGreaterThan(3)
  expect(new Set(blocks.map(pathOf))).toEqual(new Set(['/rd']))
  expect(Math.max(...blocks.map(({ payload }) => payload.length))).toBe(64)
  for (const id of objects) expect(body).toContain(`</${id}/0>`)
  device.crash()
})
