import type { RegisteredObject, Registration } from './fact.ts'

/** What a registration costs besides its texts and lists: its entries in all maps, its queue, its timer. */
const REGISTRATION_BYTES = 1_024
const OBJECT_BYTES = 80
const LIST_BYTES = 48
const ENTRY_BYTES = 8
/** Of an attribute, besides its texts. */
const ATTRIBUTE_BYTES = 64

/** Bytes that a registration takes in memory, roughly: what a device has decided the length of counts in full. */
export function registrationBytes(registration: Registration): number {
  const { endpoint, alternatePath, binding, sms = '', attributes, contentFormats, objects } = registration
  let bytes = REGISTRATION_BYTES + 2 * (endpoint.length + alternatePath.length + binding.length + sms.length)
  bytes += ENTRY_BYTES * contentFormats.length
  for (const [name, value] of Object.entries(attributes)) {
    bytes += ATTRIBUTE_BYTES + 2 * (name.length + value.length)
  }
  for (const object of objects) bytes += objectBytes(object)
  return bytes
}

/** Lists of no instance, and of instance 0 alone, are shared (`object-list.ts`). */
function objectBytes({ instances }: RegisteredObject): number {
  const isShared = instances.length === 0 || (instances.length === 1 && instances[0] === 0)
  return OBJECT_BYTES + (isShared ? 0 : LIST_BYTES + ENTRY_BYTES * instances.length)
}
