import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildLeshan } from '../support/leshan.ts'
import { CHANGED, LeshanScene, OK } from '../support/leshan-scene.ts'
import { payloadOf } from '../support/mqtt-clients.ts'
import { findPeers } from '../support/peers.ts'

const programs = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')
const peers = programs.areMissing ? programs : await buildLeshan()

/** Object 3442, the registry's test object: a resource of each type, as Leshan is told it and as MQTT shows it. */
const TYPES = [
  ['string', 110, 'grün', 'grün', 'weiß'],
  ['integer', 120, -1024, -1024, 200],
  ['float', 130, 3.25, 3.25, -0.5],
  ['boolean', 140, true, true, false],
  ['opaque', 150, '0123456789abcdef', 'ASNFZ4mrze8=', 'AP8='],
  ['time', 160, 946_684_800, 946_684_800, 1_767_225_600],
  ['link to an instance', 170, '3:0', '3:0', '3303:0'],
] as const

/** What 1.1 added. */
const LINKS = ['CoRE link', 180, '</3442>', '</3442>', '</3303/0>'] as const

/** LwM2M JSON is read, never written. */
function isWritten(format: string): boolean {
  return format !== 'json'
}

const VERSIONS = [
  {
    version: '1.0',
    types: TYPES,
    structured: ['tlv', 'json'],
    formats: ['text', 'tlv', 'json'],
    longIntegers: [['/3442/0/120', '-9223372036854775808']],
    registration: { version: '1.0', binding: 'U', contentFormats: [] },
    objects: [{ id: 3, version: '1.0', instances: [0] }],
  },
  {
    version: '1.1',
    types: [...TYPES, LINKS],
    structured: ['tlv', 'json', 'senml-json', 'senml-cbor'],
    formats: ['text', 'cbor', 'tlv', 'json', 'senml-json', 'senml-cbor'],
    longIntegers: [
      ['/3442/0/120', '-9223372036854775808'],
      ['/3442/0/125', '9223372036854775808'],
    ],
    registration: { version: '1.1', binding: 'U', contentFormats: [60, 110, 112, 11542, 11543] },
    objects: [{ id: 3, version: '1.2', instances: [0] }],
  },
] as const

