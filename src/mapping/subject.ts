import type { Sheet } from './sheet.ts'

/** What events are about that concern a device as a whole: their rules share what they keep in the state. */
export const DEVICE = 'device'

/** Keys of the state under which contexts are kept begin so. */
export const CONTEXT = 'context/'

/** Where the state keeps what a command asked to remember with an observation. */
export function contextKey({ id }: Sheet, path: string): string {
  return `${CONTEXT}${id}/${path}`
}
