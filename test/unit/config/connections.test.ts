import { describe, expect, test } from 'vitest'
import { effectiveYaml } from '../../../src/config/effective.ts'
import { load, problemsOf, summaries } from './given.ts'

const cloud = (keys: string): string => `mqtt: { connections: { cloud: { url: "mqtts://c", ${keys} } } }`

describe('a connection', () => {
  test('has the keys of mqtt with their defaults, and no Response Topics', () => {
    const { mqtt } = load({ text: 'mqtt: { connections: { cloud: { url: "mqtt://c" } } }' })
    const { tls, keepalive, protocol, queue, inFlight } = mqtt
    expect(mqtt.connections).toEqual({
      cloud: { url: 'mqtt://c', tls, keepalive, protocol, queue, inFlight, maxQoS: 1, responseTopics: [] },
    })
    expect(load({}).mqtt.connections).toEqual({})
  })

  test('may use {base} in its Response Topics', () => {
    const text = 'mqtt: { base: b, connections: { c: { url: "mqtt://c", responseTopics: ["{base}/r/#"] } } }'
    expect(load({ text }).mqtt.connections.c?.responseTopics).toEqual(['b/r/#'])
  })

  test('reads its secrets from files beside the configuration, and never shows them', () => {
    const text = cloud('username: u, password_file: p, tls: { cert_file: /c, key_file: /k }')
    const files = { '/etc/lwm2mqtt/p': 'hunter2\n', '/c': 'CERTIFICATE', '/k': 'PRIVATE' }
    const configuration = load({ text, files })
    expect(configuration.mqtt.connections.cloud).toMatchObject({
      password: 'hunter2',
      tls: { cert: 'CERTIFICATE', key: 'PRIVATE' },
    })
    const yaml = effectiveYaml(configuration)
    expect(yaml).toContain('password_file: p')
    for (const content of ['hunter2', 'CERTIFICATE', 'PRIVATE']) expect(yaml).not.toContain(content)
    expect(load({ text: yaml, files })).toEqual(configuration)
  })

  test('names the file of a secret that cannot be read, with its place', () => {
    expect(summaries({ text: cloud('username: u,\n password_file: /p') })).toEqual([
      '2:2 mqtt.connections.cloud.password_file config_unreadable',
    ])
  })

  test.each([
    ['mqtt: { connections: { cloud: {} } }', 'mqtt.connections.cloud', 'needs the key url'],
    ['mqtt: { connections: { cloud: { url: embedded } } }', 'mqtt.connections.cloud.url', 'mqtt://'],
    ['mqtt: { connections: { cloud: { url: "mqtt://c:0" } } }', 'mqtt.connections.cloud.url', 'port 0'],
    [cloud('password_file: /p'), 'mqtt.connections.cloud.password_file', 'mqtt.connections.cloud.username'],
    [cloud('maxQoS: 2'), 'mqtt.connections.cloud.maxQoS', 'one of 0, 1'],
    [cloud('acknowledge: never'), 'mqtt.connections.cloud.acknowledge', 'broker, received, none'],
    [
      'mqtt: { connections: { cloud: { url: "mqtt://c", tls: { ca_file: /ca } } } }',
      'mqtt.connections.cloud.tls.ca_file',
      'mqtt.connections.cloud.url does not begin with mqtts://',
    ],
    [
      cloud('tls: { cert_file: /c }'),
      'mqtt.connections.cloud.tls.cert_file',
      'mqtt.connections.cloud.tls.key_file',
    ],
    ['mqtt: { connections: { My_Cloud: { url: "mqtt://c" } } }', 'mqtt.connections.My_Cloud', 'small letter'],
  ])('%s is refused at %s', (text, path, message) => {
    const problems = problemsOf({ text, files: { '/p': 'x', '/ca': 'x', '/c': 'x' } })
    expect(problems.map((problem) => problem.path.join('.'))).toEqual([path])
    expect(problems[0]?.message).toContain(message)
  })

  test('that is misspelt gets a suggestion', () => {
    expect(problemsOf({ text: cloud('usrname: u') })[0]?.suggestion).toBe('username')
  })

  test('is one of sixteen at most', () => {
    const entries = (count: number): string =>
      Array.from({ length: count }, (_, index) => `c${index}: { url: "mqtt://c" }`).join(', ')
    expect(problemsOf({ text: `mqtt: { connections: { ${entries(16)} } }` })).toEqual([])
    expect(problemsOf({ text: `mqtt: { connections: { ${entries(17)} } }` })[0]?.message).toContain(
      'at most 16',
    )
  })
})

