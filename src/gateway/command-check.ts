import type { Operation } from '../lwm2m/command.ts'
import { requireDepth } from '../lwm2m/operation/depth.ts'
import { parseVersionedPath } from '../lwm2m/path.ts'

/**
 * Looks at the path of a command as the LwM2M server does before it sends it.
 * @param operation undefined where it is not known beforehand
 * @throws CodedError `path_invalid`, `path_depth`
 */
export function checkCommandPath(path: string, operation: Operation | undefined): void {
  const target = parseVersionedPath(path)
  if (operation !== undefined) requireDepth(operation, target)
}
