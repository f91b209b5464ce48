import { CodedError } from '../lib/errors.ts'
import type { Codec } from '../lwm2m/format/codec.ts'
import { CBOR, OPAQUE, TEXT } from '../lwm2m/format/formats.ts'
import type { ResourceFacts } from '../lwm2m/model/model.ts'
import { isWithin, parsePath } from '../lwm2m/path.ts'
import type { Sample } from '../lwm2m/value.ts'
import { Refusal, type Request, type Response } from './message.ts'
import type { Store } from './store.ts'

/** These hold one value and no path. */
const SINGLE_VALUED: ReadonlySet<number> = new Set([TEXT, OPAQUE, CBOR])

/** What a read found: its values, and the resource where it is one value of one. */
export interface Found {
  readonly samples: readonly Sample[]
  readonly single: ResourceFacts | undefined
}

export interface PayloadOptions {
  readonly store: Store
  /** Content-Formats that the device speaks; the first that holds paths is what it answers in unasked. */
  readonly formats: readonly number[]
  readonly codecFor: (contentFormat: number) => Codec | undefined
  /** Milliseconds since the epoch. */
  readonly wall: () => number
}

/** Payloads of a device: which format is used, and the values in it. */
export class Payloads {
  readonly #options: PayloadOptions

  constructor(options: PayloadOptions) {
    this.#options = options
  }

  /** @throws Refusal 4.06 for a format that the device does not speak, or that cannot hold what was found */
  encode(found: Found, base: string, accept: number | undefined): Response {
    const contentFormat = accept ?? this.#unasked(found)
    const codec = this.#speaks(contentFormat) ? this.#options.codecFor(contentFormat) : undefined
    if (codec === undefined || !canHold(contentFormat, found)) {
      throw new Refusal('4.06', `Content-Format ${contentFormat} for ${base}`)
    }
    return { code: '2.05', contentFormat, payload: refusing('4.06', () => codec.encode(found.samples, base)) }
  }

  /**
   * The values that a write carries, each within `base`.
   * @throws Refusal 4.15 for a format that the device does not speak; 4.00 for a payload that does not fit
   */
  decode(request: Request, base: string): Sample[] {
    const { contentFormat, payload } = request
    const known = contentFormat !== undefined && this.#speaks(contentFormat)
    const codec = known ? this.#options.codecFor(contentFormat) : undefined
    if (codec === undefined) throw new Refusal('4.15', `Content-Format ${contentFormat ?? 'absent'}`)
    const samples = refusing('4.00', () => codec.decode(payload, this.#context(base)))
    for (const sample of samples) {
      if (!isWithin(sample.path, base)) throw new Refusal('4.00', `${sample.path} in a write to ${base}`)
    }
    return samples
  }

  #speaks(contentFormat: number): boolean {
    return this.#options.formats.includes(contentFormat)
  }

  #unasked(found: Found): number {
    const { formats } = this.#options
    if (found.single !== undefined && formats.includes(TEXT)) {
      return found.single.type === 'opaque' ? OPAQUE : TEXT
    }
    return formats.find((format) => !SINGLE_VALUED.has(format)) ?? TEXT
  }

  #context(base: string) {
    const { store, wall } = this.#options
    return {
      base,
      alternatePath: '/',
      now: wall(),
      resource: (object: number, resource: number) =>
        store.objects.get(object)?.facts.resources.get(resource),
    }
  }
}

/** A write's samples by path, and what they hold. */
export function pathsOf(samples: readonly Sample[]) {
  return samples.map((sample) => ({ path: parsePath(sample.path), value: sample.value }))
}

function canHold(contentFormat: number, found: Found): boolean {
  if (!SINGLE_VALUED.has(contentFormat)) return true
  if (found.single === undefined) return false
  return contentFormat !== OPAQUE || found.single.type === 'opaque'
}

function refusing<T>(code: string, action: () => T): T {
  try {
    return action()
  } catch (thrown) {
    if (thrown instanceof CodedError) throw new Refusal(code, thrown.message)
    throw thrown
  }
}
