import { Code } from '../../coap/code.ts'
import type { ReceivedResponse, Request } from '../../coap/handler.ts'
import { CodedError } from '../../lib/errors.ts'
import type { DiscoveredLink } from '../command.ts'
import { LINK_FORMAT } from '../format/formats.ts'
import { type Link, parseLinks } from '../format/link-format.ts'
import { parseDecimal } from '../format/scalar.ts'
import { uriPath, withoutPrefix } from '../path.ts'
import { isNotificationAttribute } from './attributes.ts'
import { codeOf, type Ending, type Task } from './task.ts'

/** Discover (LwM2M Core, 6.3.2): a GET that asks for link format. */
export function discoverRequest({ device, path }: Task): Request {
  return { code: Code.get, path: uriPath(device.registration, path), accept: LINK_FORMAT }
}

/** @throws CodedError `format_unsupported`, `payload_malformed` */
export function discoveredEnding(response: ReceivedResponse, { device }: Task): Ending {
  const { contentFormat = LINK_FORMAT, payload } = response
  if (contentFormat !== LINK_FORMAT) {
    const reason = `a Discover is answered in link format (40), not in Content-Format ${contentFormat}`
    throw new CodedError('format_unsupported', reason)
  }
  const { alternatePath } = device.registration
  const links = parseLinks(payload).map((link) => discovered(link, alternatePath))
  return { ...codeOf(response), links }
}

function discovered({ target, attributes }: Link, alternatePath: string): DiscoveredLink {
  const path = withoutPrefix(target, alternatePath)
  return { path, attributes: Object.fromEntries(Array.from(attributes, attributeOf)) }
}

/** Numbers are those that the specification has as numbers; of all others the text says more (`ver=1.10`). */
function attributeOf([name, text]: readonly [string, string]): [string, string | number | true] {
  if (text === '') return [name, true]
  const value = isNumeric(name) ? parseDecimal(text) : undefined
  return [name, value !== undefined && Number.isFinite(value) ? value : text]
}

/** Also the number of resource instances, and the id of the server that the attributes are of. */
function isNumeric(name: string): boolean {
  return name === 'dim' || name === 'ssid' || isNotificationAttribute(name)
}
