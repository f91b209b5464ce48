import { Code } from '../coap/code.ts'
import type { ReceivedRequest, Reply, Requester } from '../coap/handler.ts'
import { type Peer, succeed } from '../coap/peer.ts'
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { RegisteredDevice } from './device.ts'
import type { Registration } from './fact.ts'
import { LINK_FORMAT } from './format/formats.ts'
import type { ObjectModel } from './model/model.ts'
import { readObjectList } from './object-list.ts'
import { endpointFor, mayAct, mayReplace, securityOf } from './principal.ts'
import { Refusal } from './refusal.ts'
import {
  bindingOf,
  endpointOf,
  lifetimeOf,
  mergeAttributes,
  readQuery,
  versionOf,
} from './register-parameters.ts'
import { registrationBytes } from './registration-size.ts'
import type { Registry } from './registry.ts'

/** Hears of every registration's life. `ended` comes before what replaces it. */
export interface RegistrationListener {
  registered(device: RegisteredDevice, predecessor: RegisteredDevice | undefined): void
  /** @param relisted whether the Update brought a new object list */
  updated(device: RegisteredDevice, relisted: boolean): void
  /** The answer to the Register or Update has left. */
  reachable(device: RegisteredDevice): void
  ended(device: RegisteredDevice, how: 'deregistered' | 'expired'): void
  refused(endpoint: string | undefined, peer: Peer, refusal: Refusal): void
}

/** What would go above these numbers is refused with 5.03. */
export interface RegistrationLimit {
  readonly registrations: number
  /** Memory of all of them together, in bytes (`registration-size.ts`). */
  readonly registrationsBytes: number
  /** From one host, of devices without a credential. */
  readonly registrationsPerAddress: number
  /** Seconds: Max-Age of the refusal. */
  readonly retryAfter: number
}

export interface RegistrationOptions {
  readonly clock: Clock
  readonly random: Random
  readonly requester: Requester
  readonly model: ObjectModel
  readonly registry: Registry
  readonly listener: RegistrationListener
  /** Whether a binding of another enabler version is refused. */
  readonly strictBinding: boolean
  /** Seconds that a registration outlives its lifetime: devices keep margins of their own, and networks are late. */
  readonly grace: number
  readonly limit: RegistrationLimit
}

/**
 * The client registration interface (LwM2M Core, 6.2): Register, Update and Deregister below `/rd`, and expiry.
 */
export class RegistrationInterface {
  readonly #options: RegistrationOptions

  constructor(options: RegistrationOptions) {
    this.#options = options
  }

  /** Handles a request to `/rd` or `/rd/{id}`. */
  handle(request: ReceivedRequest, peer: Peer, reply: Reply): void {
    try {
      this.#dispatch(request, peer, reply)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { retryAfter } = this.#options.limit
      const busy = error.response === Code.serviceUnavailable
      reply.respond({ code: error.response, ...(busy ? { maxAge: retryAfter } : undefined) })
      this.#options.listener.refused(endpointIn(request), peer, error)
    }
  }

