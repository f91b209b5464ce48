import { Code } from '../../coap/code.ts'
import type { Request } from '../../coap/handler.ts'
import { TEXT } from '../format/formats.ts'
import { uriPath } from '../path.ts'
import type { CommandOf, Task } from './task.ts'

/** Execute (LwM2M Core, 6.3.5): a POST on a resource, with the arguments as text. */
export function executeRequest(command: CommandOf<'execute'>, { device, path }: Task): Request {
  const request = { code: Code.post, path: uriPath(device.registration, path) }
  const { arguments: text } = command
  return text === undefined || text === ''
    ? request
    : { ...request, contentFormat: TEXT, payload: Buffer.from(text) }
}
