import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationFor, GatewayProcess, startCommand } from '../support/gateway-process.ts'
import { type Component, type Discovery, faultsOf } from '../support/homeassistant-rules.ts'
import { render } from '../support/jinja.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { type Heard, MqttClients, type Payload, type Subscriber } from '../support/mqtt-clients.ts'
import { device } from '../support/mqtt-scene.ts'
import { findPeers } from '../support/peers.ts'
import { killAll, type Program } from '../support/processes.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')

const CONFIG = 'homeassistant/device/room-1/config'
const OBJECTS = [
  6, 3201, 3203, 3302, 3303, 3305, 3306, 3308, 3311, 3312, 3316, 3331, 3335, 3337, 3338, 3341, 3342,
]
const LIGHT = '3311_0_5850'

describe.skipIf(peers.areMissing)(`Home Assistant's discovery, and mosquitto${peers.remark}`, () => {
  let broker: Mosquitto
  let clients: MqttClients
  let all: Subscriber
  let gateway: GatewayProcess
  let devices: Program

  beforeAll(async () => {
    broker = await startMosquitto()
    clients = new MqttClients(broker.port)
    all = await clients.subscribe('#')
    gateway = await GatewayProcess.start(configurationFor(broker.url, [], ['mappings: [homeassistant]']))
    devices = simulate(OBJECTS)
    await discovered(({ cmps }) => cmps[LIGHT]?.brightness_command_topic !== undefined)
  })

  afterAll(async () => {
    await killAll()
    await broker?.stop()
  })

  function simulate(objects: readonly number[]): Program {
    const options = ['--endpoint', 'room-1', '--interval', '1', '--objects', objects.join(',')]
    return startCommand(['simulate', '--server', gateway.uri, ...options])
  }

  async function discovered(fits: (message: Discovery) => boolean, mark = 0): Promise<Discovery> {
    const isIt = (payload: Payload): boolean => 'cmps' in payload && fits(payload as Discovery)
    return (await all.payload(CONFIG, isIt, mark)) as Discovery
  }

  /** What the broker has retained, for who subscribes now. */
  async function retained(topic: string): Promise<Heard> {
    const late = await clients.subscribe(topic)
    const message = await late.next(topic)
    await late.stop()
    return message
  }

  async function send(topic: string, payload: string): Promise<Payload> {
    const mark = all.mark
    await clients.publish(topic, payload)
    return all.payload(device('response'), () => true, mark)
  }

  it('discovery is retained, and as Home Assistant wants it', async () => {
    const message = await retained(CONFIG)
    expect(message.retain).toBe(1)
    const discovery = JSON.parse(message.payload) as Discovery
    expect(faultsOf(CONFIG, discovery)).toEqual([])
    expect(discovery.dev).toMatchObject({ ids: ['lwm2m-room-1'], name: 'room-1' })
    const shown = Object.keys(discovery.cmps)
    for (const object of OBJECTS) expect(shown.filter((key) => key.startsWith(`${object}_`))).not.toEqual([])
  })

  it('state topics carry values that the templates understand', async () => {
    const { cmps } = await discovered(({ cmps }) => cmps['3303_0_5700']?.unit_of_measurement !== undefined)
    const temperature = cmps['3303_0_5700'] ?? {}
    const value_json = await all.payload(String(temperature.state_topic))
    expect(Number(render(String(temperature.value_template), { value_json }))).toBe(value_json.value)
    const presence = cmps['3302_0_5500'] ?? {}
    const state = { value_json: await all.payload(String(presence.state_topic)) }
    expect([presence.payload_on, presence.payload_off]).toContain(
      render(String(presence.value_template), state),
    )
    const tracker = cmps['6_0_0'] ?? {}
    expect(await all.payload(String(tracker.json_attributes_topic))).toMatchObject({
      latitude: expect.closeTo(52.52, 1),
      longitude: expect.closeTo(13.4, 1),
    })
  })

  it('availability is told by the gateway and by the device', async () => {
    const { availability } = await discovered(() => true)
    for (const { topic, value_template } of availability as { topic: string; value_template: string }[]) {
      const value_json = JSON.parse((await retained(topic)).payload) as Payload
      expect(render(value_template, { value_json })).toBe('online')
    }
  })

  it('each command topic works back to the device', async () => {
    const { cmps } = JSON.parse((await retained(CONFIG)).payload) as Discovery
    for (const [topic, payload] of Object.values(cmps).flatMap(sayings)) {
      expect(await send(topic, payload), `${topic} ${payload}`).toMatchObject({ status: 'ok', code: '2.04' })
    }
  })

  it('what is switched shows in the state', async () => {
    const { cmps } = await discovered(({ cmps }) => cmps[LIGHT]?.brightness_state_topic !== undefined)
    const light = cmps[LIGHT] ?? {}
    for (const payload of [light.payload_on, light.payload_off]) {
      const mark = all.mark
      await send(String(light.command_topic), String(payload))
      await all.payload(
        String(light.state_topic),
        (value_json) => render(String(light.state_value_template), { value_json }) === payload,
        mark,
      )
    }
  })

  it('the start of Home Assistant has everything told again', async () => {
    const mark = all.mark
    await clients.publish('homeassistant/status', 'online')
    expect(Object.keys((await discovered(() => true, mark)).cmps)).toContain(LIGHT)
  })

  it('a button restarts the device', async () => {
    const { cmps } = await discovered(() => true)
    const mark = all.mark
    expect(await send(String(cmps['3_0_4']?.command_topic), '')).toMatchObject({ status: 'ok' })
    await all.payload(
      device('event'),
      ({ event }) => event === 'registered' || event === 're-registered',
      mark,
    )
  })

  it('a component that is gone is taken away', async () => {
    const mark = all.mark
    await devices.kill('SIGKILL')
    devices = simulate(OBJECTS.filter((id) => id !== 3311))
    const farewell = await discovered(
      ({ cmps }) => cmps[LIGHT]?.unique_id === undefined && LIGHT in cmps,
      mark,
    )
    expect(farewell.cmps[LIGHT]).toEqual({ p: 'light' })
    await discovered(({ cmps }) => !(LIGHT in cmps), mark)
    expect(Object.keys((JSON.parse((await retained(CONFIG)).payload) as Discovery).cmps)).not.toContain(LIGHT)
  })

  it('a device that says goodbye is taken away', async () => {
    const mark = all.mark
    await devices.kill('SIGTERM')
    const message = await all.next(CONFIG, (_, { payload }) => payload === '', mark)
    expect(message.payload).toBe('')
  })
})

/** What Home Assistant sends, save to the button that restarts the device. */
function sayings({
  p,
  device_class,
  command_topic: topic,
  payload_press,
  ...more
}: Component): [string, string][] {
  if (topic === undefined || device_class === 'restart') return []
  const payloads: Readonly<Record<string, readonly unknown[]>> = {
    button: [payload_press],
    number: [more.min, more.max],
    text: ['hello'],
  }
  const said = (payloads[String(p)] ?? [more.payload_on, more.payload_off]).map(
    (payload): [string, string] => [String(topic), String(payload)],
  )
  const { brightness_command_topic: brightness } = more
  return brightness === undefined ? said : [...said, [String(brightness), '57']]
}
