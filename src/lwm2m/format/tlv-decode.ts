import type { CodedError } from '../../lib/errors.ts'
import { type Path, parsePath } from '../path.ts'
import type { ResourceType, Sample } from '../value.ts'
import type { DecodeContext } from './codec.ts'
import { malformed } from './failures.ts'
import { MAX_ENTRIES } from './limits.ts'
import { knownType } from './single.ts'
import { MULTIPLE_RESOURCE, OBJECT_INSTANCE, RESOURCE, RESOURCE_INSTANCE, TlvCursor } from './tlv-entry.ts'
import { readTlvValue } from './tlv-value.ts'

/**
 * Values of one TLV payload, three levels deep at most: instances, resources, resource instances. A level that the
 * base already names may be there or not, since clients differ: a read of an object comes wrapped in instances or
 * bare (then it is the only instance), a read of a resource comes as the resource, or as its instances alone.
 */
class TlvDecoder {
  readonly samples: Sample[] = []
  readonly #bytes: Uint8Array
  readonly #context: DecodeContext
  readonly #base: Path

  constructor(bytes: Uint8Array, context: DecodeContext) {
    this.#bytes = bytes
    this.#context = context
    this.#base = parsePath(context.base)
  }

  run(): void {
    const entry = new TlvCursor(this.#bytes, 0, this.#bytes.length)
    while (entry.next()) {
      if (entry.kind === OBJECT_INSTANCE) this.#instance(entry)
      else if (entry.kind === RESOURCE_INSTANCE) this.#bareResourceInstance(entry)
      else this.#resource(entry, this.#base.instance ?? this.#unwrappedInstance(entry))
    }
  }

  /** Old clients leave the level of instances out: right where there is one, a guess where there are several. */
  #unwrappedInstance(entry: TlvCursor): number {
    const { object } = this.#base
    const listed = this.#context.instances?.(object) ?? []
    if (listed.length <= 1) return listed[0] ?? 0
    throw malformed(
      `a resource without its instance, of which /${object} has several,`,
      `byte ${entry.start}`,
    )
  }

  #instance(entry: TlvCursor): void {
    this.#mustBe(this.#base.instance, entry, 'object instance')
    const inner = new TlvCursor(this.#bytes, entry.from, entry.to)
    while (inner.next()) {
      if (inner.kind < MULTIPLE_RESOURCE) throw misplaced(inner, 'an object instance')
      this.#resource(inner, entry.id)
    }
  }

  #resource(entry: TlvCursor, instance: number): void {
    this.#mustBe(this.#base.resource, entry, 'resource')
    const type = this.#type(entry.id)
    const path = `/${this.#base.object}/${instance}/${entry.id}`
    if (entry.kind === RESOURCE) {
      this.#value(entry, this.#base.resourceInstance === undefined ? path : this.#context.base, type)
      return
    }
    const inner = new TlvCursor(this.#bytes, entry.from, entry.to)
    while (inner.next()) {
      if (inner.kind !== RESOURCE_INSTANCE) throw misplaced(inner, 'a multiple resource')
      this.#resourceInstance(inner, path, type)
    }
  }

  #bareResourceInstance(entry: TlvCursor): void {
    const { object, instance, resource } = this.#base
    if (resource === undefined) throw misplaced(entry, this.#context.base)
    this.#resourceInstance(entry, `/${object}/${instance}/${resource}`, this.#type(resource))
  }

  #resourceInstance(entry: TlvCursor, path: string, type: ResourceType): void {
    this.#mustBe(this.#base.resourceInstance, entry, 'resource instance')
    this.#value(entry, `${path}/${entry.id}`, type)
  }

  #value(entry: TlvCursor, path: string, type: ResourceType): void {
    if (this.samples.length === MAX_ENTRIES)
      throw malformed(`more than ${MAX_ENTRIES} values`, `byte ${entry.start}`)
    this.samples.push({ path, type, value: readTlvValue(type, this.#bytes, entry.from, entry.to) })
  }

  #type(resource: number): ResourceType {
    return knownType(this.#context, this.#base.object, resource) ?? 'opaque'
  }

  #mustBe(asked: number | undefined, entry: TlvCursor, level: string): void {
    if (asked === undefined || asked === entry.id) return
    throw malformed(`${level} ${entry.id} does not belong to ${this.#context.base}`, `byte ${entry.start}`)
  }
}

const KINDS = ['an object instance', 'a resource instance', 'a multiple resource', 'a resource']

function misplaced(entry: TlvCursor, where: string): CodedError {
  return malformed(`${KINDS[entry.kind]} cannot stand in ${where}`, `byte ${entry.start}`)
}

/** Samples of a TLV payload. TLV has no types: what the model does not know is opaque, its bytes unchanged. */
export function decodeTlv(payload: Uint8Array, context: DecodeContext): Sample[] {
  if (context.base === '/') throw malformed('TLV cannot hold several objects', 'byte 0')
  const decoder = new TlvDecoder(payload, context)
  decoder.run()
  return decoder.samples
}
