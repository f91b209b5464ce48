import type { CoapParameters } from '../coap/parameters.ts'
import type { Configuration } from '../config/configuration.ts'

/** What the configuration says of CoAP, in the units of CoAP. */
export function endpointParameters({ coap, limits }: Configuration): Partial<CoapParameters> {
  const { ackTimeout, ackRandomFactor, maxRetransmit, nstart, responseTimeout } = coap
  const { peers, datagramsPerSecond, datagramsPerSecondInAll, requestsPerSecond } = limits
  const { bodyBytes, bodiesBytes } = limits
  return {
    ...{ ackRandomFactor, maxRetransmit, nstart },
    ackTimeout: ackTimeout * 1000,
    responseTimeout: responseTimeout * 1000,
    ...{ peers, datagramsPerSecond, datagramsPerSecondInAll, requestsPerSecond },
    requestsInAll: limits.exchanges,
    requestsPerPeer: limits.exchangesPerDevice,
    duplicatesBytes: limits.messageBytes,
    transfersInAll: limits.transfers,
    transfersPerPeer: limits.transfersPerDevice,
    ...{ bodyBytes, bodiesBytes },
  }
}
