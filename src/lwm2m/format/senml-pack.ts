import type { Sample } from '../value.ts'
import { booleanOf, bytesOf, floatOf, integerOf, linkOf, textOf } from './checked.ts'
import { unsupported } from './failures.ts'
import { formatObjectLink } from './scalar.ts'
import type { ValueLabel } from './senml-value.ts'
import { pathWithin } from './single.ts'

/** A record to be written. Opaque values are still bytes, for the encoder to write as its format has them. */
export interface OutgoingRecord {
  readonly bn?: string
  readonly n?: string
  readonly t?: number
  readonly label: ValueLabel
  readonly value: string | number | bigint | boolean | Uint8Array
  /** The value is of type float, also where it is whole. */
  readonly isFloat?: boolean
}

/** Times below 2^28 s would be read as relative to now (RFC 8428, 4.5.3). */
const EARLIEST_TIME = 2 ** 28 * 1000

function labelled(sample: Sample): Pick<OutgoingRecord, 'label' | 'value' | 'isFloat'> {
  switch (sample.type) {
    case 'integer':
    case 'time':
    case 'unsigned':
      return { label: 'v', value: integerOf(sample) }
    case 'float':
      return { label: 'v', value: floatOf(sample), isFloat: true }
    case 'boolean':
      return { label: 'vb', value: booleanOf(sample) }
    case 'opaque':
      return { label: 'vd', value: bytesOf(sample) }
    case 'objlnk':
      return { label: 'vlo', value: formatObjectLink(linkOf(sample)) }
    case 'none':
      throw unsupported('a resource that is only executed has no value', sample.path)
    default:
      return { label: 'vs', value: textOf(sample) }
  }
}

function timeOf(sample: Sample): { t: number } | undefined {
  if (sample.time === undefined) return undefined
  if (sample.time < EARLIEST_TIME)
    throw unsupported('SenML has no absolute times before 1978-07-04', sample.path)
  return { t: sample.time / 1000 }
}

/** Name of a record: one value carries its whole path, several share the base as base name. */
function nameOf(sample: Sample, base: string, position: number, count: number): { bn?: string; n?: string } {
  if (count === 1 || base === '/' || sample.path === base) return { n: sample.path }
  const n = sample.path.slice(base.length + 1)
  return position === 0 ? { bn: `${base}/`, n } : { n }
}

/** The records of one pack. A sample of the base itself cannot stand beside samples below it. */
export function packOf(samples: readonly Sample[], base: string): OutgoingRecord[] {
  if (samples.length === 0) throw unsupported('SenML cannot say that a resource has no instances', base)
  const whole = samples.length > 1 && samples.every((sample) => sample.path === base)
  return samples.map((sample, position) => {
    pathWithin(sample, base)
    const isBase = sample.path === base
    if (isBase && samples.length > 1 && !whole)
      throw unsupported('a value cannot stand beside values below it', base)
    return { ...nameOf(sample, base, position, samples.length), ...timeOf(sample), ...labelled(sample) }
  })
}
