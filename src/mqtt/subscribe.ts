import type { ISubscriptionMap, MqttClient } from 'mqtt'
import type { Subscription } from './session-options.ts'

/** How a SUBSCRIBE ended. */
export interface SubscribeOutcome {
  /** The SUBACK is here; `refused` is what it does not grant. */
  acknowledged(refused: readonly Subscription[]): void
  failed(error: Error): void
}

/** Sends a SUBSCRIBE (MQTT 5, 3.8). */
export function subscribe(
  client: MqttClient,
  subscriptions: readonly Subscription[],
  outcome: SubscribeOutcome,
): void {
  client.subscribe(wanted(subscriptions), (error, _granted, packet) => {
    if (packet === undefined) {
      outcome.failed(error ?? new Error('SUBSCRIBE failed'))
      return
    }
    const codes = packet.granted as readonly number[]
    outcome.acknowledged(subscriptions.filter((_, index) => (codes[index] ?? 0x80) >= 0x80))
  })
}

/** Retain handling 2: what is retained is not wanted at all; retain as published: what is not is told apart. */
function wanted(subscriptions: readonly Subscription[]): ISubscriptionMap {
  return Object.fromEntries(
    subscriptions.map(({ filter, retained }) => [filter, { qos: 1, rap: true, rh: retained ? 0 : 2 }]),
  )
}
