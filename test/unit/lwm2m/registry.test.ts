import { expect, it } from 'vitest'
import { RegisteredDevice } from '../../../src/lwm2m/device.ts'
import { Registry } from '../../../src/lwm2m/registry.ts'
import { peer } from './peer.ts'
import { registration } from './registration.ts'
import { FakeRequester } from './requester.ts'

const requester = new FakeRequester()
const model = { object: () => undefined }

function device(id: string, endpoint: string, address: string): RegisteredDevice {
  return new RegisteredDevice(registration({ id, endpoint }), peer(address), model, requester)
}

it('finds a device by every name, and lists all in order', () => {
  const registry = new Registry()
  const [a, b] = [device('1', 'a', 'x'), device('2', 'b', 'y')]
  registry.add(a)
  registry.add(b)
  expect(registry.size).toBe(2)
  expect([...registry.devices()]).toEqual([a, b])
  expect(registry.byId('1')).toBe(a)
  expect(registry.byEndpoint('b')).toBe(b)
  expect(registry.serves(peer('y'))).toBe(true)
  expect(registry.byId('a')).toBeUndefined()
  expect(registry.byEndpoint('1')).toBeUndefined()
  expect(registry.serves(peer('z'))).toBe(false)
})

it('a device that is removed is gone from every index, also when it is removed twice', () => {
  const registry = new Registry()
  const [a, b] = [device('1', 'a', 'x'), device('2', 'b', 'x')]
  registry.add(a)
  registry.add(b)
  registry.remove(a)
  registry.remove(a)
  expect(registry.size).toBe(1)
  expect(registry.byId('1')).toBeUndefined()
  expect(registry.byEndpoint('a')).toBeUndefined()
  expect(registry.serves(peer('x'))).toBe(true)
  registry.remove(b)
  expect(registry.serves(peer('x'))).toBe(false)
})

it('the successor of an endpoint stays when the predecessor is removed late', () => {
  const registry = new Registry()
  const [old, next] = [device('1', 'a', 'x'), device('2', 'a', 'y')]
  registry.add(old)
  registry.add(next)
  registry.remove(old)
  expect(registry.byEndpoint('a')).toBe(next)
  expect(registry.byId('1')).toBeUndefined()
  expect(registry.size).toBe(1)
})

it('a device that moves is served at its new address alone', () => {
  const registry = new Registry()
  const [a, b] = [device('1', 'a', 'x'), device('2', 'b', 'x')]
  registry.add(a)
  registry.add(b)
  const elsewhere = peer('y')
  registry.move(a, elsewhere)
  expect(a.peer).toBe(elsewhere)
  expect(registry.serves(peer('x'))).toBe(true)
  expect(registry.serves(peer('y'))).toBe(true)
  registry.move(b, peer('y'))
  expect(registry.serves(peer('x'))).toBe(false)
  registry.remove(a)
  expect(registry.serves(peer('y'))).toBe(true)
  registry.remove(b)
  expect(registry.serves(peer('y'))).toBe(false)
})

it('the same address in a new object: the newest is kept', () => {
  const registry = new Registry()
  const a = device('1', 'a', 'x')
  registry.add(a)
  const again = peer('x')
  registry.move(a, again)
  expect(a.peer).toBe(again)
  registry.remove(a)
  expect(registry.serves(peer('x'))).toBe(false)
})
