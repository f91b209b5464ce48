/**
 * A Map that often holds one entry alone, many times over: that one takes no table, which would be several times as
 * large as all the rest. Keys stand in the order in which they were set; one that is set again keeps its place.
 */
export class SmallMap<K extends string | number, V> {
  #key: K | undefined
  #value: V | undefined
  /** Of more than one entry, since there was more than one for the first time. */
  #table: Map<K, V> | undefined

  get size(): number {
    return this.#table?.size ?? (this.#key === undefined ? 0 : 1)
  }

  get(key: K): V | undefined {
    if (this.#table !== undefined) return this.#table.get(key)
    return key === this.#key ? this.#value : undefined
  }

  has(key: K): boolean {
    return this.#table?.has(key) ?? key === this.#key
  }

  set(key: K, value: V): void {
    if (this.#table === undefined && (this.#key === undefined || this.#key === key)) {
      this.#key = key
      this.#value = value
      return
    }
    this.#table ??= new Map(this)
    this.#key = undefined
    this.#value = undefined
    this.#table.set(key, value)
  }

  delete(key: K): void {
    if (this.#table !== undefined) {
      this.#table.delete(key)
    } else if (key === this.#key) {
      this.#key = undefined
      this.#value = undefined
    }
  }

  *[Symbol.iterator](): Generator<readonly [key: K, value: V]> {
    if (this.#table !== undefined) yield* this.#table
    else if (this.#key !== undefined) yield [this.#key, this.#value as V]
  }

  *keys(): Generator<K> {
    for (const [key] of this) yield key
  }

  *values(): Generator<V> {
    for (const [, value] of this) yield value
  }
}