  #dispatch(request: ReceivedRequest, peer: Peer, reply: Reply): void {
    const [, id, ...rest] = request.path
    if (rest.length > 0)
      throw new Refusal(Code.notFound, 'register_location', 'there is nothing below a location')
    if (id === undefined) {
      if (request.code !== Code.post) throw refuseMethod(request)
      this.#register(request, peer, reply)
    } else if (request.code === Code.post) {
      this.#update(this.#find(id, peer), request, peer, reply)
    } else if (request.code === Code.delete) {
      this.#deregister(this.#find(id, peer), reply)
    } else {
      throw refuseMethod(request)
    }
  }

  #find(id: string, peer: Peer): RegisteredDevice {
    const device = this.#options.registry.byId(id)
    if (device === undefined) {
      throw new Refusal(
        Code.notFound,
        'register_location',
        'no registration has this location; the device must register',
      )
    }
    if (!mayAct(device.subject, peer.subject)) {
      throw new Refusal(Code.badRequest, 'register_identity', 'the registration belongs to another identity')
    }
    return device
  }

  #register(request: ReceivedRequest, peer: Peer, reply: Reply): void {
    const { registry, model, requester, listener } = this.#options
    const registration = this.#read(request, peer)
    const predecessor = registry.byEndpoint(registration.endpoint)
    this.#admit(predecessor, peer)
    this.#requireRoom(registration, predecessor?.registration)
    const device = new RegisteredDevice(registration, peer, model, requester)
    if (predecessor !== undefined) {
      succeed(peer, predecessor.peer)
      registry.remove(predecessor)
    }
    registry.add(device)
    predecessor?.end() // after that, so that who is told and asks again asks the new one
    this.#startLifetime(device)
    listener.registered(device, predecessor)
    reply.respond({ code: Code.created, locationPath: ['rd', registration.id] }, () =>
      listener.reachable(device),
    )
  }

  /** A credential's registration is not taken over by a stranger, and the number of registrations is bounded. */
  #admit(predecessor: RegisteredDevice | undefined, peer: Peer): void {
    if (predecessor !== undefined && !mayReplace(predecessor.subject, peer.subject)) {
      throw new Refusal(Code.forbidden, 'register_identity', 'another identity has registered this endpoint')
    }
    const { registry, limit } = this.#options
    if (predecessor !== undefined) return
    if (registry.size >= limit.registrations) throw refuseOverload(`${registry.size} devices are registered`)
    const neighbours = registry.neighbours(peer)
    if (neighbours >= limit.registrationsPerAddress) {
      throw refuseOverload(`${neighbours} devices are registered from this address`)
    }
  }

  /** Whoever comes with less than before is taken in any case. */
  #requireRoom(registration: Registration, before: Registration | undefined): void {
    const { registry, limit } = this.#options
    const more = registrationBytes(registration) - (before === undefined ? 0 : registrationBytes(before))
    if (more <= 0 || registry.bytes + more <= limit.registrationsBytes) return
    throw refuseOverload(`all registrations together have ${registry.bytes} bytes, this one ${more} more`)
  }

  #read(request: ReceivedRequest, peer: Peer): Registration {
    requireLinkFormat(request)
    const parameters = readQuery(request.query)
    const version = versionOf(parameters)
    const endpoint = endpointFor(peer.subject, endpointOf(parameters))
    if (version === '1.2' && parameters.profile !== undefined && request.payload.length === 0) {
      throw new Refusal(
        Code.conflict,
        'register_profile',
        'profile ids are not resolved: the device must send its objects',
      )
    }
    const now = this.#options.clock.wall()
    return {
      id: Buffer.from(this.#options.random.bytes(8)).toString('base64url'),
      endpoint,
      lifetime: lifetimeOf(parameters),
      version,
      ...bindingOf(parameters, version, this.#options.strictBinding),
      ...(parameters.sms === undefined ? undefined : { sms: parameters.sms }),
      attributes: parameters.attributes,
      ...readObjectList(request.payload, version),
      ...securityOf(peer.subject),
      address: peer.address,
      registeredAt: now,
      updatedAt: now,
    }
  }

  #update(device: RegisteredDevice, request: ReceivedRequest, peer: Peer, reply: Reply): void {
    const { registry, listener } = this.#options
    const relisted = request.payload.length > 0
    const registration = this.#readUpdate(device.registration, request, peer)
    this.#requireRoom(registration, device.registration)
    registry.replace(device, registration)
    registry.move(device, peer)
    this.#startLifetime(device)
    listener.updated(device, relisted)
    reply.respond({ code: Code.changed }, () => listener.reachable(device))
  }

  #readUpdate(before: Registration, request: ReceivedRequest, peer: Peer): Registration {
    const parameters = readQuery(request.query)
    const relisted = request.payload.length > 0
    if (relisted) requireLinkFormat(request)
    return {
      ...before,
      lifetime: parameters.lifetime ?? before.lifetime,
      ...bindingOf(parameters, before.version, this.#options.strictBinding, before),
      ...(parameters.sms === undefined ? undefined : { sms: parameters.sms }),
      attributes: mergeAttributes(before.attributes, parameters.attributes),
      ...(relisted ? readObjectList(request.payload, before.version, before) : undefined),
      address: peer.address,
      updatedAt: this.#options.clock.wall(),
    }
  }

  #deregister(device: RegisteredDevice, reply: Reply): void {
    this.#remove(device)
    reply.respond({ code: Code.deleted })
    this.#options.listener.ended(device, 'deregistered')
  }

  #remove(device: RegisteredDevice): void {
    this.#options.registry.remove(device)
    device.end()
  }

  /** A lifetime of 0 is for ever. */
  #startLifetime(device: RegisteredDevice): void {
    device.expiry?.cancel()
    const { lifetime } = device.registration
    const { clock, grace } = this.#options
    device.expiry =
      lifetime === 0
        ? undefined
        : clock.schedule('registration lifetime', (lifetime + grace) * 1000, this.#expire, device)
  }

  readonly #expire = (device: RegisteredDevice): void => {
    this.#remove(device)
    this.#options.listener.ended(device, 'expired')
  }
}

function refuseMethod(request: ReceivedRequest): Refusal {
  return new Refusal(
    Code.methodNotAllowed,
    'register_method',
    `method ${request.code} is not used on /${request.path.join('/')}`,
  )
}

/** An absent Content-Format is link format. */
function requireLinkFormat(request: ReceivedRequest): void {
  const { contentFormat } = request
  if (contentFormat === undefined || contentFormat === LINK_FORMAT) return
  throw new Refusal(
    Code.unsupportedContentFormat,
    'register_format',
    `Content-Format ${contentFormat} is not ${LINK_FORMAT}, link format`,
  )
}

function refuseOverload(reason: string): Refusal {
  return new Refusal(Code.serviceUnavailable, 'register_overload', reason)
}

/** For the report of a refusal: the name that was given, however wrong the rest is. */
function endpointIn(request: ReceivedRequest): string | undefined {
  return request.query.find((item) => item.startsWith('ep='))?.slice(3, 258)
}
