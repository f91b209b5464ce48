/** The items in ascending order, equal ones as they were: the list itself where it is in order already. */
export function ascending<T>(items: readonly T[], keyOf: (item: T) => number): readonly T[] {
  let last = Number.NEGATIVE_INFINITY
  for (const item of items) {
    const key = keyOf(item)
    if (key < last) return items.toSorted((one, other) => keyOf(one) - keyOf(other))
    last = key
  }
  return items
}

/** The item with a key, in a list that ascends by it; undefined where there is none. */
export function findAscending<T>(
  items: readonly T[],
  key: number,
  keyOf: (item: T) => number,
): T | undefined {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keyOf(items[middle] as T) < key) low = middle + 1
    else high = middle
  }
  const found = items[low]
  return found !== undefined && keyOf(found) === key ? found : undefined
}
