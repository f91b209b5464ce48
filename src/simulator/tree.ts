import type { EnablerVersion } from '../lwm2m/fact.ts'
import type { Codec } from '../lwm2m/format/codec.ts'
import { LINK_FORMAT } from '../lwm2m/format/formats.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import { formatPath, type Path, parsePath } from '../lwm2m/path.ts'
import { Attributes } from './attributes.ts'
import { create } from './create.ts'
import { discover, registrationLinks } from './discovery.ts'
import { Refusal, type Request, type Response } from './message.ts'
import type { Behaviour, SimulatedObject } from './object.ts'
import { parseParameters } from './parameters.ts'
import { type Found, Payloads } from './payload.ts'
import { Store, samplesOfResource } from './store.ts'
import { write } from './write.ts'

const SECURITY = 0

interface PathEffect<Type extends string> {
  readonly type: Type
  readonly path: string
}

/** What an operation did, for whoever watches the device. */
export type Effect =
  | PathEffect<'read'>
  | PathEffect<'discovered'>
  | PathEffect<'attributed'>
  | PathEffect<'created'>
  | PathEffect<'deleted'>
  | (PathEffect<'written'> & { readonly resources: readonly string[] })
  | (PathEffect<'executed'> & { readonly parameters: ReadonlyMap<number, string> })

export interface Outcome {
  readonly response: Response
  /** Absent where the operation was refused. */
  readonly effect?: Effect
}

export interface TreeOptions {
  readonly objects: readonly SimulatedObject[]
  readonly model: ObjectModel
  readonly version: EnablerVersion
  readonly formats: readonly number[]
  readonly codecFor: (contentFormat: number) => Codec | undefined
  /** Milliseconds since the epoch. */
  readonly wall: () => number
  /** Asked before an Execute is answered; a CoAP code refuses it. */
  readonly execute?: NonNullable<Behaviour['execute']>
}

/**
 * A device's tree and the operations on it (LwM2M Core, 6.3): a request in, a response out, without sockets or time.
 */
export class Tree {
  readonly store: Store
  readonly #options: TreeOptions
  readonly #payloads: Payloads
  readonly #attributes = new Attributes()

  /** @throws CodedError `simulator_object` for an object without facts */
  constructor(options: TreeOptions) {
    this.#options = options
    this.store = new Store(options.objects, options.model, options.version)
    this.#payloads = new Payloads({ ...options, store: this.store })
  }

  /** Payload of a Register, in link format. */
  links(): string {
    return registrationLinks(this.store, this.#options.version, this.#options.formats)
  }

  handle(request: Request): Outcome {
    try {
      return this.#operate(pathOfRequest(request.path), request)
    } catch (thrown) {
      if (thrown instanceof Refusal) return { response: { code: thrown.code } }
      throw thrown
    }
  }

  /** Removes an object instance by its path, with its attributes; false where there was none. */
  remove(path: Path): boolean {
    this.#attributes.forget(formatPath(path))
    return this.store.remove(path)
  }

  #operate(path: Path, request: Request): Outcome {
    if (path.object === SECURITY) throw new Refusal('4.01', 'the Security object is for bootstrap servers')
    switch (request.code) {
      case '0.01':
        return request.accept === LINK_FORMAT ? this.#discover(path) : this.#read(path, request)
      case '0.02':
        return this.#post(path, request)
      case '0.03':
        return this.#put(path, request)
      case '0.04':
        return this.#delete(path)
      default:
        throw new Refusal('4.05', `method ${request.code}`)
    }
  }

