import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BrokerClient } from '../../../src/cli/broker-client.ts'
import { runCli } from '../../../src/cli/cli.ts'
import { pub } from '../../../src/cli/pub.ts'
import { sub } from '../../../src/cli/sub.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { EmbeddedBroker } from '../../../src/mqtt/embedded.ts'
import { Recorder } from './recorder.ts'
import {
  ACCEPTED,
  type Answers,
  PUBLISH,
  ScriptedBroker,
  SUBSCRIBE,
  UNAUTHORIZED,
} from './scripted-broker.ts'

function start(args: readonly string[], io = new Recorder()) {
  return { io, code: runCli(args, [sub, pub], io) }
}

async function run(args: readonly string[], io = new Recorder()) {
  const code = await runCli(args, [sub, pub], io)
  return { code, out: io.lines, err: io.complaints.join('\n') }
}

describe('with the embedded broker, which speaks 3.1.1 only', () => {
  let broker: EmbeddedBroker

  beforeEach(async () => {
    broker = await EmbeddedBroker.start({ host: '127.0.0.1', port: 0, logger: silentLogger })
  })
  afterEach(() => broker.stop())

  const publish = (topic: string, message: string, ...options: string[]) =>
    run(['pub', topic, message, '--url', broker.url, ...options])

  test('pub --retain and sub --count: what is kept comes, and the command ends', async () => {
    expect(await publish('lwm2m/a', '{"value":1}', '--retain')).toEqual({ code: 0, out: [], err: '' })
    const { code, out } = await run(['sub', '--url', broker.url, '--count', '1'])
    expect({ code, out }).toEqual({ code: 0, out: ['lwm2m/a {"value":1}'] })
  })

  test('without --retain nothing is kept', async () => {
    await publish('lwm2m/a', 'gone')
    await publish('lwm2m/b', 'kept', '-r')
    expect((await run(['sub', '-u', broker.url, '-n', '1'])).out).toEqual(['lwm2m/b kept'])
  })

  test('sub prints a line for each message until it is stopped', async () => {
    await publish('x/ready', 'yes', '--retain')
    const { io, code } = start(['sub', 'x/#', '--url', broker.url])
    await io.hasLines(1)
    await publish('x/1', 'one')
    await publish('y/1', 'not this')
    await publish('x/2', 'two\nlines')
    await io.hasLines(3)
    io.stop()
    expect(await code).toBe(0)
    expect(io.lines).toEqual(['x/ready yes', 'x/1 one', String.raw`x/2 "two\nlines"`])
    expect(io.complaints).toEqual([])
  })

  test('sub says so when the broker goes away', async () => {
    await publish('lwm2m/a', 'x', '--retain')
    const { io, code } = start(['sub', '--url', broker.url])
    await io.hasLines(1)
    await broker.stop()
    expect(await code).toBe(4)
    expect(io.complaints.join('\n')).toContain('code: mqtt_closed')
    broker = await EmbeddedBroker.start({ host: '127.0.0.1', port: 0, logger: silentLogger })
  })

  test('the configuration names the broker and the base topic', async () => {
    await publish('site/a', 'x', '--retain')
    const port = new URL(broker.url).port
    const text = `mqtt: { url: embedded, base: site, embedded: { port: ${port} } }`
    const io = new Recorder({ 'lwm2mqtt.yaml': text })
    expect((await run(['sub', '-n', '1'], io)).out).toEqual(['site/a x'])
  })

  test('a response topic is refused: 3.1.1 has none', async () => {
    const { code, err } = await publish('lwm2m/a', 'x', '--response-topic', 'r')
    expect(code).toBe(2)
    expect(err).toContain('MQTT 3.1.1, which knows no response topic')
  })
})

