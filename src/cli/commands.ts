import { check } from './check.ts'
import type { Command } from './command.ts'
import { demo } from './demo.ts'
import { mapCheck } from './map-check.ts'
import { mapScaffold } from './map-scaffold.ts'
import { mapSchema } from './map-schema.ts'
import { mapTest } from './map-test.ts'
import { mapTry } from './map-try.ts'
import { pub } from './pub.ts'
import { run } from './run.ts'
import { simulate } from './simulate.ts'
import { sub } from './sub.ts'

/** Every subcommand, in the order of the help. */
export const commands: readonly Command[] = [
  run,
  check,
  demo,
  simulate,
  sub,
  pub,
  mapCheck,
  mapTest,
  mapTry,
  mapScaffold,
  mapSchema,
]