  #read(path: Path, request: Request): Outcome {
    const text = formatPath(path)
    const response = this.#payloads.encode(this.#find(path), text, request.accept)
    return { response, effect: { type: 'read', path: text } }
  }

  #find(path: Path): Found {
    const object = this.store.object(path)
    if (path.resource !== undefined) return this.#findResource(path)
    const chosen =
      path.instance === undefined ? object.instances : [[path.instance, this.store.instance(path)] as const]
    const ascending = [...chosen].sort(([a], [b]) => a - b)
    const samples = ascending.flatMap(([id, instance]) =>
      this.store.samplesOf(object, path.object, id, instance),
    )
    return { samples, single: undefined }
  }

  #findResource(path: Path): Found {
    const content = this.store.instance(path).get(path.resource ?? -1)
    const facts = this.store.facts(path)
    if (!facts.readable) throw new Refusal('4.05', `${formatPath(path)} cannot be read`)
    if (content === undefined) throw new Refusal('4.04', `no resource ${formatPath(path)}`)
    const { object, instance = 0, resource = 0, resourceInstance } = path
    const samples = samplesOfResource(`/${object}/${instance}/${resource}`, facts, content)
    if (resourceInstance === undefined) return { samples, single: facts.multiple ? undefined : facts }
    if (!facts.multiple) throw new Refusal('4.00', `${formatPath(path)}: the resource is a single one`)
    const sample = samples.find((candidate) => candidate.path === formatPath(path))
    if (sample === undefined) throw new Refusal('4.04', `no resource instance ${formatPath(path)}`)
    return { samples: [sample], single: facts }
  }

  #discover(path: Path): Outcome {
    if (path.resourceInstance !== undefined) throw new Refusal('4.00', 'Discover on a resource instance')
    if (path.resource !== undefined) this.#requireResource(path)
    const payload = new TextEncoder().encode(discover(this.store, this.#attributes, path))
    const response = { code: '2.05', contentFormat: LINK_FORMAT, payload }
    return { response, effect: { type: 'discovered', path: formatPath(path) } }
  }

  /** A resource that holds something, or can be executed. */
  #requireResource(path: Path): void {
    const isHeld = this.store.instance(path).has(path.resource ?? -1)
    if (!isHeld && !this.store.facts(path).executable)
      throw new Refusal('4.04', `no resource ${formatPath(path)}`)
  }

  #put(path: Path, request: Request): Outcome {
    if (request.query.length > 0 && request.payload.length === 0) return this.#writeAttributes(path, request)
    return this.#write(path, request, 'replace')
  }

  #post(path: Path, request: Request): Outcome {
    if (path.instance === undefined) return this.#create(path, request)
    if (path.resource !== undefined && path.resourceInstance === undefined) {
      this.store.instance(path)
      if (this.store.facts(path).executable) return this.#execute(path, request)
    }
    return this.#write(path, request, 'update')
  }

  #write(path: Path, request: Request, mode: 'replace' | 'update'): Outcome {
    if (path.instance === undefined) throw new Refusal('4.05', 'a Write needs an object instance')
    this.store.instance(path)
    if (path.resource !== undefined && !this.store.facts(path).writable) {
      throw new Refusal('4.05', `${formatPath(path)} cannot be written`)
    }
    const samples = this.#payloads.decode(request, formatPath(path))
    const resources = write(this.store, path, samples, mode)
    return { response: { code: '2.04' }, effect: { type: 'written', path: formatPath(path), resources } }
  }

  #execute(path: Path, request: Request): Outcome {
    const { contentFormat = 0, payload } = request
    if (contentFormat !== 0) throw new Refusal('4.15', 'the parameters of an Execute are text')
    const parameters = parseParameters(payload)
    const text = formatPath(path)
    const refused = this.#options.execute?.(text, parameters)
    if (refused !== undefined) throw new Refusal(refused, `${text} refused to execute`)
    return { response: { code: '2.04' }, effect: { type: 'executed', path: text, parameters } }
  }

  #writeAttributes(path: Path, request: Request): Outcome {
    this.store.object(path)
    if (path.instance !== undefined) this.store.instance(path)
    if (path.resource !== undefined) this.#requireResource(path)
    this.#attributes.write(formatPath(path), request.query)
    return { response: { code: '2.04' }, effect: { type: 'attributed', path: formatPath(path) } }
  }

  #create(path: Path, request: Request): Outcome {
    const [first, ...rest] = create(this.store, this.#payloads, path, request)
    const created = rest.length === 0 ? `/${path.object}/${first}` : formatPath(path)
    const location = rest.length === 0 ? { location: created.slice(1).split('/') } : undefined
    return { response: { code: '2.01', ...location }, effect: { type: 'created', path: created } }
  }

  #delete(path: Path): Outcome {
    if (path.resourceInstance === undefined) this.#deleteInstance(path)
    else this.#deleteResourceInstance(path, path.resourceInstance)
    return { response: { code: '2.02' }, effect: { type: 'deleted', path: formatPath(path) } }
  }

  #deleteInstance(path: Path): void {
    const isInstance = path.instance !== undefined && path.resource === undefined
    const { facts } = this.store.object(path)
    if (!isInstance || !facts.multiple) throw new Refusal('4.05', `${formatPath(path)} cannot be deleted`)
    if (!this.remove(path)) throw new Refusal('4.04', `no object instance ${formatPath(path)}`)
  }

  /** From LwM2M 1.2 (Core 1.2, 6.3.6). */
  #deleteResourceInstance(path: Path, id: number): void {
    const isAllowed = this.#options.version === '1.2' && this.store.facts(path).writable
    if (!isAllowed) throw new Refusal('4.05', `${formatPath(path)} cannot be deleted`)
    const held = this.store.instance(path).get(path.resource ?? -1)
    if (!(held instanceof Map && held.delete(id)))
      throw new Refusal('4.04', `no resource instance ${formatPath(path)}`)
  }
}

/** @throws Refusal 4.05 for the root, 4.04 for what is no path of a device's tree */
function pathOfRequest(text: string): Path {
  if (text === '/') throw new Refusal('4.05', 'the root takes no operation')
  try {
    return parsePath(text)
  } catch {
    throw new Refusal('4.04', 'no such path')
  }
}
