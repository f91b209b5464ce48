/**
 * Which files are for a device, and how each calls it in topics: plain data, by the ids of the files. Undefined where
 * all files are for all devices and call them by their endpoint names.
 */
export type Placement = Readonly<Record<string, string>> | undefined

/**
 * Files that are for a device now and were not before, or call it otherwise. Undefined for all of them: where a file is
 * not for it any more, rules of others hold again that it had put its own in the place of.
 */
export function changedFiles(before: Placement, after: Placement): ReadonlySet<string> | undefined {
  const isLeft = Object.keys(before ?? {}).some((file) => after?.[file] === undefined)
  return isLeft ? undefined : filesOtherwise(before, after)
}

function filesOtherwise(before: Placement, after: Placement): ReadonlySet<string> {
  const files = Object.entries(after ?? {}).filter(([file, name]) => before?.[file] !== name)
  return new Set(files.map(([file]) => file))
}

/** Whether nothing has changed. */
export function isSamePlacement(before: Placement, after: Placement): boolean {
  if (before === after) return true
  if (before === undefined || after === undefined) return false
  return Object.keys(before).length === Object.keys(after).length && filesOtherwise(before, after).size === 0
}
