/** Codes as the byte on the wire: three bits of class, five of detail (RFC 7252, 3). 2.05 is 69. */
export const Code = {
  empty: 0x00,
  get: 0x01,
  post: 0x02,
  put: 0x03,
  delete: 0x04,
  fetch: 0x05,
  patch: 0x06,
  ipatch: 0x07,
  created: 0x41,
  deleted: 0x42,
  valid: 0x43,
  changed: 0x44,
  content: 0x45,
  continue: 0x5f,
  badRequest: 0x80,
  unauthorized: 0x81,
  badOption: 0x82,
  forbidden: 0x83,
  notFound: 0x84,
  methodNotAllowed: 0x85,
  notAcceptable: 0x86,
  requestEntityIncomplete: 0x88,
  conflict: 0x89,
  preconditionFailed: 0x8c,
  requestEntityTooLarge: 0x8d,
  unsupportedContentFormat: 0x8f,
  tooManyRequests: 0x9d,
  internalServerError: 0xa0,
  notImplemented: 0xa1,
  badGateway: 0xa2,
  serviceUnavailable: 0xa3,
  gatewayTimeout: 0xa4,
  proxyingNotSupported: 0xa5,
} as const

/** The class of a code: 0 request, 2 success, 4 client error, 5 server error. */
export function codeClass(code: number): number {
  return code >> 5
}

/** Whether a code is a method: 0.01 to 0.31. */
export function isRequestCode(code: number): boolean {
  return code !== Code.empty && codeClass(code) === 0
}

/** Whether a code is a response of a class that RFC 7252 defines. */
export function isResponseCode(code: number): boolean {
  const group = codeClass(code)
  return group === 2 || group === 4 || group === 5
}

/** Whether a response code tells of success: 2.xx. */
export function isSuccessCode(code: number): boolean {
  return codeClass(code) === 2
}

const texts: readonly string[] = Array.from(
  { length: 256 },
  (_, code) => `${code >> 5}.${String(code & 0x1f).padStart(2, '0')}`,
)

/** A code as people write it: 69 is `2.05`. */
export function codeText(code: number): string {
  return texts[code & 0xff] as string
}