describe.skipIf(peers.areMissing).each(VERSIONS)(
  `Leshan's client of LwM2M $version${peers.remark}`,
  ({ version, types, structured, formats, longIntegers, registration, objects }) => {
    let scene: LeshanScene

    const values = Object.fromEntries(types.map(([, id, , shown]) => [id, shown]))

    /** Gives the test object its values. */
    async function fill(): Promise<void> {
      for (const [, id, set] of types) scene.device.set(`/3442/0/${id}`, set)
      const [, last, , shown] = types.at(-1) ?? types[0]
      await scene.untilRead(`/3442/0/${last}`, shown)
    }

    beforeAll(async () => {
      scene = await LeshanScene.open(version)
    })
    afterAll(() => scene?.close())

    it('registers, and MQTT tells what it has', async () => {
      expect(await scene.all.payload(scene.asker.topic('presence'))).toMatchObject({
        state: 'awake',
        reason: 'registered',
      })
      const published = await scene.all.payload(scene.asker.topic('registration'))
      expect(published).toMatchObject({
        ...registration,
        lifetime: 300,
        queueMode: false,
        alternatePath: '/',
      })
      expect(published.objects).toEqual(
        expect.arrayContaining([...objects, { id: 3442, version: '1.0', instances: [0] }]),
      )
    })

    it.each(structured)('reads the object and its instance as %s', async (format) => {
      await fill()
      expect(await scene.read('/3442/0', { format })).toMatchObject({ ...OK, content: values })
      expect(await scene.read('/3442', { format })).toMatchObject({ ...OK, content: { 0: values } })
    })

    it.each(formats)('reads a resource of each type as %s', async (format) => {
      await fill()
      for (const [type, id, , shown] of types) {
        expect([type, await scene.read(`/3442/0/${id}`, { format })]).toMatchObject([
          type,
          { ...OK, content: shown },
        ])
      }
    })

    it.each(formats.filter(isWritten))('writes a resource of each type as %s', async (format) => {
      await fill()
      for (const [type, id, , , other] of types) {
        const path = `/3442/0/${id}`
        expect([type, await scene.write(path, other, { format })]).toMatchObject([type, CHANGED])
        expect([type, await scene.read(path)]).toMatchObject([type, { ...OK, content: other }])
      }
    })

    it('reads and writes opaque bytes as they are', async () => {
      const opaque = { format: 'opaque' }
      expect(await scene.write('/3442/0/150', 'AAEC', opaque)).toMatchObject(CHANGED)
      expect(await scene.read('/3442/0/150', opaque)).toMatchObject({ ...OK, content: 'AAEC' })
    })

    it('reads and writes without a format being named', async () => {
      await fill()
      expect(await scene.read('/3442/0')).toMatchObject({ ...OK, content: values })
      for (const [type, id, , , other] of types) {
        expect([type, await scene.write(`/3442/0/${id}`, other)]).toMatchObject([type, CHANGED])
        expect([type, await scene.read(`/3442/0/${id}`)]).toMatchObject([type, { content: other }])
      }
    })

    it.each(structured.filter(isWritten))(
      'writes an instance as %s: an update keeps what it does not name',
      async (format) => {
        await fill()
        const changes = { 110: 'zwei', 120: -5 }
        expect(await scene.write('/3442/0', changes, { format })).toMatchObject(CHANGED)
        expect((await scene.read('/3442/0')).content).toMatchObject({ ...values, ...changes })
      },
    )

    it.each(structured.filter(isWritten))(
      'writes an instance as %s: a replacement does not',
      async (format) => {
        await fill()
        const mode = 'replace'
        expect(await scene.write('/3442/0', { 110: 'drei' }, { format, mode })).toMatchObject(CHANGED)
        expect((await scene.read('/3442/0')).content).toEqual({ 110: 'drei' })
      },
    )

    it.each(structured.filter(isWritten))('reads and replaces a multiple resource as %s', async (format) => {
      const content = { 0: 5, 3: 70_000 }
      expect(await scene.write('/3442/0/1120', content, { format })).toMatchObject(CHANGED)
      expect(await scene.read('/3442/0/1120', { format })).toMatchObject({ ...OK, content })
    })

    it('updates single instances of a multiple resource, which 1.0 does not know', async () => {
      await scene.write('/3442/0/1120', { 0: 5, 3: 7 })
      const update = await scene.write('/3442/0/1120', { 3: 8, 4: 9 }, { mode: 'update' })
      if (version === '1.0') {
        expect(update).toMatchObject({ status: 'error', code: '4.05' })
        return
      }
      expect(update).toMatchObject(CHANGED)
      expect(await scene.write('/3442/0/1120/0', 6)).toMatchObject(CHANGED)
      expect(await scene.read('/3442/0/1120/4')).toMatchObject({ ...OK, content: 9 })
      expect(await scene.read('/3442/0/1120')).toMatchObject({ ...OK, content: { 0: 6, 3: 8, 4: 9 } })
    })

    it.each(formats.filter(isWritten))('writes whole numbers to a float as %s', async (format) => {
      for (const value of [1, -7, 16_777_217]) {
        expect(await scene.write('/3442/0/130', value, { format })).toMatchObject(CHANGED)
        expect(await scene.read('/3442/0/130', { format })).toMatchObject({ ...OK, content: value })
      }
    })

    it.each(formats.filter(isWritten))(
      'reads and writes 64-bit integers digit by digit as %s',
      async (format) => {
        for (const [path, digits] of longIntegers) {
          const request = `{"operation":"write","path":"${path}","value":${digits},"format":"${format}"}`
          expect(payloadOf(await scene.asker.askText(request))).toMatchObject(CHANGED)
          const { payload } = await scene.asker.askText(
            `{"operation":"read","path":"${path}","format":"${format}"}`,
          )
          expect(payload).toContain(`"content":${digits}}`)
        }
      },
    )

    it('executes, with and without arguments', async () => {
      const execute = { operation: 'execute', path: '/3442/0/3' }
      expect(await scene.ask({ ...execute, arguments: "0='abc',2" })).toMatchObject(CHANGED)
      await scene.device.said("executed /3442/0/3 0='abc',2")
      const mark = scene.device.mark
      expect(await scene.ask(execute)).toMatchObject(CHANGED)
      await scene.device.said(/^executed \/3442\/0\/3 (null)?$/, mark)
    })

    it.each(formats)('observes a resource as %s, until that is cancelled', async (format) => {
      const path = '/3303/0/5700'
      const mark = scene.all.mark
      scene.device.set(path, 20)
      expect(await scene.ask({ operation: 'observe', path, format })).toMatchObject(OK)
      for (const value of [20.5, 21.25, -3]) {
        scene.device.set(path, value)
        await scene.asker.value(path, value, mark)
      }
      expect(await scene.ask({ operation: 'cancel', path })).toMatchObject({ status: 'ok' })
      const { length } = scene.all.on(scene.asker.topic(`value${path}`))
      scene.device.set(path, 99)
      scene.device.set('/3303/0/5701', format)
      await scene.untilRead('/3303/0/5701', format)
      expect(scene.all.on(scene.asker.topic(`value${path}`))).toHaveLength(length)
    })

    it.each(structured)('observes an instance and an object as %s', async (format) => {
      for (const path of ['/3311/0', '/3311']) {
        expect(await scene.ask({ operation: 'observe', path, format })).toMatchObject(OK)
        const mark = scene.all.mark
        scene.device.set('/3311/0/5851', 17)
        await scene.asker.value('/3311/0/5851', 17, mark)
        scene.device.set('/3311/0/5706', path)
        await scene.asker.value('/3311/0/5706', path, mark)
        scene.device.set('/3311/0/5851', 0)
        await scene.asker.value('/3311/0/5851', 0, mark)
        expect(await scene.ask({ operation: 'cancel', path })).toMatchObject({ status: 'ok' })
      }
    })

    it.each([
      ['an object that it does not have', { operation: 'read', path: '/77/0' }, '4.04'],
      ['the credentials', { operation: 'read', path: '/0/0' }, '4.04'],
      ['an instance that it does not have', { operation: 'read', path: '/3303/7' }, '4.04'],
      [
        'a write to what is only read',
        { operation: 'write', path: '/3303/0/5700', value: 1, force: true },
        '4.05',
      ],
      ['an Execute of what is none', { operation: 'execute', path: '/3303/0/5700', force: true }, '4.05'],
      ['a Delete of the only instance', { operation: 'delete', path: '/3/0' }, '4.05'],
      ['a format that it does not know', { operation: 'read', path: '/3/0', format: 1542 }, '4.06'],
    ])('refuses %s, and its code is passed on', async (_what, request, code) => {
      expect(await scene.ask(request)).toMatchObject({
        status: 'error',
        code,
        error: { code: 'device_refused' },
      })
    })

    it('deregisters when it ends', async () => {
      const mark = scene.all.mark
      await scene.device.quit()
      const presence = await scene.all.payload(scene.asker.topic('presence'), () => true, mark)
      expect(presence).toMatchObject({ state: 'offline', reason: 'deregistered' })
    })
  },
)
