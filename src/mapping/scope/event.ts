import type { JsonObject } from '../../lib/json.ts'
import type { EventName } from '../events.ts'

/** What expressions know of the gateway. */
export interface GatewayFacts {
  readonly id: string
  /** The id as a level of a topic. */
  readonly topic: string
  readonly version: string
  /** Where people read about it. */
  readonly url: string
}

/** What holds for every event of one mapping file. */
export interface Surroundings {
  readonly gateway: GatewayFacts
  /** Base topic, without a slash at the end. */
  readonly base: string
  readonly tables: JsonObject
  /** Renamed and scaled units, by SenML unit. */
  readonly units: ReadonlyMap<string, UnitChange>
  readonly integers: 'number' | 'string'
}

export interface UnitChange {
  readonly unit: string
  readonly factor: number
  readonly offset: number
}

/** What happened, and when. */
export interface Occasion {
  readonly event: EventName
  /** Stands for what happened; the same in a repetition. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** The variables that every event has. All scopes work out what costs anything when they are asked. */
export class EventScope {
  readonly event: string
  readonly id: string
  readonly at: number
  protected readonly surroundings: Surroundings

  constructor(surroundings: Surroundings, { event, id, at }: Occasion) {
    this.surroundings = surroundings
    this.event = event
    this.id = id
    this.at = at
  }

  get gateway(): GatewayFacts {
    return this.surroundings.gateway
  }

  get base(): string {
    return this.surroundings.base
  }

  get tables(): JsonObject {
    return this.surroundings.tables
  }
}