describe('client ids', () => {
  const two = (one: string, other: string): string =>
    `gateway: { id: gw }\nmqtt: { url: "mqtt://h", connections: { a: ${one}, b: ${other} } }`

  test('of two connections to one broker must differ', () => {
    const text = two('{ url: "mqtt://h/", clientId: x }', '{ url: "mqtt://H", clientId: x }')
    expect(summaries({ text })).toEqual(['2:101 mqtt.connections.b.clientId config_invalid'])
    expect(problemsOf({ text })[0]?.message).toContain('mqtt.connections.a')
  })

  test('must not be that of the main connection', () => {
    const text = two('{ url: "mqtt://h", clientId: gw }', '{ url: "mqtt://h" }')
    expect(problemsOf({ text }).map(({ message }) => message)).toEqual([
      "'gw' is the client id of mqtt at this broker, too: give it another one",
    ])
  })

  test('may be the same at different brokers', () => {
    const text = two('{ url: "mqtt://a", clientId: gw }', '{ url: "mqtt://b", clientId: gw }')
    expect(problemsOf({ text })).toEqual([])
  })
})

describe('the environment', () => {
  const text = 'mqtt: { connections: { my-cloud: { url: "mqtt://c", keepalive: 9 } } }'

  test('sets a key of a connection that the file has, whose hyphens it leaves out', () => {
    const environment = {
      LWM2MQTT__MQTT__CONNECTIONS__MYCLOUD__URL: 'mqtts://env',
      LWM2MQTT__MQTT__CONNECTIONS__MY_CLOUD__MAX_QO_S: '0',
    }
    const { connections } = load({ text, environment }).mqtt
    expect(Object.keys(connections)).toEqual(['my-cloud'])
    expect(connections['my-cloud']).toMatchObject({ url: 'mqtts://env', keepalive: 9, maxQoS: 0 })
  })

  test('makes a connection', () => {
    const environment = {
      LWM2MQTT__MQTT__CONNECTIONS__LAB__USERNAME: 'u',
      LWM2MQTT__MQTT__CONNECTIONS__LAB__URL: 'mqtt://lab',
    }
    expect(load({ text, environment }).mqtt.connections).toMatchObject({
      'my-cloud': { url: 'mqtt://c' },
      lab: { url: 'mqtt://lab', username: 'u' },
    })
  })

  test('takes all of them as JSON, and single keys over that', () => {
    const environment = {
      LWM2MQTT__MQTT__CONNECTIONS__LAB__KEEPALIVE: '3',
      LWM2MQTT__MQTT__CONNECTIONS: '{"lab": {"url": "mqtt://lab", "keepalive": 2}}',
    }
    expect(load({ text, environment }).mqtt.connections).toMatchObject({
      lab: { url: 'mqtt://lab', keepalive: 3 },
    })
  })

  test('has its faults named by variable, inside a connection as well', () => {
    const environment = {
      LWM2MQTT__MQTT__CONNECTIONS__LAB__URL: 'http://x',
      LWM2MQTT__MQTT__CONNECTIONS__MY_CLOUD__KEEP_ALIVE_: 'x',
      LWM2MQTT__MQTT__CONNECTIONS__MY_CLOUD__NOTHING: 'x',
    }
    expect(summaries({ text, environment }).toSorted()).toEqual([
      'LWM2MQTT__MQTT__CONNECTIONS__LAB__URL mqtt.connections.lab.url config_invalid',
      'LWM2MQTT__MQTT__CONNECTIONS__MY_CLOUD__KEEP_ALIVE_ mqtt.connections.my-cloud.keepalive config_invalid',
      'LWM2MQTT__MQTT__CONNECTIONS__MY_CLOUD__NOTHING config_unknown_key',
    ])
  })
})

test('gateway.url is an address, or missing', () => {
  expect(load({}).gateway).not.toHaveProperty('url')
  expect(load({ text: 'gateway: { url: "https://wiki.example/gw" }' }).gateway.url).toBe(
    'https://wiki.example/gw',
  )
  expect(summaries({ text: 'gateway: { url: "javascript:alert(1)" }' })).toEqual([
    '1:12 gateway.url config_invalid',
  ])
})
