/**
 * Puts what a getter made in the getter's place, for the rest of the event: expressions may ask for it with each element
 * of a list. A scope that is not asked has no field for it.
 * @returns what was made
 */
export function kept<T>(scope: object, name: string, made: T): T {
  Object.defineProperty(scope, name, { value: made, configurable: true })
  return made
}
