import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Broker, environmentOf, type Options, variables } from '../../../contrib/homeassistant/run.ts'
import { variableName } from '../../../src/config/environment.ts'
import { schemaKeys } from '../../../src/config/schema.ts'
import { load } from '../config/given.ts'

const folder = new URL('../../../contrib/homeassistant/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const addon = parse(read('config.yaml')) as Readonly<Record<string, unknown>> & {
  readonly options: Options
  readonly schema: Readonly<Record<string, string | readonly string[]>>
}
const known = new Set(schemaKeys().map(({ path }) => variableName(path)))
const broker: Broker = {
  host: 'core-mosquitto',
  port: 1883,
  ssl: false,
  username: 'addons',
  password: 'secret',
}
const keep = (password: string): string => `/kept/${password}`

describe('config.yaml of the add-on', () => {
  it.each(['name', 'version', 'slug', 'description', 'arch'])('has %s, which an add-on needs', (key) => {
    expect(addon[key]).toBeTruthy()
  })

  it('says nothing that add-ons do not know', () => {
    const { version } = JSON.parse(read('../../package.json')) as { version: string }
    expect(addon.version).toBe(version)
    expect(addon.slug).toMatch(/^[a-z0-9_-]+$/)
    const allowed =
      'name version slug description arch stage startup boot services map ports ports_description options schema'
    expect(Object.keys(addon).filter((key) => !allowed.split(' ').includes(key))).toEqual([])
    expect(['armhf', 'armv7', 'aarch64', 'amd64', 'i386']).toEqual(
      expect.arrayContaining(addon.arch as string[]),
    )
    expect(['initialize', 'system', 'services', 'application', 'once']).toContain(addon.startup)
    expect(Object.keys(addon.ports as object)).toEqual(Object.keys(addon.ports_description as object))
  })

  it.each(Object.entries(addon.schema))('takes the option %s by a type that there is', (option, type) => {
    const [one] = typeof type === 'string' ? [type] : type
    expect(one).toMatch(/^(str|bool|int|float|email|url|password|port|list\(.+\)|match\(.+\))\??$/)
    const isOptional = typeof type === 'string' && type.endsWith('?')
    expect(Object.hasOwn(addon.options, option)).toBe(!isOptional)
  })

  it('knows the options that set a variable of the gateway, and no others', () => {
    expect(Object.keys(addon.schema).toSorted()).toEqual(Object.keys(variables).toSorted())
    for (const variable of Object.values(variables)) expect(known).toContain(variable)
    for (const [option, variable] of Object.entries(variables)) {
      expect(read('DOCS.md')).toContain(`\`${option}\``)
      expect(read('DOCS.md')).toContain(`\`${variable}\``)
    }
  })

  it('offers the log levels of the gateway', () => {
    const levels = /\((.+)\)/.exec(String(addon.schema.log_level))?.[1]?.split('|') ?? []
    for (const level of levels)
      expect(load({ environment: { LWM2MQTT__LOG__LEVEL: level } }).log.level).toBe(level)
    expect(levels).toHaveLength(6)
  })
})

describe('run.ts of the add-on', () => {
  it('gives the gateway a configuration that holds, with the broker of Home Assistant', () => {
    const environment = environmentOf(addon.options, broker, keep)
    expect(environment).toEqual({
      LWM2MQTT__LWM2M__LISTENERS: '["coap://0.0.0.0:5683"]',
      LWM2MQTT__MAPPINGS: '["homeassistant"]',
      LWM2MQTT__LOG__LEVEL: 'info',
      LWM2MQTT__MQTT__URL: 'mqtt://core-mosquitto:1883',
      LWM2MQTT__MQTT__USERNAME: 'addons',
      LWM2MQTT__MQTT__PASSWORD_FILE: '/kept/secret',
    })
    const { LWM2MQTT__MQTT__PASSWORD_FILE: _, ...withoutFile } = environment
    const { mqtt, lwm2m, mappings } = load({ environment: withoutFile })
    expect([mqtt.url, lwm2m.listeners]).toEqual(['mqtt://core-mosquitto:1883', ['coap://0.0.0.0:5683']])
    expect(mappings).toEqual(['homeassistant'])
  })

  it('takes the broker that the options name, with its own account alone', () => {
    const environment = environmentOf({ mqtt_url: 'mqtts://broker.example', mqtt_username: '' }, broker, keep)
    expect(environment.LWM2MQTT__MQTT__URL).toBe('mqtts://broker.example')
    expect(Object.keys(environment).filter((name) => /USER|PASSWORD/.test(name))).toEqual([])
  })

  it('speaks TLS where the broker does, and without an account where there is none', () => {
    const environment = environmentOf({}, { host: 'b', port: 8883, ssl: true }, keep)
    expect(environment.LWM2MQTT__MQTT__URL).toBe('mqtts://b:8883')
    expect(environment.LWM2MQTT__MQTT__PASSWORD_FILE).toBeUndefined()
    expect(environmentOf({}, undefined, keep).LWM2MQTT__MQTT__URL).toBeUndefined()
  })
})

describe('the Dockerfile of the add-on', () => {
  const instructions = read('Dockerfile')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))

  it('runs on the Node that the gateway needs, for each architecture of config.yaml', () => {
    expect(instructions[0]).toBe('FROM node:24-bookworm-slim')
    expect(read('Dockerfile')).toContain(`io.hass.arch="${(addon.arch as string[]).join('|')}"`)
    expect(instructions).toContain('EXPOSE 5683/udp')
  })

  it('copies what is there, or what the README has made: the package', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY '))
      .map((line) => line.split(' ')[1] ?? '')
    expect(copied).toEqual(['lwm2mqtt-*.tgz', 'run.ts'])
    expect(existsSync(new URL('run.ts', folder))).toBe(true)
    expect(read('README.md')).toContain('npm pack --pack-destination contrib/homeassistant')
  })
})
