import type { Registration } from '../fact.ts'
import type { Sample } from '../value.ts'
import { OPAQUE, SENML_CBOR, SENML_JSON, TEXT, TLV } from './formats.ts'

/** Formats that hold any number of values, the most exact and compact first. */
const STRUCTURED: readonly number[] = [SENML_CBOR, TLV, SENML_JSON]

/** What a format needs to be known of the device to be chosen. */
export type FormatOffer = Pick<Registration, 'version' | 'contentFormats'>

function bareFormat(sample: Sample): number {
  return sample.type === 'opaque' ? OPAQUE : TEXT
}

/**
 * Content-Format of a write to `path` (path text).
 *
 * - A resource without instances exists in TLV alone.
 * - LwM2M 1.0 has no SenML: TLV, which each of its clients must know (1.0, 6.4.3); the bare value for a single
 *   resource, since it fits whatever width the device's integers and floats have.
 * - From 1.1 the root link's `ct` says what the device takes: the first of SenML CBOR, TLV and SenML JSON in it.
 * - Where it says nothing, or none of these: the bare value for a single resource, which every client seen takes;
 *   for all else SenML CBOR, or TLV on 1.0.
 */
export function chooseFormat(device: FormatOffer, path: string, samples: readonly Sample[]): number {
  const [sample] = samples
  if (sample === undefined) return TLV
  const isBare = samples.length === 1 && sample.path === path
  if (device.version === '1.0') return isBare ? bareFormat(sample) : TLV
  const offered = STRUCTURED.find((format) => device.contentFormats.includes(format))
  return offered ?? (isBare ? bareFormat(sample) : SENML_CBOR)
}
