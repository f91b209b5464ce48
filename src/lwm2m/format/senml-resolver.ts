import { type Path, parsePath } from '../path.ts'
import type { ResourceType, Sample } from '../value.ts'
import type { DecodeContext } from './codec.ts'
import { malformed } from './failures.ts'
import { MAX_ENTRIES } from './limits.ts'
import { isNumeric, type SenmlRecord, sumOf, typeByLabel, typedValue, valueLabel } from './senml-value.ts'
import { knownType } from './single.ts'

/** The version of SenML that RFC 8428 is; a higher one may mean anything. */
const VERSION = 10

/** Resolved times below this are relative to now (RFC 8428, 4.5.3). */
const RELATIVE_BELOW = 2 ** 28

/** A path is 24 characters at most; the rest is for the alternate path. */
const MAX_NAME = 255

/** What a JavaScript Date can be. */
const MAX_TIME = 8.64e15

function text(raw: unknown, label: string, place: string): string {
  if (typeof raw !== 'string') throw malformed(`${label} is no text`, place)
  return raw
}

function number(raw: unknown, label: string, place: string): number | bigint {
  if (!isNumeric(raw)) throw malformed(`${label} is no number`, place)
  return raw
}

/** A record that only sets base fields for those that follow. */
function isBaseAlone({ bver, bn, bt, bu, bv, n, t }: SenmlRecord): boolean {
  const hasBase = [bver, bn, bt, bu, bv].some((base) => base !== undefined)
  return hasBase && n === undefined && t === undefined
}

/**
 * Resolves the records of one pack, in order, into samples (RFC 8428, 4.6): base fields hold for the record and all
 * that follow it, a name is the plain concatenation of base name and name. Sums and update times say nothing in
 * LwM2M and are passed over.
 */
export class SenmlResolver {
  readonly samples: Sample[] = []
  readonly #context: DecodeContext
  readonly #isOpaqueText: boolean
  #baseName = ''
  #baseTime: number | undefined
  #baseUnit: string | undefined
  #baseValue: number | bigint | undefined
  // The records of a series share a name: it is resolved once.
  #name: string | undefined
  #path = ''
  #type: ResourceType | undefined

  /** @param opaque whether opaque values have a label of their own, or are base64 among the texts */
  constructor(context: DecodeContext, opaque: 'labelled' | 'text' = 'labelled') {
    this.#context = context
    this.#isOpaqueText = opaque === 'text'
  }

  add(record: SenmlRecord, index: number): void {
    const place = `record ${index}`
    if (index >= MAX_ENTRIES) throw malformed(`more than ${MAX_ENTRIES} records`, place)
    this.#applyBase(record, place)
    const own = valueLabel(record, place)
    if (own === undefined && isBaseAlone(record)) return
    const label = own ?? (this.#baseValue === undefined ? undefined : 'v')
    if (label === undefined) throw malformed('the record has no value', place)
    this.#resolveName(record.n, place)
    // Of base value and value, what is missing is 0 (RFC 8428, 4.5.4).
    const raw =
      label === 'v'
        ? this.#withBaseValue(number(own === undefined ? 0 : record.v, 'v', place))
        : record[label]
    const type = this.#type ?? typeByLabel(label, raw)
    const isOpaque = this.#isOpaqueText && type === 'opaque' && label === 'vs'
    const value = typedValue(type, isOpaque ? 'vd' : label, raw, place)
    const sample = { path: this.#path, type, value }
    const time = this.#time(record.t, place)
    const unit = record.u === undefined ? this.#baseUnit : text(record.u, 'u', place)
    this.samples.push({
      ...sample,
      ...(time === undefined ? undefined : { time }),
      ...(unit === undefined ? undefined : { unit }),
    })
  }

  #applyBase(record: SenmlRecord, place: string): void {
    const { bver, bn, bt, bu, bv } = record
    if (bver !== undefined && number(bver, 'bver', place) > VERSION) {
      throw malformed(`SenML version ${bver} is not known`, place)
    }
    if (bn !== undefined) this.#baseName = text(bn, 'bn', place)
    if (bt !== undefined) this.#baseTime = Number(number(bt, 'bt', place))
    if (bu !== undefined) this.#baseUnit = text(bu, 'bu', place)
    if (bv !== undefined) this.#baseValue = number(bv, 'bv', place)
  }

  #withBaseValue(value: number | bigint): number | bigint {
    return this.#baseValue === undefined ? value : sumOf(this.#baseValue, value)
  }

  #resolveName(raw: unknown, place: string): void {
    const own = raw === undefined ? '' : text(raw, 'n', place)
    if (this.#baseName.length + own.length > MAX_NAME)
      throw malformed(`a name above ${MAX_NAME} characters`, place)
    const name = this.#baseName + own
    if (name === this.#name) return
    const path = this.#pathOf(name, own, place)
    this.#path = path.text
    this.#type = knownType(this.#context, path.object, path.resource)
    this.#name = name
  }

  #pathOf(name: string, own: string, place: string): { text: string; object: number; resource: number } {
    const { alternatePath } = this.#context
    const below = alternatePath !== '/' && name.startsWith(`${alternatePath}/`)
    let path = below ? name.slice(alternatePath.length) : name
    if (own === '' && path.endsWith('/')) path = path.slice(0, -1) // a base name made for longer names
    const { object, resource } = parseName(path, place)
    if (resource === undefined) throw malformed(`'${path}' is the name of no resource`, place)
    return { text: path, object, resource }
  }

  #time(raw: unknown, place: string): number | undefined {
    if (raw === undefined && this.#baseTime === undefined) return undefined
    const own = raw === undefined ? 0 : Number(number(raw, 't', place))
    const seconds = (this.#baseTime ?? 0) + own
    const since = Math.round(seconds * 1e6) / 1e3 // to the microsecond, which is what a double of seconds holds
    const time = seconds < RELATIVE_BELOW ? this.#context.now + since : since
    if (!(Math.abs(time) <= MAX_TIME)) throw malformed(`the time ${seconds} s is out of range`, place)
    return time
  }
}

function parseName(path: string, place: string): Path {
  try {
    return parsePath(path)
  } catch (cause) {
    throw malformed(`'${path}' is no path`, place, cause)
  }
}
