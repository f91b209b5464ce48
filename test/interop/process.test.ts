import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  configurationFor,
  GatewayProcess,
  root,
  runCommand,
  startCommand,
  writeTemporary,
} from '../support/gateway-process.ts'
import { missing, PRESENT } from '../support/peers.ts'
import { freePort } from '../support/ports.ts'
import { killAll, run, terminalPath } from '../support/processes.ts'

const terminal = { cwd: root, env: { PATH: terminalPath } }

/** The major version of the machine's own Node, undefined where there is none. */
async function ownNode(): Promise<number | undefined> {
  const ran = await run('/usr/bin/env', ['node', '--version'], terminal).catch(() => undefined)
  return ran?.code === 0 ? Number(/^v(\d+)/.exec(ran.stdout)?.[1]) : undefined
}

const nodeOfMachine = await ownNode()
const oldNode = nodeOfMachine !== undefined && nodeOfMachine < 24 ? PRESENT : missing('no Node below 24')

afterAll(killAll)

describe('bin/lwm2mqtt.js', () => {
  it.skipIf(oldNode.areMissing)(`says what is wrong on an older Node${oldNode.remark}`, async () => {
    const ran = await run('/usr/bin/env', ['node', join('bin', 'lwm2mqtt.js'), 'demo'], terminal)
    expect(ran.code).toBe(1)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain(`lwm2mqtt needs Node 24 or newer; this is v${nodeOfMachine}.`)
    expect(ran.stderr).toContain('npm ci')
    expect(ran.stderr).not.toMatch(/SyntaxError|\n\s+at /)
  })

  it('without a command: the overview on standard error, exit code 2', async () => {
    const ran = await runCommand([])
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    for (const command of ['run', 'check', 'demo', 'simulate', 'sub', 'pub'])
      expect(ran.stderr).toContain(`  ${command} `)
  })

  it('says its version, and its help on standard output', async () => {
    expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(await runCommand(['run', '--help'])).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    [['rnu'], 'did you mean run?'],
    [['run', '--confg', 'x'], '--confg'],
    [['simulate', '--endpoint', 'a'], '--server is needed'],
    [['simulate', '--server', 'mqtt://h', '--endpoint', 'a'], 'coap://127.0.0.1:5683'],
    [['pub', 'only/a/topic'], 'MESSAGE'],
  ])('a command line that cannot be understood ends with exit code 2: %j', async (args, word) => {
    const ran = await runCommand(args)
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toContain(word)
    expect(ran.stderr).toContain('code: usage')
  })
})

describe('lwm2mqtt check', () => {
  it('prints what is in effect, without secrets', async () => {
    const secret = writeTemporary('password', 'tr0ub4dor&3\n')
    const file = writeTemporary(
      'secret.yaml',
      `mqtt: { username: gw, password_file: ${secret}, base: site/7 }\n`,
    )
    const ran = await runCommand(['check', '--config', file], { env: { LWM2MQTT__GATEWAY__ID: 'cellar-1' } })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain(`# from ${file}`)
    expect(ran.stdout).toContain('  id: cellar-1\n')
    expect(ran.stdout).toContain('  base: site/7\n')
    expect(ran.stdout).not.toContain('tr0ub4dor')
  })

  it('names every fault at once, with file, line and column, and what was meant', async () => {
    const file = writeTemporary(
      'faulty.yaml',
      'gateway: { id: gw }\nmqqt:\n  url: x\nmqtt:\n  keepalive: never\n  bsae: y\n',
    )
    const ran = await runCommand(['check', '--config', file])
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toContain(`${file}:2:1: `)
    expect(ran.stderr).toContain('did you mean mqtt?')
    expect(ran.stderr).toContain(`${file}:5:3: mqtt.keepalive: `)
    expect(ran.stderr).toContain(`${file}:6:3: `)
    expect(ran.stderr).toContain('did you mean base?')
  })

  it('a file that is not there: exit code 3', async () => {
    const ran = await runCommand(['check', '--config', '/nowhere/at/all.yaml'])
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toContain('/nowhere/at/all.yaml')
    expect(ran.stderr).toContain('code: config_unreadable')
  })
})

