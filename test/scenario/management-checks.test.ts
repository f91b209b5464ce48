import { describe, expect, it } from 'vitest'
import type { Command, Result } from '../../src/lwm2m/command.ts'
import { pathIn } from '../support/lwm2m.ts'
import { perform, setUp, type WithoutBase } from '../support/scene.ts'

type Given = WithoutBase<Command>
const write = (path: string, json: unknown): Given => ({ operation: 'write', path, value: { json } }) as Given

const V1_1 = 'ep=device&lwm2m=1.1'
const LINKS = '</1/0>,</2/0>,</3>;ver=1.1,</3/0>,</3303/0>,</3311/0>'
const OK = { code: '2.04' }

function refusal(results: readonly Result[]): string {
  const [result] = results
  if (result?.status !== 'error' || result.code !== undefined) throw new Error('the device was asked')
  return `${result.error.code}: ${result.error.message}`
}

describe('what the object model forbids is not sent, or forced', () => {
  it.each<readonly [Given, string]>([
    [{ operation: 'read', path: '/3/0/4' }, '/3/0/4 (Reboot) does not take read; allowed: execute'],
    [
      { operation: 'create', path: '/3303', value: { json: { 5605: 1 } } },
      '/3303/0/5605 (Reset Min and Max Measured Values) does not take create; allowed: execute',
    ],
    [
      { operation: 'create', path: '/3', value: { json: {} } },
      '/3 (Device) is a single object: /3 does not take create; it has instance 0 alone',
    ],
    [{ operation: 'create', path: '/3/1', value: { json: {} } }, '/3/1 does not take create'],
    [{ operation: 'create', path: '/5/1', value: { json: {} } }, '/5/1 does not take create'],
    [{ operation: 'read', path: '/3/7/0' }, '/3 (Device) is a single object: /3/7/0 does not take read'],
    [{ operation: 'observe', path: '/3/7' }, 'it has instance 0 alone'],
    [{ operation: 'discover', path: '/3/7' }, 'it has instance 0 alone'],
    [write('/3/7/15', 'UTC'), 'it has instance 0 alone'],
    [{ operation: 'observe', path: '/3/0/4' }, 'does not take observe; allowed: execute'],
    [{ operation: 'execute', path: '/3/0/0' }, 'does not take execute; allowed: read, observe'],
    [{ operation: 'execute', path: '/1/0/1' }, 'allowed: read, observe, write'],
    [{ operation: 'execute', path: '/0/0/0' }, 'allowed: nothing'],
    [write('/3/0/0', 'ACME'), '/3/0/0 (Manufacturer) does not take write'],
    [write('/3/0', { 15: 'UTC', 0: 'ACME' }), '/3/0/0 (Manufacturer) does not take write'],
    [
      { operation: 'write-attributes', path: '/3/0/4', attributes: { pmin: 1 } },
      'does not take write-attributes; allowed: execute',
    ],
    [{ operation: 'read', path: '/3/0/9/0' }, '/3/0/9 (Battery Level) is a single resource'],
    [write('/3/0/15/0', 'UTC'), '/3/0/15 (Timezone) is a single resource'],
  ])('%j -> operation_not_allowed: %s', (command, allowed) => {
    const scene = setUp(OK, V1_1, LINKS)
    const { results, sent } = perform(scene, command)
    expect(refusal(results)).toContain('operation_not_allowed')
    expect(refusal(results)).toContain(allowed)
    expect([sent, scene.device.requests.length]).toEqual([0, 0])
    const forced = perform(setUp({ code: '4.05' }, V1_1, LINKS), { ...command, force: true })
    expect(forced.results).toMatchObject([{ status: 'error', code: '4.05' }])
    const asked = command.operation === 'create' ? `/${command.path.split('/')[1]}` : command.path
    expect(forced.request && pathIn(forced.request)).toBe(asked)
  })

  it.each<readonly [Given, string, string]>([
    [write('/3311/0/5851', 101), 'value_range', '101'],
    [write('/3311/0/5851', 'dim'), 'value_type', 'dim'],
    [write('/3311/0/5850', 1), 'value_type', '1'],
    [write('/3/0/15', 5), 'value_type', '5'],
    [write('/2/0/2', 15), 'value_type', '15'],
  ])('%j -> %s, or forced as %j', (command, code, payload) => {
    const scene = setUp(OK, V1_1, LINKS)
    expect(refusal(perform(scene, command).results)).toContain(code)
    expect(scene.device.requests).toEqual([])
    const { results, request } = perform(scene, { ...command, force: true })
    expect(results).toMatchObject([{ status: 'ok', code: '2.04' }])
    expect(String(request?.payload)).toBe(payload)
  })

  it('a forced value keeps the type of its resource where it fits, whatever its range is', () => {
    const command = { ...write('/3/0/13', '2026-01-01T00:00:00Z'), force: true }
    expect(String(perform(setUp(OK, V1_1, LINKS), command).request?.payload)).toBe('1767225600')
  })

  it.each<readonly [Given, string]>([
    [write('/1/0/1', null), 'value_type'],
    [write('/1/0', { lifetime: 1 }), 'value_type'],
    [{ operation: 'read', path: '/3//0' }, 'path_invalid'],
    [{ operation: 'execute', path: '/3/0' }, 'path_depth'],
    [{ operation: 'write', path: '/3/0/15', value: { json: 'UTC' }, mode: 'update' }, 'path_depth'],
  ])('%j stays what it is, forced or not: %s', (command, code) => {
    const scene = setUp(OK, V1_1, LINKS)
    expect(refusal(perform(scene, { ...command, force: true }).results)).toContain(code)
    expect(scene.device.requests).toEqual([])
  })

  it.each<Given>([
    { operation: 'read', path: '/33333/0/1' },
    { operation: 'execute', path: '/33333/0/1' },
    { operation: 'read', path: '/3/0/30000/1' },
    { operation: 'read', path: '/3/0' },
    { operation: 'discover', path: '/3/0/4' },
    { operation: 'read', path: '/3/0/7/0' },
    write('/2/0/2/101', 15),
  ])('%j passes: the model does not know it, or allows it', (command) => {
    const { results } = perform(setUp({ code: '4.04' }, V1_1, LINKS), command)
    expect(results).toMatchObject([{ code: '4.04' }])
  })
})

