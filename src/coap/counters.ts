/** What an endpoint has seen and done since it began; plain numbers, cheap to keep and to read. */
export class Counters {
  /** Datagrams taken in. */
  received = 0
  /** Datagrams handed to the transport. */
  sent = 0
  /** Datagrams that were no CoAP message. */
  malformed = 0
  /** Messages with a critical option that is not understood here. */
  badOptions = 0
  /** Repetitions of a message that was already known. */
  duplicates = 0
  /** ACKs and RSTs that fit nothing under way. */
  unmatched = 0
  /** Transmissions of ours beyond the first. */
  retransmissions = 0
  /** RSTs sent. */
  resets = 0
  /** Messages dropped and requests refused because a limit was reached. */
  overload = 0
  /** Datagrams dropped because they came faster than the limits allow. */
  dropped = 0
  /** Requests answered 4.29. */
  tooMany = 0
  /** Messages of ours that were held back from an address which has not proved to be the sender's. */
  withheld = 0
  /** Handlers that threw: faults in the layer above. */
  failures = 0
  /** Requests received. */
  requests = 0
  /** Notifications received. */
  notifications = 0
}
