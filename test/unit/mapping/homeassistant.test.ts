import { describe, expect, it } from 'vitest'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import type { Fact } from '../../../src/lwm2m/fact.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import { ExampleDevice } from '../../../src/mapping/example-device.ts'
import { type Component, type Discovery, faultsOf } from '../../support/homeassistant-rules.ts'
import { render } from '../../support/jinja.ts'
import {
  AT,
  components,
  deviceWith,
  discovered,
  entities,
  file,
  layers,
  objects,
  TOPIC,
  tables,
  talkative,
  test,
} from './homeassistant-rig.ts'

it('gives what its examples say', () => {
  const outcomes = file === undefined ? [] : test(file, builtinModel)
  expect(outcomes.length).toBeGreaterThan(5)
  expect(outcomes.filter(({ fault }) => fault !== undefined)).toEqual([])
})

describe('what Home Assistant allows', () => {
  it.each(objects)('holds for object %d, with all that it can say', (object) => {
    const expected = entities.filter((id) => id.startsWith(`${object}/`)).map((id) => id.replace('/', '_0_'))
    const found = Object.keys(components(talkative(object)))
    expect(expected.filter((key) => !found.includes(key) && !isOfOtherVersion(key))).toEqual([])
  })

  it.each(objects)('holds for object %d, with nothing but what it must have', (object) => {
    const mandatory = [...(deviceWith([object]).object(object)?.resources.values() ?? [])].filter(
      ({ mandatory, id }) => mandatory && entities.includes(`${object}/${id}`),
    )
    const found = Object.keys(components(deviceWith([object])))
    for (const { id } of mandatory) expect(found).toContain(`${object}_0_${id}`)
  })

  const units = [...Object.keys(tables.units ?? {}), 'furlong', 'N']
  const measuring = objects.filter((id) => builtinModel.newest(id)?.facts.resources.has(5701) === true)
  it.each(units)('holds where all sensors tell the unit "%s"', (unit) => {
    for (const object of measuring) {
      components(talkative(object, unit === '' ? {} : { [`/${object}/0/5701`]: unit }))
    }
  })

  it('holds for a device with everything, and with a name that is no id', () => {
    const { topic, message } = discovered(deviceWith(objects, {}, 'urn:imei:35/6 ü'))
    expect(faultsOf(topic, message)).toEqual([])
    expect(Object.keys(message.cmps).length).toBeGreaterThan(objects.length)
  })
})

describe('a device with 240 object instances', () => {
  const instances = Array.from({ length: 240 }, (_, index) => index)

  it.each([3303, 3305, 3311])('of %s has an entity for each of their resources', (object) => {
    const one = components(talkative(object))
    const values = [...talkative(object).values].flatMap(([path, { value }]) =>
      instances.map((instance) => [path.replace('/0/', `/${instance}/`), value] as const),
    )
    const device = new ExampleDevice(
      {
        endpoint: 'room-1',
        objects: { [object]: instances },
        values: Object.fromEntries(values) as JsonObject,
      },
      [],
      builtinModel,
      AT,
    )
    expect(Object.keys(one).length).toBeGreaterThan(0)
    expect(Object.keys(components(device))).toHaveLength(240 * Object.keys(one).length)
  })
})

describe('a device that tells no units', () => {
  const classes = Object.entries(tables.entities ?? {}).flatMap(([id, entity]) =>
    isJsonObject(entity) && entity.measures !== undefined && !isOfOtherVersion(id.replace('/', '_0_'))
      ? [[id, entity.measures] as const]
      : [],
  )
  it.each(classes)('is taken to have the usual one of %s: a %s', (id, expected) => {
    const [object, resource] = id.split('/').map(Number)
    const component = components(talkative(object ?? 0))[`${object}_0_${resource}`]
    expect(component?.device_class).toBe(expected)
  })
})

/** Whether this version of the object has no such resource: 3336 had texts in its first ones, 4/11 came later. */
function isOfOtherVersion(key: string): boolean {
  const [object, , resource] = key.split('_').map(Number)
  return deviceWith([object ?? 0]).resource(object ?? 0, resource ?? 0) === undefined
}

describe('the rules of the test', () => {
  const good = discovered(deviceWith([3303, 3304, 3311])).message
  const withSensor = (change: Component): Discovery => ({
    ...good,
    cmps: { one: { ...good.cmps['3303_0_5700'], ...change } },
  })
  it.each<[string, string, Discovery]>([
    ['an unknown platform', TOPIC, withSensor({ p: 'thermometer' })],
    ['a unit that the class forbids', TOPIC, withSensor({ unit_of_measurement: 'Cel' })],
    ['a class that there is not', TOPIC, withSensor({ device_class: 'heat' })],
    ['a state class that the class forbids', TOPIC, withSensor({ state_class: 'total' })],
    ['a strange key', TOPIC, withSensor({ payload_press: '' })],
    ['a topic with a wildcard', TOPIC, withSensor({ state_topic: 'a/+' })],
    ['a template that reads what is not there', TOPIC, withSensor({ value_template: '{{ value.x }}' })],
    ['a sensor that is configuration', TOPIC, withSensor({ entity_category: 'config' })],
    ['a device without id', TOPIC, { ...good, dev: { ids: [] } }],
    ['an origin whose address is none', TOPIC, { ...good, o: { name: 'x', url: '' } }],
    ['an id that is none', 'homeassistant/device/a%20b/config', good],
  ])('find %s', (_, topic, message) => {
    expect(faultsOf(topic, message)).toHaveLength(1)
  })
})

