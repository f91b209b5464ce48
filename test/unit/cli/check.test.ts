import { describe, expect, test } from 'vitest'
import { check } from '../../../src/cli/check.ts'
import { runCli } from '../../../src/cli/cli.ts'
import { writeTemporary } from '../../support/gateway-process.ts'
import { Recorder } from './recorder.ts'

const FILES = {
  '/c.yaml': 'mqtt: { base: mine, username: u, password_file: /p }\n',
  '/p': 'hunter2\n',
  '/bad.yaml': 'mqtt: { basse: 1 }\nlog: { level: loud }\n',
}

async function run(args: readonly string[], files: Readonly<Record<string, string>> = FILES, env = {}) {
  const io = new Recorder(files, env)
  const code = await runCli(['check', ...args], [check], io)
  return { code, out: io.lines.join('\n'), err: io.complaints.join('\n') }
}

describe('check', () => {
  test('prints what is in effect, and no secret', async () => {
    const { code, out } = await run(['--config', '/c.yaml'], FILES, { LWM2MQTT__COAP__NSTART: '3' })
    expect(code).toBe(0)
    expect(out).toMatch(/^# from \/c.yaml\ngateway:\n {2}id: lwm2mqtt\n/)
    expect(out).toContain('  base: mine\n')
    expect(out).toContain('  password_file: /p\n')
    expect(out).toContain('  nstart: 3\n')
    expect(out).not.toContain('hunter2')
  })

  test('takes the first of the usual places, else the defaults', async () => {
    const found = await run([], { 'lwm2mqtt.yaml': 'gateway: { id: here }' })
    expect(found.out).toMatch(/^# from lwm2mqtt.yaml\ngateway:\n {2}id: here\n/)
    const none = await run([], {})
    expect(none.out).toMatch(/^# no configuration file: defaults and environment\n/)
  })

  test('finds what is wrong with the mapping files, examples included', async () => {
    const mapping = writeTemporary(
      'check.yaml',
      'name: x\nexamples: [{ event: { type: registered }, gives: [{}] }]\n',
    )
    const files = { '/c.yaml': `mappings: ['${mapping}']` }
    const { code, out, err } = await run(['-c', '/c.yaml'], files)
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toContain(`${mapping}:2:`)
    writeTemporary('check.yaml', 'name: x\n')
    expect((await run(['-c', '/c.yaml'], files)).code).toBe(0)
  })

  test('names the place in the configuration where it names a mapping that there is not', async () => {
    const files = { '/c.yaml': 'mappings:\n  - plain\n  - homeasistant\n  - ./nothing.yaml\n' }
    const { code, err } = await run(['-c', '/c.yaml'], files)
    expect(code).toBe(3)
    expect(err).toContain("/c.yaml:3:5: mappings[1]: there is no preset 'homeasistant': there are emqx, ")
    expect(err).toContain('(did you mean homeassistant?)')
    expect(err).toContain('/c.yaml:4:5: mappings[2]: the mapping file cannot be read: there is no such file')
    expect(err).not.toContain('ENOENT')
  })

  test('prints every fault with its place, and exits with 3', async () => {
    const { code, out, err } = await run(['-c', '/bad.yaml'])
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toContain('2 errors in the configuration:')
    expect(err).toContain('/bad.yaml:1:9: mqtt.basse: this group has no such key (did you mean base?)')
    expect(err).toContain('/bad.yaml:2:8: log.level: expected one of trace, debug,')
    expect(err).toContain('code: config_invalid')
  })

  test('a certificate that is none', async () => {
    const files = { '/c.yaml': 'mqtt: { url: "mqtts://h", tls: { ca_file: /ca } }', '/ca': 'no PEM' }
    const { code, out, err } = await run(['-c', '/c.yaml'], files)
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toContain('mqtt.tls: ca_file holds no certificate that can be used')
  })

  test('the certificate of another connection, and a mapping file that names none', async () => {
    const broker = 'mqtt: { connections: { cloud: { url: "mqtts://h", tls: { ca_file: /ca } } } }'
    const certificate = await run(['-c', '/c.yaml'], { '/c.yaml': broker, '/ca': 'no PEM' })
    expect(certificate.code).toBe(3)
    expect(certificate.err).toContain('mqtt.connections.cloud.tls: ca_file holds no certificate')
    const mapping = writeTemporary('unknown.yaml', 'name: x\nconnection: clowd\n')
    const text = `mqtt: { connections: { cloud: { url: "mqtt://h" } } }\nmappings: ['${mapping}']`
    const { code, err } = await run(['-c', '/c.yaml'], { '/c.yaml': text })
    expect(code).toBe(3)
    expect(err).toContain(`${mapping}:2:1: connection: `)
    expect(err).toContain('did you mean cloud?')
  })

  test('a file that is not there', async () => {
    const { code, err } = await run(['-c', '/nowhere'])
    expect(code).toBe(3)
    expect(err).toContain('/nowhere')
    expect(err).toContain('code: config_unreadable')
  })
})
