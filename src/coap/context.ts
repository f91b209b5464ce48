import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Random } from '../lib/random.ts'
import type { Throttle } from '../lib/throttle.ts'
import type { BlockTransfers } from './block-transfers.ts'
import type { BodyPool } from './body-pool.ts'
import type { Counters } from './counters.ts'
import type { CoapParameters } from './parameters.ts'
import type { Rates } from './rates.ts'
import type { Receptions } from './receptions.ts'
import type { Remotes } from './remotes.ts'

/** What the parts of one endpoint share. */
export interface Context {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly parameters: CoapParameters
  readonly counters: Counters
  readonly receptions: Receptions
  readonly remotes: Remotes
  readonly bodies: BodyPool
  readonly transfers: BlockTransfers
  readonly rates: Rates
  /** Bounds what peers can make us write to the log. */
  readonly complaints: Throttle
}
