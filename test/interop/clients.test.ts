import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  configurationFor,
  GatewayProcess,
  root,
  runCommand,
  startCommand,
} from '../support/gateway-process.ts'
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts'
import { findPeers } from '../support/peers.ts'
import { freePort } from '../support/ports.ts'
import { killAll, Program, terminalPath } from '../support/processes.ts'

const brokerTools = findPeers('mosquitto')
const pipeTools = findPeers('sh', 'head')
const shellTools = findPeers('sh', 'npx', 'mosquitto_sub', 'mosquitto_pub')

describe('lwm2mqtt sub and pub', () => {
  afterEach(killAll)

  it('a broker that is not there: exit code 4 and its address', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`
    for (const args of [
      ['sub', '--url', url],
      ['pub', 'a', 'b', '--url', url],
    ]) {
      const ran = await runCommand(args)
      expect(ran).toMatchObject({ code: 4, stdout: '' })
      expect(ran.stderr).toContain(url)
      expect(ran.stderr).toContain('ECONNREFUSED')
    }
  })

  it('work with the embedded broker: both directions, retained, a count', async () => {
    const gateway = await GatewayProcess.start(configurationFor('embedded', ['embedded: { port: 0 }']))
    const url = String(gateway.log.find(({ broker }) => broker !== undefined)?.broker)
    await talk(url)
    const refused = await runCommand(['pub', 'a', 'b', '--response-topic', 'c', '--url', url])
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toContain('3.1.1')
  })

  describe.skipIf(brokerTools.areMissing)(`at mosquitto${brokerTools.remark}`, () => {
    let broker: Mosquitto

    beforeAll(async () => {
      broker = await startMosquitto()
    })
    afterAll(() => broker?.stop())

    it('work: both directions, retained, a count', async () => {
      await GatewayProcess.start(configurationFor(broker.url))
      await talk(broker.url)
    })

    it('pub names a response topic, and sub sees the answer there', async () => {
      const gateway = await GatewayProcess.start(configurationFor(broker.url))
      await gateway.program.stdout.find('connected to the broker')
      await runCommand(['pub', 'lwm2m/reply/1', 'ready', '--retain', '--url', broker.url])
      const subscriber = startCommand(['sub', 'lwm2m/reply/1', '--count', '2', '--url', broker.url])
      await subscriber.stdout.find('lwm2m/reply/1 ready')
      const request = [
        'lwm2m/device/none/do/read/3/0',
        '',
        '--response-topic',
        'lwm2m/reply/1',
        '--correlation',
        'x',
      ]
      expect(await runCommand(['pub', ...request, '--url', broker.url])).toMatchObject({
        code: 0,
        stdout: '',
        stderr: '',
      })
      expect(await subscriber.ended()).toEqual({ code: 0, signal: null })
      expect(subscriber.stdout.all[1]).toMatch(/^lwm2m\/reply\/1 \{.*"endpoint_unknown"/)
    })

    it.skipIf(pipeTools.areMissing)(
      `sub ends quietly when nobody reads its output any more${pipeTools.remark}`,
      async () => {
        await runCommand(['pub', 'pipe/1', 'one', '--retain', '--url', broker.url])
        const command = `"${process.execPath}" bin/lwm2mqtt.js sub 'pipe/#' --url ${broker.url} | head -n 1`
        const shell = new Program('sh', ['-c', command], { cwd: root, group: true })
        await shell.stdout.find('pipe/1 one')
        await runCommand(['pub', 'pipe/2', 'two', '--url', broker.url])
        await runCommand(['pub', 'pipe/2', 'three', '--url', broker.url])
        expect(await shell.ended()).toEqual({ code: 0, signal: null })
        expect(shell.stderr.text).toBe('')
      },
    )
  })
})

/** A device, a subscription, a message there and the answer back, all with our own clients. */
async function talk(url: string): Promise<void> {
  const subscriber = startCommand(['sub', '--url', url])
  await subscriber.stdout.find('lwm2m/gateway/gw/state {"state":"online"}')
  const request = '{"id":"a","operation":"read","path":"/3/0"}'
  const topic = 'lwm2m/device/somebody/do/request'
  expect(await runCommand(['pub', topic, request, '--url', url])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  })
  await subscriber.stdout.find(`${topic} ${request}`)
  await subscriber.stdout.find('lwm2m/device/somebody/response {"id":"a","status":"error"')
  expect(await subscriber.kill('SIGINT')).toEqual({ code: 0, signal: null })
  await runCommand(['pub', 'some/where', 'a\nb', '--retain', '--url', url])
  const late = await runCommand(['sub', 'some/#', '-n', '1', '--url', url])
  expect(late).toMatchObject({ code: 0, stdout: 'some/where "a\\nb"\n', stderr: '' })
}

describe('lwm2mqtt demo', () => {
  it('--once ends with exit code 0 after the loop', async () => {
    const ran = await runCommand(['demo', '--once'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('The loop has run')
    expect(ran.stdout).not.toContain('second terminal')
  })

  it.skipIf(shellTools.areMissing)(
    `the lines that it prints work in a second terminal${shellTools.remark}`,
    async () => {
      const demo = startCommand(['demo'])
      await demo.stdout.find('Stop with')
      const lines = demo.stdout.all.filter((line) => line.startsWith('  ')).map((line) => line.trim())
      expect(lines.map((line) => line.split(' -')[0]?.split(' ').slice(0, 3).join(' '))).toEqual([
        'mosquitto_sub',
        'mosquitto_pub',
        'mosquitto_pub',
        'npx lwm2mqtt sub',
        'npx lwm2mqtt pub',
        'npx lwm2mqtt pub',
      ])
      const subscribers = lines.filter((line) => /_sub | sub /.test(line)).map((line) => shell(line))
      for (const subscriber of subscribers) await subscriber.stdout.find('/presence {')
      for (const line of lines.filter((line) => /_pub | pub /.test(line))) {
        const marks = subscribers.map(({ stdout }) => stdout.all.length)
        const publisher = shell(line)
        expect(await publisher.ended()).toEqual({ code: 0, signal: null })
        expect(publisher.stdout.text).toBe('')
        for (const [index, { stdout }] of subscribers.entries()) {
          const answer = await stdout.find('/response {', marks[index])
          expect(answer).toContain('"status":"ok"')
        }
      }
      for (const subscriber of subscribers) await subscriber.kill('SIGTERM')
      expect(await demo.kill('SIGINT')).toEqual({ code: 0, signal: null })
    },
  )
})

function shell(line: string): Program {
  return new Program('sh', ['-c', line], { cwd: root, env: { PATH: terminalPath }, group: true })
}
