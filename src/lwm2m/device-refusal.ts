import { codeText } from '../coap/code.ts'
import type { ReceivedResponse } from '../coap/handler.ts'
import { CodedError } from '../lib/errors.ts'
import { TEXT } from './format/formats.ts'

/** Characters of a diagnostic payload that are passed on. */
const MAX_DIAGNOSTIC = 256
/** Bytes that these have at most in UTF-8. */
const MAX_DIAGNOSTIC_BYTES = 4 * MAX_DIAGNOSTIC
/** What may not stand in a line of text, spaces included: controls, invisible marks, ends of lines. */
const UNCLEAN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu

/** The device answered with an error response; it is passed on unchanged, and what it says of it as the reason. */
export class DeviceRefusal extends CodedError {
  /** In the form 4.04. */
  readonly response: string

  constructor(response: Pick<ReceivedResponse, 'code' | 'contentFormat' | 'payload'>) {
    const code = codeText(response.code)
    const diagnostic = diagnosticOf(response)
    super('device_refused', `the device answered ${code}${diagnostic === '' ? '' : `: ${diagnostic}`}`)
    this.response = code
  }
}

/**
 * The diagnostic payload of an error response (RFC 7252, 5.5.2) as one clean line; empty where there is none, or no
 * text.
 */
function diagnosticOf({
  contentFormat = TEXT,
  payload,
}: Pick<ReceivedResponse, 'contentFormat' | 'payload'>): string {
  if (contentFormat !== TEXT || payload.length === 0) return ''
  try {
    const isCut = payload.length > MAX_DIAGNOSTIC_BYTES
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const text = decoder.decode(payload.subarray(0, MAX_DIAGNOSTIC_BYTES), { stream: isCut })
    const characters = [...text.replace(UNCLEAN, ' ').trim()]
    if (characters.length <= MAX_DIAGNOSTIC && !isCut) return characters.join('')
    return `${characters.slice(0, MAX_DIAGNOSTIC - 1).join('')}…`
  } catch {
    return ''
  }
}

/** CoAP code of the device's answer, where it gave one. */
export function codeOf(error: CodedError): string | undefined {
  return error instanceof DeviceRefusal ? error.response : undefined
}
