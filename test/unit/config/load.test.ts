import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadConfiguration } from '../../../src/config/load.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { pathText } from '../../../src/lib/problem.ts'
import { FILE, load, problemsOf, summaries } from './given.ts'

describe('defaults', () => {
  test('stand where neither file nor environment says anything', () => {
    const configuration = load({})
    expect(configuration.gateway.id).toBe('lwm2mqtt')
    expect(configuration.mqtt.url).toBe('mqtt://127.0.0.1:1883')
    expect(configuration.lwm2m.listeners).toEqual(['coap://127.0.0.1:5683'])
    expect(configuration.delivery.acknowledge).toBe('broker')
    expect(configuration.mappings).toEqual(['plain'])
    expect(configuration.mqtt).not.toHaveProperty('username')
  })

  test('are the same for an empty file, a file of comments, and groups without keys', () => {
    for (const text of ['', '# nothing\n', 'mqtt:\nlwm2m:\n  listeners:\n']) {
      expect(load({ text })).toEqual(load({}))
    }
  })

  test('open no listener beyond this machine', () => {
    for (const uri of load({}).lwm2m.listeners) expect(new URL(uri).hostname).toBe('127.0.0.1')
  })

  test('are not shared between two configurations', () => {
    expect(load({}).lwm2m.observe).not.toBe(load({}).lwm2m.observe)
  })
})

describe('the file', () => {
  test('sets keys, and the rest keeps its defaults', () => {
    const { mqtt, coap } = load({ text: 'mqtt: { base: site/7 }\ncoap: { ackTimeout: 5.5 }\n' })
    expect(mqtt.base).toBe('site/7')
    expect(mqtt.keepalive).toBe(60)
    expect(coap).toEqual({
      ackTimeout: 5.5,
      ackRandomFactor: 1.5,
      maxRetransmit: 4,
      nstart: 1,
      responseTimeout: 93,
    })
  })

  test('may list response topics with {base}', () => {
    expect(load({ text: 'mqtt: { base: b }' }).mqtt.responseTopics).toEqual([
      'b/device/+/response/#',
      'b/reply/#',
    ])
    const text = 'mqtt: { base: b, responseTopics: ["{base}/x", other/#] }'
    expect(load({ text }).mqtt.responseTopics).toEqual(['b/x', 'other/#'])
  })

  test('that cannot be read is config_unreadable with its name', () => {
    const sources = { file: '/nowhere.yaml', environment: {}, readFile: () => expect.unreachable() as never }
    const missing = {
      ...sources,
      readFile: () => {
        throw new Error('ENOENT: no such file')
      },
    }
    expect(() => loadConfiguration(missing)).toThrow(
      expect.objectContaining({
        code: 'config_unreadable',
        place: '/nowhere.yaml',
        message: expect.stringContaining('ENOENT'),
      }),
    )
  })

  test('gives a deeply frozen configuration', () => {
    const configuration = load({ text: 'mqtt: { responseTopics: [a] }' })
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen))
    expect(frozen(configuration)).toBe(true)
  })
})

