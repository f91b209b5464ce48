/** Brings an integer to its one form: number while it is safe, bigint beyond. */
export function exactInteger(value: bigint): number | bigint {
  const narrow = Number(value)
  return Number.isSafeInteger(narrow) ? narrow : value
}