describe('lwm2mqtt run', () => {
  it('an unknown key ends it with exit code 3 and its place', async () => {
    const file = writeTemporary('unknown.yaml', 'lwm2m:\n  listener: [coap://127.0.0.1:0]\n')
    const ran = await runCommand(['run', '--config', file])
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toContain(`${file}:2:3: `)
    expect(ran.stderr).toContain('did you mean listeners?')
  })

  it('a port that is taken ends it with exit code 4 and the address', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    const listeners = JSON.stringify([`coap://127.0.0.1:${port}`])
    const env = {
      LWM2MQTT__LWM2M__LISTENERS: listeners,
      LWM2MQTT__MQTT__URL: 'embedded',
      LWM2MQTT__MQTT__EMBEDDED__PORT: '0',
    }
    const ran = await runCommand(['run', '--config', '/dev/null'], { env })
    socket.close()
    expect(ran.code).toBe(4)
    expect(ran.stderr).toContain(`127.0.0.1:${port}`)
    expect(ran.stderr).toContain('EADDRINUSE')
    expect(ran.stderr).toContain('code: listener_failed')
  })

  it('a port of the embedded broker that is taken ends it with exit code 4', async () => {
    const first = await GatewayProcess.start(configurationFor('embedded', ['embedded: { port: 0 }']))
    const url = String(first.log.find(({ broker }) => broker !== undefined)?.broker)
    const { port } = new URL(url)
    const file = writeTemporary('taken.yaml', configurationFor('embedded', [`embedded: { port: ${port} }`]))
    const ran = await runCommand(['run', '--config', file])
    expect(ran.code).toBe(4)
    expect(ran.stderr).toContain(`127.0.0.1:${port}`)
    expect(ran.stderr).toContain('code: mqtt_embedded')
    expect(await first.program.kill('SIGINT')).toEqual({ code: 0, signal: null })
  })

  it('its first lines name every address, the state of the broker, and a URI for a device', async () => {
    const port = await freePort()
    const file = writeTemporary(
      'two.yaml',
      `mqtt: { url: "mqtt://127.0.0.1:${port}" }\nlwm2m: { listeners: ["coap://127.0.0.1:0", "coap://127.0.0.2:0"] }\n`,
    )
    const program = startCommand(['run', '--config', file])
    await program.stdout.find('ECONNREFUSED')
    const lines = program.stdout.all.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines[0]).toMatchObject({ gateway: 'lwm2mqtt', configuration: file, version: expect.any(String) })
    const listeners = lines.map(({ listener }) => listener).filter((listener) => listener !== undefined)
    expect(listeners).toEqual([
      expect.stringMatching(/^coap:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^coap:\/\/127\.0\.0\.2:\d+$/),
    ])
    const uris = lines.map(({ uri }) => uri).filter((uri) => uri !== undefined)
    expect(uris).toEqual(listeners)
    const text = lines.map(({ msg }) => msg).join('\n')
    expect(text).toContain(`mqtt://127.0.0.1:${port}`)
    expect(lines.find(({ code }) => code !== undefined)).toMatchObject({
      code: 'mqtt_unreachable',
      level: 40,
    })
    expect(lines.length).toBeLessThan(12)
    program.signal('SIGTERM')
    expect(await program.ended()).toEqual({ code: 0, signal: null })
  })

  it('with the embedded broker: SIGTERM ends it with a device and subscribers there', async () => {
    const gateway = await GatewayProcess.start(configurationFor('embedded', ['embedded: { port: 0 }']))
    const url = String(gateway.log.find(({ broker }) => broker !== undefined)?.broker)
    const subscriber = startCommand(['sub', '--url', url])
    const device = startCommand(['simulate', '--server', gateway.uri, '--endpoint', 'e'])
    await subscriber.stdout.find('lwm2m/device/e/value/3303/0/5700 {')
    gateway.program.signal('SIGTERM')
    expect(await gateway.program.ended()).toEqual({ code: 0, signal: null })
    await subscriber.stdout.find('lwm2m/gateway/gw/state {"state":"offline"}')
    const { code } = await subscriber.ended()
    expect(code).toBe(4)
    await device.kill('SIGKILL')
  })
})
