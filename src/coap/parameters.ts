/** Transmission parameters and limits of one endpoint (RFC 7252, 4.8). Times in milliseconds. */
export interface CoapParameters {
  /** ACK_TIMEOUT: the shortest wait for the first acknowledgement. */
  readonly ackTimeout: number
  /** ACK_RANDOM_FACTOR: the first wait is up to this many times longer. */
  readonly ackRandomFactor: number
  /** MAX_RETRANSMIT: repetitions after the first transmission. */
  readonly maxRetransmit: number
  /** NSTART: requests to one peer that wait for an ACK or a response at the same time. */
  readonly nstart: number
  /** EXCHANGE_LIFETIME: how long a message id stays remembered. */
  readonly exchangeLifetime: number
  /** How long a response may take after an empty ACK. */
  readonly responseTimeout: number
  /** How long the answer to a confirmable request may take before an empty ACK goes out; below ACK_TIMEOUT. */
  readonly processingDelay: number
  /** Messages of one peer that are remembered for the sake of their repetitions. */
  readonly duplicatesPerPeer: number
  /** Memory for the messages of all peers that are remembered or under way, in bytes. */
  readonly duplicatesBytes: number
  /** Requests to one peer that are waiting or open; one more fails with coap_overload. */
  readonly requestsPerPeer: number
  /** Requests to all peers that are waiting or open; one more fails with coap_overload. */
  readonly requestsInAll: number
  /** Peers of whom something is remembered; beyond it, those that were silent longest are forgotten first. */
  readonly peers: number
  /** Bytes of the blocks that we send and ask for (RFC 7959): a power of two from 16 to 1024. */
  readonly blockSize: number
  /** Bytes of the longest body in blocks that is taken in. */
  readonly bodyBytes: number
  /** Memory for bodies in blocks, of all peers, in bytes; to make room the one that has been idle longest goes. */
  readonly bodiesBytes: number
  /**
   * Bodies under way at once with one peer that asks; one more ends the one that has been idle longest. What we fetch
   * from one peer has no more memory than so many of the longest.
   */
  readonly transfersPerPeer: number
  /** Bodies under way with all peers, whoever asks; one more ends the one that has been idle longest. */
  readonly transfersInAll: number
  /** How long a body under way may be idle. */
  readonly transferIdle: number
  /**
   * Times what an address has sent that may be sent to it before it has answered a request of ours; a transport that
   * proves addresses by itself has no such limit. Infinity is for endpoints that only ask, at addresses they were given.
   */
  readonly amplification: number
  /** Messages of one peer in a second, besides ACK and RST, in bursts of four seconds; more are dropped. */
  readonly datagramsPerSecond: number
  /** Datagrams of all peers, in the same way. */
  readonly datagramsPerSecondInAll: number
  /** New requests of one peer, in the same way; more are answered 4.29. */
  readonly requestsPerSecond: number
}

export const defaultParameters: CoapParameters = {
  ackTimeout: 2_000,
  ackRandomFactor: 1.5,
  maxRetransmit: 4,
  nstart: 1,
  exchangeLifetime: 247_000,
  responseTimeout: 93_000,
  processingDelay: 1_000,
  duplicatesPerPeer: 64,
  duplicatesBytes: 64 * 1024 * 1024,
  requestsPerPeer: 64,
  requestsInAll: 200_000,
  peers: 200_000,
  blockSize: 1_024,
  bodyBytes: 1024 * 1024,
  bodiesBytes: 64 * 1024 * 1024,
  transfersPerPeer: 8,
  transfersInAll: 10_000,
  transferIdle: 247_000,
  amplification: 3,
  datagramsPerSecond: 500,
  datagramsPerSecondInAll: 200_000,
  requestsPerSecond: 300,
}