describe('faults of the file', () => {
  test('come all at once, in the order of the file', () => {
    const text = [
      'gatway: { id: x }', // 1
      'mqtt:', // 2
      '  keepalive: sixty', // 3
      '  tls: { insecure: maybe }', // 4
      'lwm2m:', // 5
      '  listeners:', // 6
      '    - coap://127.0.0.1:5683', // 7
      '    - 17', // 8
      '  observe: [/3/0/9, /3/65535]', // 9
      'log: { level: inof }', // 10
    ].join('\n')
    expect(summaries({ text })).toEqual([
      '1:1 gatway config_unknown_key',
      '3:3 mqtt.keepalive config_invalid',
      '4:10 mqtt.tls.insecure config_invalid',
      '8:7 lwm2m.listeners[1] config_invalid',
      '9:21 lwm2m.observe[1] config_invalid',
      '10:8 log.level config_invalid',
    ])
  })

  test.each([
    ['keepalive: 60.5', 'expected an integer from 0 to 65535; found the number 60.5'],
    ['keepalive: 70000', 'expected an integer from 0 to 65535; found the number 70000'],
    ['protocol: 3', 'expected one of auto, 5, 4; found the number 3'],
    ['queue: 5', 'expected a group of keys; found the number 5'],
    ['queue: [1]', 'expected a group of keys; found a list'],
    ['responseTopics: a/b', 'expected a list of 0 to 64 entries; found "a/b"'],
    ['responseTopics: [a/#/b]', 'expected a topic filter: + stands for one whole level'],
    ['base: a/', 'expected topic levels without wildcards'],
    ['base: $SYS', 'expected topic levels without wildcards'],
    ['url: http://x', 'expected an address such as mqtt://127.0.0.1:1883'],
    ['url: mqtt://h:0', 'port 0 is not from 1 to 65535'],
    ['url: mqtt://h:65536', 'port 65536 is not from 1 to 65535'],
    ['username: ""', 'expected text that is not empty; found ""'],
    [`base: ${'x'.repeat(200)}`, 'at most 128 characters; found "xxx'],
  ])('mqtt.%s', (line, message) => {
    const problems = problemsOf({ text: `mqtt:\n  ${line}\n` })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toContain(message)
    expect(problems[0]?.place).toMatchObject({ source: FILE, line: 2 })
    expect(problems[0]?.message.length).toBeLessThan(300)
  })

  test.each([
    ['mqtt: { pasword_file: x }', 'password_file'],
    ['mqtt: { password: hunter2 }', 'password_file'],
    ['mqtt: { response_topics: [] }', 'responseTopics'],
    ['lwm2m: { Listeners: [] }', 'listeners'],
    ['url: mqtt://x', 'gateway.url or mqtt.url'],
    ['base: site', 'mqtt.base'],
    ['log: { level: warning }', 'warn'],
    ['gateway: { id: 12 }', '"12", in quotes'],
  ])('%s: did you mean %s?', (text, suggestion) => {
    expect(problemsOf({ text }).map((problem) => problem.suggestion)).toEqual([suggestion])
  })

  test('never show a password', () => {
    const urls = ['mqtt://me:hunter2@host', 'mqtt://me:a/hunter2@host', 'me:@hunter2@host', '//me:?hunter2@h']
    const texts = urls.map((url) => `mqtt: { url: "${url}" }`)
    for (const text of ['mqtt: { password: hunter2 }', ...texts]) {
      expect(() => load({ text })).toThrow(/mqtt/)
      expect(() => load({ text })).not.toThrow(/hunter2/)
    }
    expect(() => load({ environment: { LWM2MQTT__MQTT__URL: 'mqtt://me:hunter2@host' } })).not.toThrow(
      /hunter2/,
    )
  })

  test('a key that stands there twice, or bad YAML, is config_syntax with its line', () => {
    expect(summaries({ text: 'log: { level: info }\nmqtt: {}\nlog: {}\n' })).toEqual(['3:1 config_syntax'])
    expect(summaries({ text: 'mqtt:\n  base: "x\n' })[0]).toMatch(/^\d+:\d+ config_syntax$/)
    expect(summaries({ text: 'mqtt: !secret x\n' })).toEqual(['1:7 config_syntax'])
  })

  test('a document that is no group', () => {
    for (const text of ['- a\n', 'mqtt\n', '5\n']) {
      expect(problemsOf({ text }).map(({ message }) => message)).toEqual([
        expect.stringContaining('expected a group'),
      ])
    }
  })

  test('aliases that multiply are refused', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (const [one, next] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh']) {
      lines.push(`${next}: &${next} [${Array.from({ length: 9 }, () => `*${one}`).join(', ')}]`)
    }
    expect(summaries({ text: lines.join('\n') })).toEqual(['1:1 config_syntax'])
  })

  test('a key named __proto__ is an unknown key', () => {
    expect(summaries({ text: '__proto__: { x: 1 }\n' })).toEqual(['1:1 __proto__ config_unknown_key'])
    expect(summaries({ text: 'mqtt:\n  constructor: 1\n' })).toEqual([
      '2:3 mqtt.constructor config_unknown_key',
    ])
  })
})

