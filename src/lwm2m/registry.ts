import { type Peer, succeed } from '../coap/peer.ts'
import type { RegisteredDevice } from './device.ts'
import type { Registration } from './fact.ts'
import { registrationBytes } from './registration-size.ts'

/** The devices that are registered, by every name under which they are looked up. All look-ups are O(1). */
export class Registry {
  readonly #byId = new Map<string, RegisteredDevice>()
  readonly #byEndpoint = new Map<string, RegisteredDevice>()
  /** How many devices were last heard from a peer: one address may speak for several endpoints. */
  readonly #peers = new Map<string, number>()
  /** The same for a host, where nothing but its address is known of who it is. */
  readonly #hosts = new Map<string, number>()
  #bytes = 0

  get size(): number {
    return this.#byId.size
  }

  /** Memory of all registrations together (`registration-size.ts`). */
  get bytes(): number {
    return this.#bytes
  }

  /** All devices, in the order of their registration. */
  devices(): IterableIterator<RegisteredDevice> {
    return this.#byId.values()
  }

  byId(id: string): RegisteredDevice | undefined {
    return this.#byId.get(id)
  }

  byEndpoint(endpoint: string): RegisteredDevice | undefined {
    return this.#byEndpoint.get(endpoint)
  }

  /** Whether a registered device was last heard from this peer. */
  serves(peer: Peer): boolean {
    return this.#peers.has(peer.key)
  }

  /** How many devices without a credential were last heard from the host that a peer is. */
  neighbours(peer: Peer): number {
    const host = hostOf(peer)
    return host === undefined ? 0 : (this.#hosts.get(host) ?? 0)
  }

  add(device: RegisteredDevice): void {
    this.#byId.set(device.registration.id, device)
    this.#byEndpoint.set(device.registration.endpoint, device)
    this.#bytes += registrationBytes(device.registration)
    this.#count(device.peer, 1)
  }

  /** The registration of a device has changed. */
  replace(device: RegisteredDevice, registration: Registration): void {
    this.#bytes += registrationBytes(registration) - registrationBytes(device.registration)
    device.registration = registration
  }

  /** The device was heard from another address. */
  move(device: RegisteredDevice, peer: Peer): void {
    if (device.peer.key !== peer.key) {
      this.#count(device.peer, -1)
      this.#count(peer, 1)
    }
    succeed(peer, device.peer)
    device.peer = peer
  }

  remove(device: RegisteredDevice): void {
    const { id, endpoint } = device.registration
    if (!this.#byId.delete(id)) return
    if (this.#byEndpoint.get(endpoint) === device) this.#byEndpoint.delete(endpoint)
    this.#bytes -= registrationBytes(device.registration)
    this.#count(device.peer, -1)
  }

  #count(peer: Peer, change: number): void {
    add(this.#peers, peer.key, change)
    const host = hostOf(peer)
    if (host !== undefined) add(this.#hosts, host, change)
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

/** The address without its port, which costs nothing to change; undefined for a peer with a credential. */
function hostOf({ subject }: Peer): string | undefined {
  return subject.kind === 'none' ? subject.address.slice(0, subject.address.lastIndexOf(':')) : undefined
}
