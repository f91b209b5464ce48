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