describe('what must go together', () => {
  const listeners = (...uris: string[]) =>
    problemsOf({ text: `lwm2m: { listeners: ${JSON.stringify(uris)} }` })

  test('two listeners on one address', () => {
    expect(
      listeners('coap://127.0.0.1', 'coap://[::1]', 'coap://127.0.0.1:5683/').map(({ message }) => message),
    ).toEqual(['listens on the same address as entry 1'])
    expect(listeners('coap://127.0.0.1:0', 'coap://127.0.0.1:0/')).toEqual([])
  })

  test('addresses that cannot be', () => {
    const messages = listeners('coap://127.0.0.256', 'coap://[::g]', 'coap://[:::]', 'coap://h:70000')
    expect(messages.map(({ message }) => message)).toEqual([
      expect.stringContaining('expected a URI'), // not even the shape of one: the others wait for it
    ])
    expect(
      listeners('coap://127.0.0.256', 'coap://[:::]', 'coap://h:70000').map(({ message }) => message),
    ).toEqual(['127.0.0.256 is no IPv4 address', '[:::] is no IPv6 address', 'port 70000 is above 65535'])
  })

  test('a listener of a transport that is not there yet', () => {
    expect(listeners('coaps://127.0.0.1:5684')).toHaveLength(1)
    expect(listeners('coap+tcp://127.0.0.1:5683')).toHaveLength(1)
  })

  test('a password without a user name', () => {
    const text = 'mqtt: { password_file: /p }'
    expect(summaries({ text, files: { '/p': 'x' } })).toEqual(['1:9 mqtt.password_file config_invalid'])
  })

  test('TLS files without mqtts://, a certificate without its key', () => {
    const files = { '/c': 'C', '/k': 'K' }
    const plain = problemsOf({
      text: 'mqtt: { tls: { cert_file: /c, key_file: /k, insecure: true } }',
      files,
    })
    expect(plain.map(({ path }) => pathText(path))).toEqual([
      'mqtt.tls.cert_file',
      'mqtt.tls.key_file',
      'mqtt.tls.insecure',
    ])
    const half = 'mqtt: { url: "mqtts://h", tls: { key_file: /k } }'
    expect(problemsOf({ text: half, files })[0]?.message).toBe('needs mqtt.tls.cert_file beside it')
    const whole = 'mqtt: { url: "mqtts://h", tls: { cert_file: /c, key_file: /k } }'
    expect(load({ text: whole, files }).mqtt.tls).toMatchObject({ cert: 'C', key: 'K', insecure: false })
  })
})

test('any text gives a configuration or a coded error', () => {
  const token = fc.constantFrom(
    'mqtt',
    'lwm2m',
    'listeners',
    'observe',
    'tls',
    'url',
    ':',
    ': ',
    '\n',
    '\n  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '"',
    '&a ',
    '*a',
    '!x ',
    '<<',
    '5',
    '-0.5e999',
    'null',
    '~',
    'coap://[::1]',
    '|',
    '>',
    '#',
    '%',
    '---',
    '\t',
    '\0',
    'é',
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
      try {
        load({ text: tokens.join('') })
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError)
      }
    }),
    { numRuns: 2000 },
  )
})

describe('lwm2m.models', () => {
  test('is absent unless it is set', () => {
    expect(load({}).lwm2m).not.toHaveProperty('models')
  })

  test.each([
    ['models', '/etc/lwm2mqtt/models'],
    ['../objects', '/etc/objects'],
    ['/srv/models', '/srv/models'],
  ])('%s starts at the folder of the file', (models, absolute) => {
    expect(load({ text: `lwm2m: { models: ${models} }` }).lwm2m.models).toBe(absolute)
  })

  test('starts at the working directory where the environment sets it', () => {
    const environment = { LWM2MQTT__LWM2M__MODELS: 'models' }
    expect(load({ text: 'lwm2m: { models: other }', environment }).lwm2m.models).toBe(resolve('models'))
  })
})
