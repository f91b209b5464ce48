import { describe, expect, test } from 'vitest'
import { effectiveYaml } from '../../../src/config/effective.ts'
import { findConfiguration } from '../../../src/config/lookup.ts'
import { load } from './given.ts'

describe('the effective configuration', () => {
  const text =
    'mqtt: { url: "mqtts://h", username: u, password_file: /p, tls: { cert_file: /c, key_file: /k } }'
  const files = { '/p': 'hunter2', '/c': 'CERTIFICATE', '/k': 'PRIVATE' }

  test('is a configuration file that means the same', () => {
    const configuration = load({ text, files, environment: { LWM2MQTT__COAP__NSTART: '2' } })
    expect(load({ text: effectiveYaml(configuration), files })).toEqual(configuration)
  })

  test('names the files of secrets, not what they hold', () => {
    const configuration = load({ text, files })
    expect(configuration.mqtt).toMatchObject({
      password: 'hunter2',
      tls: { cert: 'CERTIFICATE', key: 'PRIVATE' },
    })
    const yaml = effectiveYaml(configuration)
    expect(yaml).toContain('password_file: /p')
    for (const content of Object.values(files)) expect(yaml).not.toContain(content)
  })
})

describe('without --config', () => {
  test('the first file that exists is taken', () => {
    expect(findConfiguration(() => true)).toBe('lwm2mqtt.yaml')
    expect(findConfiguration((path) => path.startsWith('/etc/'))).toBe('/etc/lwm2mqtt/lwm2mqtt.yaml')
    expect(findConfiguration(() => false)).toBeUndefined()
  })
})
