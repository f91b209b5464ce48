import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pathText } from '../../../src/lib/problem.ts'
import { load, problemsOf, summaries } from './given.ts'

describe('the environment', () => {
  test('wins over the file', () => {
    const environment = { LWM2MQTT__MQTT__BASE: 'env', LWM2MQTT__COAP__NSTART: '3', HOME: '/root' }
    const { mqtt, coap } = load({ text: 'mqtt: { base: file, keepalive: 7 }', environment })
    expect(mqtt).toMatchObject({ base: 'env', keepalive: 7 })
    expect(coap.nstart).toBe(3)
  })

  test('takes lists as JSON or YAML, and every other type by its schema', () => {
    const environment = {
      LWM2MQTT__LWM2M__LISTENERS: '["coap://0.0.0.0:5683", "coap://[::1]"]',
      LWM2MQTT__LWM2M__OBSERVE: '[/3/0/9, /3303/*/5700]',
      LWM2MQTT__LWM2M__STRICT_BINDING: 'false',
      LWM2MQTT__MQTT__PROTOCOL: '4',
      LWM2MQTT__LOG__PRETTY: 'true',
      LWM2MQTT__GATEWAY__ID: '0x10',
    }
    const { lwm2m, mqtt, log, gateway } = load({ environment })
    expect(lwm2m.listeners).toEqual(['coap://0.0.0.0:5683', 'coap://[::1]'])
    expect(lwm2m.observe).toEqual(['/3/0/9', '/3303/*/5700'])
    expect(lwm2m.strictBinding).toBe(false)
    expect(mqtt.protocol).toBe(4)
    expect(log.pretty).toBe(true)
    expect(gateway.id).toBe('0x10') // text stays text
  })

  test('may write a name of several words with or without underscores', () => {
    expect(load({ environment: { LWM2MQTT__MQTT__INFLIGHT: '9' } }).mqtt.inFlight).toBe(9)
    expect(load({ environment: { LWM2MQTT__MQTT__IN_FLIGHT: '9' } }).mqtt.inFlight).toBe(9)
    const both = { LWM2MQTT__MQTT__IN_FLIGHT: '9', LWM2MQTT__MQTT__INFLIGHT: '9' }
    expect(problemsOf({ environment: both }).map(({ message }) => message)).toEqual([
      'is also set by LWM2MQTT__MQTT__IN_FLIGHT',
    ])
  })

  test('counts as silent where it is empty', () => {
    expect(load({ environment: { LWM2MQTT__MQTT__USERNAME: '' } }).mqtt).not.toHaveProperty('username')
  })

  test('has its faults named by variable', () => {
    const environment = {
      LWM2MQTT__MQTT__KEEPALIVE: 'x',
      LWM2MQTT__LWM2M__OBSERVE: '[/3/0/9, 5]',
      LWM2MQTT__MQTT__BASSE: 'x',
      LWM2MQTT__LWM2M__LISTENERS: '[unclosed',
    }
    expect(summaries({ environment })).toEqual([
      'LWM2MQTT__MQTT__BASSE config_unknown_key',
      'LWM2MQTT__MQTT__KEEPALIVE mqtt.keepalive config_invalid',
      'LWM2MQTT__LWM2M__LISTENERS lwm2m.listeners config_invalid',
      'LWM2MQTT__LWM2M__OBSERVE lwm2m.observe[1] config_invalid',
    ])
    expect(problemsOf({ environment })[0]?.suggestion).toBe('LWM2MQTT__MQTT__BASE')
  })

  test('cannot put a key into something that is no group', () => {
    const problems = problemsOf({ text: 'mqtt: 5', environment: { LWM2MQTT__MQTT__BASE: 'x' } })
    expect(problems.map(({ path }) => pathText(path))).toEqual(['mqtt'])
  })
})

describe('secret files', () => {
  test('lose one line break at their end, and nothing else', () => {
    const text = 'mqtt: { username: u, password_file: /p }'
    for (const [content, password] of [
      ['hunter2\n', 'hunter2'],
      ['hunter2\r\n', 'hunter2'],
      ['hunter2', 'hunter2'],
      [' a b \n\n', ' a b \n'],
    ] as const) {
      expect(load({ text, files: { '/p': content } }).mqtt.password).toBe(password)
    }
  })

  test('are looked for beside the configuration file, from the environment in the working directory', () => {
    const text = 'mqtt: { username: u, password_file: secrets/p }'
    expect(load({ text, files: { '/etc/lwm2mqtt/secrets/p': 'file' } }).mqtt.password).toBe('file')
    const environment = { LWM2MQTT__MQTT__PASSWORD_FILE: 'secrets/p' }
    expect(load({ text, environment, files: { [resolve('secrets/p')]: 'env' } }).mqtt.password).toBe('env')
  })

  test('that cannot be read are named, each with its place', () => {
    const text = 'mqtt:\n  url: mqtts://h\n  username: u\n  password_file: /p\n  tls:\n    ca_file: /ca\n'
    expect(summaries({ text })).toEqual([
      '4:3 mqtt.password_file config_unreadable',
      '6:5 mqtt.tls.ca_file config_unreadable',
    ])
    expect(problemsOf({ text })[0]?.message).toContain("ENOENT: no such file or directory, open '/p'")
  })

  test('that are empty are named, each with its place', () => {
    const text = 'mqtt:\n  url: mqtts://h\n  username: u\n  password_file: /p\n  tls:\n    ca_file: /ca\n'
    expect(summaries({ text, files: { '/p': '\n', '/ca': '' } })).toEqual([
      '4:3 mqtt.password_file config_invalid',
      '6:5 mqtt.tls.ca_file config_invalid',
    ])
  })
})
