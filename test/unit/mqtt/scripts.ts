import { quiet, type ScriptedConnection } from '../../support/broker.ts'
import type { Harness } from './harness.ts'

/** What many tests begin with. */

/** `t0`, `t1` and so on. */
export const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

/** The broker lets the session in. */
export async function up(harness: Harness, properties?: object): Promise<ScriptedConnection> {
  const connection = await harness.broker.accept()
  await connection.welcome(properties)
  return connection
}

/** The same for a broker that speaks 3.1.1 only. */
export async function fallBack(harness: Harness): Promise<ScriptedConnection> {
  const first = await harness.broker.accept()
  await first.next('connect')
  first.sendRaw(0x20, 2, 0, 1)
  return up(harness)
}

/** The session comes back after its pause. */
export async function reconnect(harness: Harness, properties?: object): Promise<ScriptedConnection> {
  await quiet()
  harness.retry()
  return up(harness, properties)
}
