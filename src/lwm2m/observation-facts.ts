import { Code, codeClass, codeText } from '../coap/code.ts'
import type { Notification } from '../coap/handler.ts'
import { CodedError } from '../lib/errors.ts'
import type { DeviceFact, ObservationFact, UndecodableFact, ValuesFact } from './fact.ts'
import type { FactStamper } from './fact-stamper.ts'
import { decodePayload } from './format/formats.ts'
import type { ActiveObservation } from './observation.ts'

/** What a device says of a path: a notification, or an answer. */
type Content = Notification<ActiveObservation>['response']

const BODY_LOST = {
  lost: 'a long notification did not come whole, or could not be passed on: the path is read instead',
  overtaken: 'a newer notification came before a long one was passed on',
}

/** What a device says something of: an observation, or what was read. */
type Reported = Pick<ActiveObservation, 'device' | 'path'> & Partial<Pick<ActiveObservation, 'terms'>>

type Draft = { -readonly [Key in keyof ValuesFact]: ValuesFact[Key] }

/** Makes facts of what observations bring, and of what becomes of them. */
export class ObservationFacts {
  readonly #stamper: FactStamper

  constructor(stamper: FactStamper) {
    this.#stamper = stamper
  }

  /** None for a notification that says nothing new. */
  ofNotification(notification: Notification<ActiveObservation>): DeviceFact[] {
    const { observation, response, fresh, final, body } = notification
    const facts: DeviceFact[] = []
    if (body !== 'complete') facts.push(this.#bodyLost(observation, BODY_LOST[body]))
    // 2.03 confirms what is known already (RFC 7641, 4.3.1); errors carry no values.
    else if (codeClass(response.code) === 2 && response.code !== Code.valid) {
      facts.push(this.values(observation, response, 'notify', !fresh))
    }
    if (final) facts.push(this.ended(observation, response.code))
    return facts
  }

  /** @param code CoAP's */
  observed({ device, path }: ActiveObservation, code: number): ObservationFact {
    const { endpoint } = device.registration
    const reason = 'the device observes it'
    return { ...this.#stamper.stamp(), endpoint, type: 'observed', path, code: codeText(code), reason }
  }

  /** `undecodable` where the values cannot be read. */
  values(
    { device, path, terms }: Reported,
    response: Content,
    source: ValuesFact['source'],
    late: boolean,
  ): ValuesFact | UndecodableFact {
    const { id, at } = this.#stamper.stamp()
    const { endpoint } = device.registration
    try {
      const context = device.decodeContext(path, at)
      const samples = decodePayload(response.contentFormat, response.payload, context)
      // Written out: by far the most frequent fact, and a spread costs more than the rest of it.
      const fact: Draft = { id, at, endpoint, type: 'values', source, path, samples, late }
      if (response.observe !== undefined) fact.sequence = response.observe
      if (terms !== undefined && terms.isOfPolicy !== true) fact.asked = true
      return fact
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const { contentFormat } = response
      const payload = Uint8Array.from(response.payload) // a copy: a view would keep the whole datagram
      const { code, message: reason } = error
      return { id, at, endpoint, type: 'undecodable', path, contentFormat, payload, code, reason }
    }
  }

  /** @param code CoAP's, which ended it */
  ended(observation: ActiveObservation, code: number): DeviceFact {
    const reason = codeClass(code) === 2 ? 'the device sent a last value' : 'the device ended the observation'
    return { ...this.endedBy(observation, reason), code: codeText(code) }
  }

  endedBy({ device, path }: ActiveObservation, reason: string): ObservationFact {
    const { endpoint } = device.registration
    return { ...this.#stamper.stamp(), endpoint, type: 'observation-ended', path, reason }
  }

  /** A long notification whose observation has ended, or is renewed, before it was passed on. */
  bodyOfEnded({ observation }: Notification<ActiveObservation>): ObservationFact {
    return this.#bodyLost(observation, 'its observation ended before a long notification was passed on')
  }

  #bodyLost({ device, path }: ActiveObservation, reason: string): ObservationFact {
    const { endpoint } = device.registration
    return { ...this.#stamper.stamp(), endpoint, type: 'body-lost', path, reason }
  }
}