describe('paths with a version', () => {
  const OLD = '</3>;ver=1.0,</3/0>,</10>;ver=2.0,</10/0>'

  it('the one that the device registered: the plain path goes to the device and comes back', () => {
    const scene = setUp({ code: '2.05', payload: '50' }, V1_1, LINKS)
    const { results, request } = perform(scene, { operation: 'read', path: '/3_1.1/0/9' })
    expect(request && pathIn(request)).toBe('/3/0/9')
    expect(results).toMatchObject([
      { status: 'ok', path: '/3/0/9', samples: [{ path: '/3/0/9', value: 50 }] },
    ])
    expect(scene.bench.factsOf('values')).toMatchObject([{ path: '/3/0/9' }])
  })

  it.each<Given>([
    { operation: 'read', path: '/3_1.2/0/9' },
    { operation: 'observe', path: '/3_1.2' },
    { operation: 'create', path: '/3_1.2/1', value: { json: {} } },
    { operation: 'discover', path: '/3_1.2/0' },
  ])('another one: %j -> path_version, or forced', (command) => {
    const scene = setUp({ code: '4.04' }, V1_1, OLD)
    const { results, request } = perform(scene, command)
    expect(refusal(results)).toContain("path_version: 'device' registered object 3 in version 1.0, not 1.2")
    expect(request).toBeUndefined()
    expect(perform(scene, { ...command, force: true }).results).toMatchObject([{ code: '4.04' }])
  })

  it.each([
    ['</21>;ver=1.0,</21/0>', '/21/0', false, 'string'],
    ['</21>;ver=1.0,</21/0>', '/21_1.0/0', false, 'string'],
    ['</21>;ver=1.0,</21/0>', '/21_2.0/0', true, 'opaque'],
    ['</21>;ver=2.0,</21/0>', '/21/0', false, 'opaque'],
    ['</3/0>', '/21/0', false, 'string'],
    ['</3/0>', '/21_2.0/0', false, 'opaque'],
  ])(
    'of a device with %s, %s gives the types of its version (forced: %s): %s',
    (links, path, force, type) => {
      const payload = Buffer.of(0xc1, 0, 0x41)
      const scene = setUp({ code: '2.05', contentFormat: 11542, payload }, V1_1, links)
      const { results } = perform(scene, { operation: 'read', path, force })
      expect(results).toMatchObject([{ samples: [{ path: '/21/0/0', type }] }])
    },
  )

  it('decides what is allowed', () => {
    const scene = setUp({ code: '4.05' }, V1_1, LINKS)
    const execute = { operation: 'execute', path: '/1_1.0/0/10' } as const // an object link from 1.1 on
    expect(refusal(perform(scene, { ...execute, path: '/1/0/10' }).results)).toContain(
      'operation_not_allowed',
    )
    expect(refusal(perform(scene, execute).results)).toContain('path_version')
    expect(perform(setUp({ code: '4.05' }, V1_1, '</3/0>'), execute).results).toMatchObject([
      { code: '4.05' },
    ])
  })

  it.each(['/3_/0', '/3_1/0', '/3_1.2.3/0', '/3/0_1.2/9', '/_1.2/0'])('%s is no path', (path) => {
    expect(refusal(perform(setUp(OK), { operation: 'read', path }).results)).toContain('path_invalid')
  })
})
