import type { JsonValue } from '../lib/json.ts'

/** Plain data that the gateway keeps for a mapping, device by device. It is replaced, never changed in place. */
export type MappingState = Readonly<Record<string, JsonValue>>