describe('state topics', () => {
  const keys = { state_topic: 'value_template', brightness_state_topic: 'brightness_value_template' }
  it.each(objects)('of object %d carry what their templates make a state of', (object) => {
    const device = talkative(object)
    for (const component of Object.values(components(device))) {
      for (const [topicKey, templateKey] of Object.entries(keys)) {
        const template = component[templateKey] ?? component.state_value_template
        if (component[topicKey] === undefined) continue
        const value_json = told(device, String(component[topicKey]))
        expect(render(String(template), { value_json })).toBe(stateOf(component, topicKey))
      }
    }
  })

  it.each([
    ['ff8000', '255,128,0', '102030'],
    ['#ff8000', '255,128,0', '#102030'],
    ['255,128,0', '255,128,0', '16,32,48'],
  ])('and topics of a light with the colour %s', (colour, state, command) => {
    const device = talkative(3311, { '/3311/0/5706': colour })
    const light = components(device)['3311_0_5850'] ?? {}
    const value_json = told(device, String(light.rgb_state_topic))
    expect(render(String(light.rgb_value_template), { value_json })).toBe(state)
    expect(render(String(light.rgb_command_template), { red: 16, green: 32, blue: 48 })).toBe(command)
  })

  it('of availability: the gateway must be there, and the device not gone', () => {
    const { availability } = discovered(deviceWith([3303])).message
    const [gateway, presence] = availability as { topic: string; value_template: string }[]
    expect([gateway?.topic, presence?.topic]).toEqual([
      'lwm2m/gateway/gw/state',
      'lwm2m/device/room-1/presence',
    ])
    const [state] = layers.gateway('online')
    expect(state?.topic).toBe(gateway?.topic)
    for (const state of ['online', 'offline'])
      expect(render(gateway?.value_template ?? '', { value_json: { state } })).toBe(state)
    for (const [state, shown] of Object.entries({ awake: 'online', sleeping: 'online', offline: 'offline' }))
      expect(render(presence?.value_template ?? '', { value_json: { state } })).toBe(shown)
  })
})

/** What a component makes of the plausible value. */
function stateOf({ p, payload_on: on }: Component, topicKey: string): unknown {
  if (p === 'text') return '12'
  return on !== undefined && topicKey === 'state_topic' ? on : '20'
}

/** What is published of the last value that a device told, under this topic. */
function told(device: ExampleDevice, topic: string): unknown {
  const path = topic.slice('lwm2m/device/room-1/value'.length)
  const last = device.values.value(path)
  const sample = device.sample(path, (last?.value ?? null) as JsonValue)
  const fact: Fact = {
    id: 'v',
    at: AT,
    endpoint: 'room-1',
    type: 'values',
    source: 'notify',
    path,
    samples: [sample],
    late: false,
  }
  const published = layers.up(fact, device, {}).publications.find((one) => one.topic === topic)
  expect(published?.retain).toBe(true)
  return JSON.parse(String(published?.payload))
}

describe('command topics', () => {
  it.each(objects)('of object %d work back to the device', (object) => {
    const device = talkative(object)
    for (const component of Object.values(components(device))) {
      for (const [topic, payload] of sayings(component)) {
        const { orders, rejections } = layers.down(
          { topic, payload: new TextEncoder().encode(payload), retain: false },
          's',
          AT,
          { snapshot: () => device },
        )
        expect(rejections).toEqual([])
        const [operation = '', ...ids] = topic.slice('lwm2m/device/room-1/do/'.length).split('/')
        const path = `/${ids.join('/')}`
        const said = operation === 'execute' ? { arguments: payload } : { value: { text: payload } }
        expect(orders.map(({ command }) => command)).toMatchObject([
          { endpoint: 'room-1', operation, path, ...said },
        ])
        const facts = device.resource(object, Number(ids[2]))
        expect(operation === 'execute' ? facts?.executable : facts?.writable).toBe(true)
        if (operation === 'execute')
          expect(payload).toBe('') // else it would be the argument
        else expect(typeIn(payload, facts?.type)).toBe(facts?.type)
      }
    }
  })
})

/** The type that a text has as a value: a text is read as JSON where the resource is none. */
function typeIn(text: string, type: string | undefined): string | undefined {
  if (type === 'string') return type
  const value: unknown = JSON.parse(text)
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value !== 'number') return undefined
  return Number.isInteger(value) && type !== 'float' ? 'integer' : 'float'
}

/** What Home Assistant sends to the command topics of a component. */
function sayings({
  p,
  command_topic: topic,
  brightness_command_topic: brightness,
  ...more
}: Component): [string, string][] {
  const said: [string, string][] = []
  if (topic !== undefined) {
    const payloads: Readonly<Record<string, readonly unknown[]>> = {
      button: [more.payload_press],
      number: [more.min, more.max],
      text: ['hello'],
    }
    for (const payload of payloads[String(p)] ?? [more.payload_on, more.payload_off])
      said.push([String(topic), String(payload)])
  }
  if (brightness !== undefined) said.push([String(brightness), String(more.brightness_scale)])
  return said
}