describe('with a broker that speaks MQTT 5', () => {
  const brokers: ScriptedBroker[] = []
  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.stop()
  })

  async function scripted(answers: Answers): Promise<ScriptedBroker> {
    const broker = await ScriptedBroker.start(answers)
    brokers.push(broker)
    return broker
  }

  test('pub sends Response Topic and Correlation Data', async () => {
    const broker = await scripted({ connack: ACCEPTED })
    const args = [
      'pub',
      't',
      'm',
      '--url',
      broker.url,
      '--response-topic',
      'lwm2m/reply/me',
      '--correlation',
      'c7',
    ]
    expect(await run(args)).toEqual({ code: 0, out: [], err: '' })
    const packet = broker.packets.find(({ type }) => type === 3)?.bytes.toString('latin1')
    expect(packet).toContain('\x08\x00\x0elwm2m/reply/me') // MQTT 5, 3.3.2.3.5
    expect(packet).toContain('\x09\x00\x02c7') // 3.3.2.3.6
  })

  test('user and password come from the command line, the password from a file', async () => {
    const broker = await scripted({ connack: ACCEPTED })
    const io = new Recorder({ '/p': 'hunter2\n' })
    const args = ['pub', 't', 'm', '--url', broker.url, '--username', 'me', '--password-file', '/p']
    expect((await run(args, io)).code).toBe(0)
    expect(broker.packets[0]?.bytes.toString('latin1')).toContain('\0\x02me\0\x07hunter2')
  })

  test('user and password of the configuration never go to the broker of --url', async () => {
    const broker = await scripted({ connack: ACCEPTED })
    const text = 'mqtt: { username: me, password_file: /p }'
    const io = new Recorder({ 'lwm2mqtt.yaml': text, '/p': 'hunter2' })
    expect((await run(['pub', 't', 'm', '--url', broker.url], io)).code).toBe(0)
    expect(broker.packets[0]?.bytes.toString('latin1')).not.toMatch(/hunter2|me/)
  })

  test.each([
    [{ connack: UNAUTHORIZED }, ['pub', 't', 'm'], 4, 'mqtt_unauthorized'],
    [{ connack: ACCEPTED, puback: 0x87 }, ['pub', 't', 'm'], 1, 'mqtt_refused'],
    [{ connack: ACCEPTED, suback: 0x87 }, ['sub', 't'], 1, 'mqtt_subscription'],
    [{ connack: [0x20, 3, 0, 0x84, 0] }, ['sub', 't'], 4, 'mqtt_protocol'],
    [{ connack: ACCEPTED, hangsUpAt: PUBLISH }, ['pub', 't', 'm'], 4, 'mqtt_closed'],
    [{ connack: ACCEPTED, hangsUpAt: SUBSCRIBE }, ['sub', 't'], 4, 'mqtt_closed'],
  ])('%j is a reason: %j', async (answers, args, expectedCode, expectedError) => {
    const broker = await scripted(answers)
    const { code, err } = await run([...args, '--url', broker.url])
    expect(code).toBe(expectedCode)
    expect(err).toContain(`code: ${expectedError}`)
  })

  test('a connection is tried again with 3.1.1 only where the version was refused', async () => {
    const refused = await scripted({ connack: UNAUTHORIZED })
    await run(['pub', 't', 'm', '--url', refused.url])
    expect(refused.packets).toHaveLength(1)
    const old = await scripted({ connack: [0x20, 3, 0, 0x84, 0] })
    await run(['pub', 't', 'm', '--url', old.url])
    expect(old.packets.map(({ bytes }) => bytes.readUInt8(8))).toEqual([5, 4])
  })

  test('a stop while it connects is no failure', async () => {
    const mute = await scripted({ connack: [] })
    const { io, code } = start(['sub', '--url', mute.url])
    io.stop()
    expect(await code).toBe(0)
    expect(io.complaints).toEqual([])
  })
})

describe('without a broker', () => {
  test('the connection is refused', async () => {
    const broker = await ScriptedBroker.start({ connack: ACCEPTED })
    const { url } = broker
    await broker.stop()
    const { code, err } = await run(['sub', '--url', url])
    expect(code).toBe(4)
    expect(err).toContain('code: mqtt_unreachable')
  })

  test.each([
    [['sub', '--url', 'http://x'], 'mqtt_url'],
    [['sub', '--username', 'x'], 'usage'],
    [['pub', 'only-a-topic'], 'usage'],
    [['sub', '--count', '0'], 'usage'],
    [['pub', 'a/#', 'm', '--url', 'mqtt://h'], 'usage'],
    [['pub', '', 'm', '--url', 'mqtt://h'], 'usage'],
    [['pub', 't', 'm', '--response-topic', 'a/+', '--url', 'mqtt://h'], 'usage'],
    [['sub', 'a/#/b', '--url', 'mqtt://h'], 'usage'],
    [['sub', '', '--url', 'mqtt://h'], 'usage'],
    [['sub', '--url', 'mqtt://h', '--username', 'u', '--password-file', '/nowhere'], 'config_unreadable'],
  ])('%j is %s', async (args, code) => {
    expect((await run(args)).err).toContain(`code: ${code}`)
  })

  test('the embedded broker on a free port needs --url', async () => {
    const io = new Recorder({}, { LWM2MQTT__MQTT__URL: 'embedded', LWM2MQTT__MQTT__EMBEDDED__PORT: '0' })
    expect((await run(['sub'], io)).err).toContain('name it with --url')
  })

  test('a stop before it begins ends at once', async () => {
    const io = new Recorder()
    io.stop()
    await expect(BrokerClient.connect({ url: 'mqtt://127.0.0.1:1' }, io.signal)).rejects.toThrow()
  })
})
