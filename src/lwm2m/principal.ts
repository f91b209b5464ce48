import { Code } from '../coap/code.ts'
import { type Subject, sameSubject } from '../coap/peer.ts'
import type { Registration } from './fact.ts'
import { Refusal } from './refusal.ts'
import { checkEndpoint } from './register-parameters.ts'

/** Endpoint names that a credential stands for; undefined where the transport proved nothing. */
function namesOf(subject: Subject): readonly string[] | undefined {
  switch (subject.kind) {
    case 'none':
      return undefined
    case 'psk':
      return [subject.identity]
    case 'rpk':
      return [subject.spki]
    case 'x509':
      return subject.names
  }
}

/**
 * The endpoint that this subject registers as (LwM2M Transport, 5.2.9 ff.): the credential's name is the default,
 * and another name than the credential's is refused.
 * @throws Refusal 4.00 where no name is given on NoSec, one that the credential does not stand for, or one that is
 *   empty or above 255 bytes
 */
export function endpointFor(subject: Subject, given: string | undefined): string {
  const names = namesOf(subject)
  const endpoint = given ?? names?.[0]
  if (endpoint === undefined) {
    throw new Refusal(
      Code.badRequest,
      'register_endpoint',
      'the query has no ep, and no credential names the endpoint',
    )
  }
  if (names !== undefined && !names.includes(endpoint)) {
    throw new Refusal(
      Code.badRequest,
      'register_identity',
      `endpoint '${endpoint.slice(0, 80)}' is not what the credential stands for`,
    )
  }
  return checkEndpoint(endpoint)
}

/**
 * Whether `subject` may change what `owner` registered. On NoSec the location is all that there is to know: the
 * address may change with every packet behind a NAT.
 */
export function mayAct(owner: Subject, subject: Subject): boolean {
  return owner.kind === 'none' ? subject.kind === 'none' : sameSubject(owner, subject)
}

/**
 * Whether `subject`, which stands for the endpoint, may register it in the place of `owner`. A credential may, a new
 * one as well, so that nobody without any keeps its device out; who has none replaces only another of that kind.
 */
export function mayReplace(owner: Subject, subject: Subject): boolean {
  return owner.kind === 'none' || subject.kind !== 'none'
}

/** The part of a registration that tells people how the device proved who it is. */
export function securityOf(subject: Subject): Pick<Registration, 'security' | 'identity'> {
  switch (subject.kind) {
    case 'none':
      return { security: 'nosec' }
    case 'psk':
      return { security: 'psk', identity: subject.identity }
    case 'rpk':
      return { security: 'rpk', identity: subject.spki }
    case 'x509':
      return { security: 'x509', identity: subject.names[0] ?? subject.fingerprint }
  }
}
