/** node-coap names Content-Formats by media type; LwM2M and our codecs by number (LwM2M Core, 7.4). */
const NUMBERS: Readonly<Record<string, number>> = {
  'text/plain': 0,
  'application/link-format': 40,
  'application/octet-stream': 42,
  'application/cbor': 60,
  'application/senml+json': 110,
  'application/senml+cbor': 112,
  'application/senml-etch+json': 320,
  'application/senml-etch+cbor': 322,
  'application/vnd.oma.lwm2m+tlv': 11542,
  'application/vnd.oma.lwm2m+json': 11543,
  'application/vnd.oma.lwm2m+cbor': 11544,
}

/** No Content-Format has this number: what node-coap names and LwM2M does not use. */
const FOREIGN = 65535

/** The number of what node-coap made of an Accept or Content-Format option; undefined where there was none. */
export function formatNumber(header: unknown): number | undefined {
  if (typeof header === 'number') return header
  if (typeof header !== 'string') return undefined
  return NUMBERS[header] ?? FOREIGN
}

/** The shortest form of a Content-Format's number, as RFC 7252 section 3.2 asks: zero is no byte at all. */
export function formatBytes(contentFormat: number): Buffer {
  if (contentFormat === 0) return Buffer.alloc(0)
  return contentFormat < 0x100
    ? Buffer.from([contentFormat])
    : Buffer.from([contentFormat >> 8, contentFormat & 0xff])
}
