import { CodedError } from '../../lib/errors.ts'
import type { Operation } from '../command.ts'
import { formatPath, idsOf, type Path } from '../path.ts'

interface Depths {
  /** How many ids a path may have. */
  readonly allowed: readonly number[]
  readonly what: string
}

const ANY: Depths = {
  allowed: [1, 2, 3, 4],
  what: 'an object, an instance, a resource or a resource instance',
}

/** How deep a path each operation takes (LwM2M Core, 6.3). */
const DEPTHS: Readonly<Record<Operation, Depths>> = {
  read: ANY,
  write: { allowed: [2, 3, 4], what: 'an instance, a resource or a resource instance' },
  execute: { allowed: [3], what: 'a resource' },
  observe: ANY,
  cancel: ANY,
  create: { allowed: [1, 2], what: 'an object or an instance' },
  delete: { allowed: [2, 4], what: 'an instance or a resource instance' },
  discover: { allowed: [1, 2, 3], what: 'an object, an instance or a resource' },
  'write-attributes': ANY,
}

/** @throws CodedError `path_depth` */
export function requireDepth(operation: Operation, target: Path): void {
  const { allowed, what } = DEPTHS[operation]
  if (allowed.includes(idsOf(target).length)) return
  const path = formatPath(target)
  throw new CodedError('path_depth', `${operation} takes ${what}, ${path} is none`, { place: path })
}
