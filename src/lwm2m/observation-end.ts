import type { ReceivedResponse } from '../coap/handler.ts'
import { CodedError } from '../lib/errors.ts'
import type { PendingRequest, Question, RegisteredDevice } from './device.ts'
import type { ActiveObservation } from './observation.ts'
import type { AskOptions, Observations } from './observations.ts'

/** Value of the Observe option in a request (RFC 7641, 2). */
const DEREGISTER = 1

const NOTHING_PENDING: PendingRequest = { cancel() {} }

/**
 * Ends what is observed at a path by asking the device: GET with Observe 1 and the same token (RFC 7641, 3.6). It waits
 * for all that the device is to be asked before, so that it also ends what is still to begin. Whatever the answer is,
 * the observation is forgotten: a notification that still comes is answered with RST.
 * @param done called exactly once; with `observation_unknown`, unasked, where nothing stands by then
 */
export function cancelObservation(
  observations: Observations,
  device: RegisteredDevice,
  path: string,
  done: (outcome: ReceivedResponse | CodedError) => void,
  { request: options, sent, refuse }: AskOptions = {},
): PendingRequest {
  let observation: ActiveObservation | undefined
  const decide = (): Question | CodedError => {
    const refusal = refuse?.()
    if (refusal !== undefined) return refusal
    observation = observations.of(device).get(path)
    if (observation === undefined) return unknownObservation(device, path)
    const request = { ...observations.request(observation), observe: DEREGISTER }
    return { request, options: { ...options, token: observation.token } }
  }
  const answered = (outcome: ReceivedResponse | CodedError): void => {
    if (observation !== undefined) observations.forget(observation)
    done(outcome)
  }
  return device.sendInTurn(decide, answered, sent)
}

/**
 * Forgets what is observed at a path, unasked: the next notification is answered with RST. That is done at once, unless
 * an Observe of the path is still to be answered.
 * @param done called exactly once; with `observation_unknown` where nothing stands
 */
export function forgetObservation(
  observations: Observations,
  device: RegisteredDevice,
  path: string,
  done: (error: CodedError | undefined) => void,
): PendingRequest {
  let observation: ActiveObservation | undefined
  const decide = (): CodedError => {
    observation = observations.of(device).get(path)
    if (observation !== undefined) observations.forget(observation)
    return unknownObservation(device, path) // nothing is asked in either case
  }
  const ended = (outcome: ReceivedResponse | CodedError): void =>
    done(observation === undefined && outcome instanceof CodedError ? outcome : undefined)
  if (observations.isStarting(device, path)) return device.sendInTurn(decide, ended)
  ended(decide())
  return NOTHING_PENDING
}

function unknownObservation({ registration }: RegisteredDevice, path: string): CodedError {
  return new CodedError('observation_unknown', `${path} of '${registration.endpoint}' is not observed`)
}
