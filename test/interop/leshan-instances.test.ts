import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildLeshan } from '../support/leshan.ts'
import { CHANGED, CREATED, DELETED, LeshanScene, OK } from '../support/leshan-scene.ts'
import type { Payload } from '../support/mqtt-clients.ts'
import { findPeers } from '../support/peers.ts'

const programs = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')
const peers = programs.areMissing ? programs : await buildLeshan()

const VERSIONS = [
  { version: '1.0', structured: ['tlv'], contentFormats: [] },
  {
    version: '1.1',
    structured: ['tlv', 'senml-json', 'senml-cbor'],
    contentFormats: [60, 110, 112, 11542, 11543],
  },
] as const

describe.skipIf(peers.areMissing).each(VERSIONS)(
  `instances and large values of Leshan's client of LwM2M $version${peers.remark}`,
  ({ version, structured, contentFormats }) => {
    let scene: LeshanScene

    beforeAll(async () => {
      // Its Register, too, comes in blocks.
      scene = await LeshanScene.open(version, 64)
    })
    afterAll(() => scene?.close())

    /** The registration, as soon as it says that the device has these lights. */
    function lights(instances: readonly number[], mark: number): Promise<Payload> {
      const wanted = JSON.stringify({ id: 3311, version: '1.0', instances })
      const has = ({ objects }: Payload): boolean => JSON.stringify(objects ?? []).includes(wanted)
      return scene.all.payload(scene.asker.topic('registration'), has, mark)
    }

    const light = { 5850: true, 5851: 40 }

    it.each(structured)('creates an instance as %s, and deletes it', async (format) => {
      const mark = scene.all.mark
      const created = await scene.create('/3311/5', { value: light, format })
      expect(created).toMatchObject({ ...CREATED, location: '/3311/5' })
      expect(await scene.read('/3311/5')).toMatchObject({ ...OK, content: light })
      expect(await lights([0, 5], mark)).toMatchObject({ contentFormats })
      const later = scene.all.mark
      expect(await scene.delete('/3311/5')).toMatchObject(DELETED)
      expect(await scene.read('/3311/5')).toMatchObject({ status: 'error', code: '4.04' })
      await lights([0], later)
    })

    it('creates an instance whose id the device chooses', async () => {
      expect(await scene.create('/3311', { value: light })).toMatchObject({ ...CREATED, location: '/3311/1' })
      expect(await scene.read('/3311/1')).toMatchObject({ ...OK, content: light })
      expect(await scene.delete('/3311/1')).toMatchObject(DELETED)
    })

    it.each(structured)('creates two instances at once as %s', async (format) => {
      const instances = { 7: light, 8: { 5850: false, 5706: 'red' } }
      expect(await scene.create('/3311', { instances, format })).toMatchObject(CREATED)
      expect(await scene.read('/3311')).toMatchObject({ ...OK, content: instances })
      for (const path of ['/3311/7', '/3311/8']) expect(await scene.delete(path)).toMatchObject(DELETED)
    })

    it('creates nothing where something mandatory is missing, or is there already', async () => {
      const refused = { status: 'error', code: '4.00', error: { code: 'device_refused' } }
      expect(await scene.create('/3311/5', { value: { 5851: 40 } })).toMatchObject(refused)
      expect(await scene.create('/3311/0', { value: light })).toMatchObject(refused)
      expect(Object.keys((await scene.read('/3311')).content as object)).toEqual(['0'])
    })

    it('writes attributes, and discovers what there is', async () => {
      const attributes = { pmin: 1, pmax: 60 }
      const written = await scene.ask({ operation: 'write-attributes', path: '/3311/0', attributes })
      // Leshan's client of 1.0 has no attributes; it says so with 5.00.
      const hasAttributes = version !== '1.0'
      expect(written).toMatchObject(hasAttributes ? CHANGED : { status: 'error', code: '5.00' })
      const ids = ['', '/5706', '/5850', '/5851', '/5852']
      const links = ids.map((id) => ({
        path: `/3311/0${id}`,
        attributes: hasAttributes && id === '' ? attributes : {},
      }))
      expect(await scene.discover('/3311/0')).toMatchObject({ ...OK, links })
      expect(await scene.discover('/3311')).toMatchObject({
        ...OK,
        links: [{ path: '/3311', attributes: {} }, ...links],
      })
      expect(await scene.discover('/3311/0/5851')).toMatchObject({ ...OK, links: [links[3]] })
    })

    it.each([
      { pmin: 60, pmax: 1 },
      { lt: 10, gt: 20, st: 5 },
    ])('attributes that contradict each other are not sent: %j', async (attributes) => {
      const answer = await scene.ask({ operation: 'write-attributes', path: '/3303/0/5700', attributes })
      expect(answer).toMatchObject({ status: 'error', error: { code: 'attribute_invalid' } })
      expect(answer).not.toHaveProperty('code')
    })

    it.each(['opaque', 'tlv'])(
      'writes 64 kB in blocks as %s, and reads them back bit for bit',
      async (format) => {
        const value = Buffer.from(opaque(65_536)).toString('base64')
        expect(await scene.write('/3442/0/150', value, { format })).toMatchObject(CHANGED)
        expect((await scene.read('/3442/0/150', { format })).content).toBe(value)
        await scene.write('/3442/0/150', '')
      },
    )

    it('writes a firmware package that nobody can read', async () => {
      const value = Buffer.from(opaque(65_536)).toString('base64')
      expect(await scene.write('/5/0/0', value)).toMatchObject(CHANGED)
      await scene.device.said('written /5/0/0')
    })

    it('observes a value of many blocks', async () => {
      const path = '/3442/0/110'
      await scene.write(path, '')
      expect(await scene.ask({ operation: 'observe', path })).toMatchObject(OK)
      for (const value of ['long '.repeat(1_000), 'longer '.repeat(1_000)]) {
        const mark = scene.all.mark
        scene.device.set(path, value)
        await scene.asker.value(path, value, mark)
      }
      expect(await scene.ask({ operation: 'cancel', path })).toMatchObject({ status: 'ok' })
      await scene.write(path, '')
    })
  },
)

/** Bytes without a pattern of the size of a block. */
function opaque(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7919 + (index >>> 8)) & 0xff)
}
