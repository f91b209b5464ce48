import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LogLine, root } from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { findPeers } from '../support/peers.ts'
import { freeUdpPort } from '../support/ports.ts'
import { killAll, Program, terminalPath } from '../support/processes.ts'
import { linesWithoutMatch } from '../support/sample-output.ts'

/** What a newcomer sees first, and the sections after it. */
const [firstScreen = '', ...sections] = readFileSync(join(root, 'README.md'), 'utf8').split(/^## /m)

function blocks(language: string, section = firstScreen): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')
  return [...section.matchAll(fence)].map(([, text = '']) => text)
}

/** The commands, one by one. */
const commands = blocks('sh').flatMap((block) =>
  block
    .split(/\n|&&/)
    .map((command) => command.trim())
    .filter(Boolean),
)

const peers = findPeers('sh', 'npm')

describe.skipIf(peers.areMissing)(`the first screen of the README${peers.remark}`, () => {
  afterAll(killAll)

  it('its first commands install and show the loop', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci', 'npm run demo'])
  })

  it('its command works, and the output has the shape that it shows', async () => {
    const [sample = ''] = blocks('text')
    const demo = commands.find((command) => command.startsWith('npm run demo')) ?? 'false'
    const program = new Program('sh', ['-c', `${demo} -- --once`], {
      cwd: root,
      env: { PATH: terminalPath },
      group: true,
    })
    expect(await program.ended(100_000)).toEqual({ code: 0, signal: null })
    expect(linesWithoutMatch(sample, program.stdout.text)).toEqual([])
  })

  it('its output shows a registration, a reading, and a command with its answer', () => {
    const topics = blocks('text').flatMap((block) => block.split('\n').map((line) => line.split(' ', 1)[0]))
    for (const topic of ['presence', 'registration', 'value/3303/0/5700', 'do/request', 'response']) {
      expect(topics).toContain(`lwm2m/device/demo/${topic}`)
    }
  })
})

const brokerPeers = findPeers('sh', 'npm', 'npx', 'mosquitto', 'mosquitto_sub', 'mosquitto_pub')

describe.skipIf(brokerPeers.areMissing)(
  `"Use it with your broker" in the README${brokerPeers.remark}`,
  () => {
    const section = sections.find((text) => text.startsWith('Use it with your broker')) ?? ''
    const [gatewayScript = '', clientScript = ''] = blocks('sh', section)
    const [, deviceCommand = ''] = /`(npx lwm2mqtt simulate [^`]+)`/.exec(section) ?? []
    const clientCommands = clientScript.replaceAll('\\\n', '').split('\n').filter(Boolean)
    let folder: string
    let broker: Mosquitto
    let here: (command: string) => Program

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-readme-'))
      // The clone, save for the file that the commands write.
      const files = readdirSync(root).filter((name) => name !== 'lwm2mqtt.yaml')
      for (const name of files) symlinkSync(join(root, name), join(folder, name))
      broker = await startMosquitto()
      const devicePort = await freeUdpPort()
      const places = [
        ['mqtt://192.168.1.10:1883', broker.url],
        ['-h 192.168.1.10', `-h 127.0.0.1 -p ${broker.port}`],
        [/coap:\/\/(0\.0\.0\.0|127\.0\.0\.1):5683/g, `coap://127.0.0.1:${devicePort}`],
      ] as const
      here = (command) => {
        const placed = places.reduce((text, [from, to]) => text.replaceAll(from, to), command)
        expect(placed).not.toMatch(/192\.168|:(1883|5683)\b/)
        return new Program('sh', ['-c', placed], { cwd: folder, env: { PATH: terminalPath }, group: true })
      }
    })
    afterAll(async () => {
      await killAll()
      await broker?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    it('brings a gateway, a device, its values, and an answer to every command', async () => {
      const [subscribe = '', ...publish] = clientCommands
      expect(clientCommands.map((command) => command.split(' ', 1)[0])).toEqual([
        'mosquitto_sub',
        ...publish.map(() => 'mosquitto_pub'),
      ])
      expect(publish.length).toBeGreaterThan(2)
      const subscriber = here(subscribe)
      const gateway = here(gatewayScript)
      const { uri } = JSON.parse(await gateway.stdout.find('give a device this server URI')) as LogLine
      expect(uri).toMatch(/^coap:/)
      await gateway.stdout.find('connected to the broker')
      here(deviceCommand)
      await subscriber.stdout.find('/value/3304/0/5700 {')
      for (const command of publish) {
        const mark = subscriber.stdout.all.length
        expect(await here(command).ended()).toEqual({ code: 0, signal: null })
        expect(await subscriber.stdout.find('/response {', mark)).toContain('"status":"ok"')
      }
      expect(subscriber.stdout.text).toMatch(/\/response \{"id":"42","status":"ok"/)
    })
  },
)

describe('comparing a sample with a real output', () => {
  const real =
    'broker  mqtt://127.0.0.1:4711\nt/value/3/0  {"value":21.5,"time":17,"name":"x"}\nt/event  {"id":"a-1","event":"registered"}'

  it.each([
    ['the same', real],
    ['other numbers, ports and ids', real.replace('4711', '1').replace('21.5', '-3').replace('a-1', 'b-2')],
    ['what is left out', 'broker  …\n…\nt/value/3/0  {"value":21.5,…}'],
    [
      'another order of topics',
      't/event  {"id":"q","event":"registered"}\nt/value/3/0  {"value":1,"time":1,"name":"x"}',
    ],
  ])('%s fits', (_name, sample) => {
    expect(linesWithoutMatch(sample, real)).toEqual([])
  })

  it.each([
    ['a topic', 't/value/3/1  {"value":21.5,"time":17,"name":"x"}'],
    ['a key', 't/value/3/0  {"value":21.5,"at":17,"name":"x"}'],
    ['a key that is gone', 't/value/3/0  {"value":21.5,"time":17,"name":"x","unit":"y"}'],
    ['a key that is new', 't/value/3/0  {"value":21.5,"time":17}'],
    ['a word', 't/event  {"id":"a-1","event":"updated"}'],
  ])('%s that changed does not', (_name, sample) => {
    expect(linesWithoutMatch(sample, real)).toEqual([sample])
  })

  it('a line stands for one line only', () => {
    const [line = ''] = real.split('\n')
    expect(linesWithoutMatch(`${line}\n${line}`, real)).toEqual([line])
  })
})
