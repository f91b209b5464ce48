import { describe, expect, it } from 'vitest'
import type { Subject } from '../../src/coap/peer.ts'
import { Lwm2mBench } from '../support/lwm2m.ts'

describe('Update and Deregister', () => {
  it('6. a bad Update -> 4.00 and changes nothing', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const location = device.register('ep=device&lt=300&lwm2m=1.1')
    const before = bench.registration()
    device.move('192.0.2.99:5')
    for (const query of ['b=UQ', 'lt=never', 'lt=600&b=UQ', 'lt=600&lt=700']) {
      expect(device.update(location, query)).toBe('4.00')
    }
    expect(device.update(location, 'lt=600', '</>;rt="oma.lwm2m"')).toBe('4.00')
    expect(device.update(location, 'lt=600', 'no links')).toBe('4.00')
    expect(bench.registration()).toEqual(before)
    bench.clock.advance(300_000)
    expect(bench.history.at(-1)).toBe('expired')
  })

  it('9. Update -> 2.04 and extends the lifetime', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const location = device.register('ep=device&lt=300&lwm2m=1.1')
    bench.clock.advance(299_999)
    expect(device.update(location)).toBe('2.04')
    bench.clock.advance(299_999)
    expect(bench.history).toEqual(['registered', 'updated'])
    expect(bench.registration()).toMatchObject({
      registeredAt: 1_767_225_600_000,
      updatedAt: 1_767_225_899_999,
    })
    bench.clock.advance(1)
    expect(bench.history).toEqual(['registered', 'updated', 'expired'])
    expect(device.update(location)).toBe('4.04')
  })

  it('9. unknown id -> 4.04', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    device.register()
    for (const path of ['/rd/AAAAAAAAAAA', '/rd/x', '/rd/__proto__']) {
      expect(device.update(path, 'lt=5')).toBe('4.04')
      expect(device.deregister(path)).toBe('4.04')
    }
    expect(bench.registration()).toMatchObject({ lifetime: 300 })
  })

  it('9. an object list replaces the old one; the root link may be left out', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const location = device.register('ep=device&lwm2m=1.1', '</l>;rt="oma.lwm2m";ct=112,</l/1/0>,</l/3/0>')
    expect(device.update(location, '', '</l/3/0>,</l/3303/1>;ver=1.1')).toBe('2.04')
    expect(bench.registration()).toMatchObject({
      alternatePath: '/l',
      contentFormats: [112],
      objects: [
        { id: 3, instances: [0] },
        { id: 3303, version: '1.1', instances: [1] },
      ],
    })
    expect(device.update(location, 'lt=70')).toBe('2.04')
    expect(bench.registration()?.objects.length).toBe(2)
  })

  it('9. lt in an Update counts from now on, 0 too', () => {
    const bench = new Lwm2mBench({ grace: 10 })
    const device = bench.device()
    const location = device.register('ep=device&lt=60')
    expect(device.update(location, 'lt=0')).toBe('2.04')
    bench.clock.advance(1e10)
    expect(device.update(location, 'lt=20')).toBe('2.04')
    bench.clock.advance(29_999)
    expect(bench.registration()).toMatchObject({ lifetime: 20 })
    bench.clock.advance(1)
    expect(bench.history).toEqual(['registered', 'updated', 'updated', 'expired'])
    expect(bench.registration()).toBeUndefined()
  })

  it('b=U from 1.0 leaves queue mode, from 1.1 Q cannot be withdrawn', () => {
    const bench = new Lwm2mBench()
    const [old, recent] = [bench.device(), bench.device()]
    const oldLocation = old.register('ep=old&b=UQ')
    const location = recent.register('ep=recent&lwm2m=1.1&b=UT&Q')
    old.update(oldLocation)
    expect(bench.registration('old')).toMatchObject({ binding: 'UQ', queueMode: true })
    old.update(oldLocation, 'b=U')
    recent.update(location, 'b=U')
    expect(bench.registration('old')).toMatchObject({ binding: 'U', queueMode: false })
    expect(bench.registration('recent')).toMatchObject({ binding: 'U', queueMode: true })
  })

  const psk = (identity: string): Subject => ({ kind: 'psk', identity })
  const rpk = (spki: string): Subject => ({ kind: 'rpk', spki })
  const x509 = (name: string, fingerprint: string): Subject => ({ kind: 'x509', names: [name], fingerprint })

  it.each([
    ['another key', psk('lamp'), psk('thief')],
    ['another public key', rpk('lamp'), rpk('thief')],
    ['another certificate', x509('lamp', 'aa'), x509('thief', 'bb')],
    ['no credential', psk('lamp'), undefined],
    ['a certificate of the same name as a key', psk('lamp'), x509('lamp', 'bb')],
    ['a credential, for a device without', undefined, psk('thief')],
  ])('10. Update or Deregister by %s -> 4.00 and changes nothing', (_, owner, thief) => {
    const bench = new Lwm2mBench()
    const device = bench.device('192.0.2.1:1', owner)
    const stranger = bench.device('192.0.2.2:2', thief)
    const location = device.register('ep=lamp&lt=300')
    const before = bench.registration('lamp')
    expect(stranger.update(location, 'lt=5', '</5/0>')).toBe('4.00')
    expect(stranger.deregister(location)).toBe('4.00')
    expect(bench.registration('lamp')).toEqual(before)
    expect(bench.history).toEqual(['registered', 'refused', 'refused'])
    bench.clock.advance(299_999)
    expect(device.update(location)).toBe('2.04')
  })

  it('10. an endpoint name that the credential does not stand for -> 4.00; without ep it is the credential', () => {
    const bench = new Lwm2mBench()
    const device = bench.device('192.0.2.1:1', psk('lamp'))
    expect(() => device.register('ep=door')).toThrow('4.00')
    device.register('lt=60')
    expect(bench.registration('lamp')).toMatchObject({ security: 'psk', identity: 'lamp' })
    expect(() => bench.device().register('ep=lamp')).toThrow('4.03')
    expect(bench.registration('lamp')).toMatchObject({ security: 'psk', lifetime: 60 })
  })

  it.each([
    ['a credential over none', undefined, psk('lamp')],
    ['a renewed certificate', x509('lamp', 'aa'), x509('lamp', 'bb')],
    ['a certificate over a key', psk('lamp'), x509('lamp', 'bb')],
  ])('10. a Register by %s that stands for the endpoint replaces it -> 2.01', (_, before, after) => {
    const bench = new Lwm2mBench()
    bench.device('192.0.2.1:1', before).register('ep=lamp')
    bench.device('192.0.2.2:2', after).register('ep=lamp')
    expect(bench.history).toEqual(['registered', 're-registered'])
    expect(bench.registration('lamp')).toMatchObject({ security: after.kind })
  })

  it('10. the same identity may act from another address', () => {
    const bench = new Lwm2mBench()
    const location = bench.device('192.0.2.1:1', psk('lamp')).register('ep=lamp')
    const moved = bench.device('192.0.2.2:2', psk('lamp'))
    expect(moved.update(location)).toBe('2.04')
    expect(bench.registration('lamp')).toMatchObject({ address: 'coap://192.0.2.2:2' })
    expect(moved.deregister(location)).toBe('2.02')
  })

  it('11. Deregister -> 2.02, then a fresh Register works', () => {
    const bench = new Lwm2mBench()
    const device = bench.device()
    const location = device.register()
    expect(device.deregister(location)).toBe('2.02')
    expect(device.deregister(location)).toBe('4.04')
    expect(bench.registration()).toBeUndefined()
    expect(device.register()).not.toBe(location)
    expect(bench.history).toEqual(['registered', 'deregistered', 'refused', 'registered'])
  })

  it.each([
    ['the same address', '192.0.2.50:40000'],
    ['another address', '192.0.2.51:40001'],
  ])(
    '12. Register over a registration from %s: one re-registered event, the old location -> 4.04',
    (_, to) => {
      const bench = new Lwm2mBench()
      const device = bench.device('192.0.2.50:40000')
      const old = device.register('ep=device&lt=300&site=roof')
      device.move(to)
      const location = device.register('ep=device&lt=600')
      expect(bench.facts).toMatchObject([
        { type: 'registered' },
        {
          type: 're-registered',
          predecessor: old.slice(3),
          registration: { id: location.slice(3), attributes: {} },
        },
      ])
      expect(device.update(old)).toBe('4.04')
      expect(bench.registration()).toMatchObject({ lifetime: 600, address: `coap://${to}` })
      bench.clock.advance(300_000)
      expect(bench.history).not.toContain('expired')
      expect([...bench.server.devices()].length).toBe(1)
    },
  )
})
