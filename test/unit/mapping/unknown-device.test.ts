import { describe, expect, it } from 'vitest'
import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { MappingDocument } from '../../../src/mapping/document.ts'
import type { Layers } from '../../../src/mapping/layers.ts'
import type { Message } from '../../../src/mapping/publication.ts'
import { registration } from '../lwm2m/registration.ts'
import { layersOf } from './layers-rig.ts'
import { BASE, device } from './plain-rig.ts'

const write = { operation: 'write', path: '/3311/0/5850', value: '${payload}' }
const answer = {
  topic: 'home/${device}/answer',
  payload: { endpoint: '${endpoint}', why: '${result.error.code}' },
}
const house: MappingDocument = {
  name: 'house',
  device: '${registration.attributes.room}',
  commands: [
    { topic: 'home/{device}/light', ...write, answer },
    { topic: 'home/light', device: '${payload.room}', ...write, answer },
    { topic: 'home/{device}/fan', ...write },
  ],
}
const standard: MappingDocument = {
  name: 'standard',
  defaults: { answer: { topic: 'device/${device}/response', payload: '${result.error.code}' } },
}

const NOBODY: DeviceSnapshot = { ...device, registration: undefined }
/** Endpoints with the rooms by which the house calls them: one endpoint is the name of another device. */
const ROOMS: Readonly<Record<string, string>> = { 'room-1': 'kitchen', kitchen: 'attic' }

function deviceAt(endpoint: string): DeviceSnapshot {
  const room = ROOMS[endpoint]
  if (room === undefined) return NOBODY
  return { ...device, registration: registration({ endpoint, attributes: { room } }) }
}

function mapping(): Layers {
  const layers = layersOf(house, standard)
  for (const endpoint of Object.keys(ROOMS)) layers.adopt(deviceAt(endpoint), 0)
  return layers
}

/** Topic and payload of the answer to a message that gives no command. */
function refused(topic: string, payload: unknown, changes: Partial<Message> = {}): readonly unknown[] {
  const layers = mapping()
  const message = { topic, payload: Buffer.from(JSON.stringify(payload)), retain: false, ...changes }
  const { orders, rejections } = layers.down(message, 's', BASE.at, { snapshot: deviceAt })
  expect(orders).toEqual([])
  return rejections.flatMap((rejection) => {
    const { publications, failures } = layers.reject(rejection, BASE.at, deviceAt(rejection.endpoint), {})
    expect(failures).toEqual([])
    return publications.map(({ topic, payload }) => [topic, JSON.parse(String(payload))])
  })
}

const UNKNOWN = { endpoint: '', why: 'endpoint_unknown' }

describe('a message to a name that no device has is answered under that name', () => {
  it.each([
    ['that is the endpoint name of a device', 'home/room-1/light', true, 'room-1'],
    ['that nobody has', 'home/cellar/light', true, 'cellar'],
    ['from the payload', 'home/light', { room: 'room-1' }, 'room-1'],
    ['that is no level of a topic', 'home/light', { room: 'a/b' }, 'a%2Fb'],
  ])('%s', (_, topic, payload, name) => {
    expect(refused(topic, payload)).toEqual([[`home/${name}/answer`, UNKNOWN]])
  })

  it('or to its Response Topic', () => {
    expect(refused('home/room-1/light', true, { responseTopic: 'reply' })).toEqual([['reply', UNKNOWN]])
  })

  it('but not under the name of a device that was not meant', () => {
    expect(refused('home/%6bitchen/light', true)).toEqual([['home/_/answer', UNKNOWN]])
    expect(refused('home/room-1/fan', true)).toEqual([['device/_/response', 'endpoint_unknown']])
  })
})

describe('a message to a name that a device has', () => {
  it('is answered as that device, whatever is wrong with it', () => {
    const retained = { endpoint: 'room-1', why: 'command_retained' }
    expect(refused('home/kitchen/light', true, { retain: true })).toEqual([['home/kitchen/answer', retained]])
  })
})
