import { expect, it } from 'vitest'
import { defaultParameters } from '../../../src/coap/parameters.ts'
import { endpointParameters } from '../../../src/gateway/endpoint-parameters.ts'
import { load } from '../config/given.ts'

it('the defaults of the configuration are those of CoAP', () => {
  expect({ ...defaultParameters, ...endpointParameters(load({})) }).toEqual(defaultParameters)
})

it('takes each limit to its place, and seconds to milliseconds', () => {
  const text = `
coap: { ackTimeout: 3, responseTimeout: 20, nstart: 2 }
limits: { peers: 20, datagramsPerSecond: 21, datagramsPerSecondInAll: 22, requestsPerSecond: 23, exchanges: 24,
  exchangesPerDevice: 25, messageBytes: 65540, transfers: 27, transfersPerDevice: 28, bodyBytes: 2048, bodiesBytes: 65550 }
`
  expect(endpointParameters(load({ text }))).toEqual({
    ...{ ackTimeout: 3_000, ackRandomFactor: 1.5, maxRetransmit: 4, nstart: 2, responseTimeout: 20_000 },
    ...{ peers: 20, datagramsPerSecond: 21, datagramsPerSecondInAll: 22, requestsPerSecond: 23 },
    ...{ requestsInAll: 24, requestsPerPeer: 25, duplicatesBytes: 65_540 },
    ...{ transfersInAll: 27, transfersPerPeer: 28, bodyBytes: 2_048, bodiesBytes: 65_550 },
  })
})
