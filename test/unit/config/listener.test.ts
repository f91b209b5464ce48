import { describe, expect, test } from 'vitest'
import { parseListener } from '../../../src/config/listener.ts'

describe('a listener', () => {
  test.each([
    ['coap://127.0.0.1:5683', '127.0.0.1', 5683],
    ['coap://0.0.0.0', '0.0.0.0', 5683],
    ['coap://[::1]:0/', '::1', 0],
    ['coap://[2001:DB8::1]', '2001:db8::1', 5683],
    ['coap://Gateway.local:65535', 'gateway.local', 65535],
  ])('%s', (uri, host, port) => {
    expect(parseListener(uri)).toEqual({ scheme: 'coap', host, port })
  })

  test.each([
    'coaps://127.0.0.1',
    'coap://',
    'coap://:5683',
    'coap://127.0.0.1:',
    'coap://127.0.0.1:65536',
    'coap://256.0.0.1',
    'coap://1.2.3',
    'coap://[127.0.0.1]',
    'coap://[::1',
    'coap://::1',
    'coap://host/path',
  ])('%s is refused, with the URI as the place', (uri) => {
    expect(() => parseListener(uri)).toThrow(expect.objectContaining({ code: 'config_invalid', place: uri }))
  })
})
