import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publishWith, Subscriber, startMosquitto } from '../support/mosquitto.ts'
import { last, ObservedSession } from '../support/observed-session.ts'
import { findPeers, findProgram } from '../support/peers.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')
const passwords = findPeers('mosquitto_passwd')
const certificates = findPeers('openssl')

describe.skipIf(peers.areMissing)(`mosquitto, MQTT 5${peers.remark}`, () => {
  it('carries properties both ways', async () => {
    const mosquitto = await startMosquitto()
    const subscriber = await Subscriber.start(
      mosquitto.port,
      'lwm2m/t',
      '-V',
      '5',
      '-F',
      '\x01%r %q %t\x02%C|%E|%D|%P|%F\x03',
    )
    const observed = new ObservedSession(mosquitto.url)
    await observed.up()
    await observed.publish('lwm2m/t', '{}', {
      contentType: 'application/json',
      expiry: 60,
      correlationData: Buffer.from('corr'),
      userProperties: { id: 'f-1' },
    })
    await subscriber.until((received) => received.length === 1)
    expect(last(subscriber.received)).toBe('application/json|60|corr|id:f-1|1')
    const command = 'lwm2m/device/ep/do/request'
    const properties = [
      'response-topic',
      'a/reply',
      'correlation-data',
      'c1',
      'message-expiry-interval',
      '30',
    ]
    const args = [0, 2, 4].flatMap((at) => ['-D', 'publish', ...properties.slice(at, at + 2)])
    publishWith(mosquitto.port, command, '{}', '-V', '5', ...args)
    await observed.until(() => observed.incoming.length === 1)
    expect(observed.incoming[0]?.message).toMatchObject({
      responseTopic: 'a/reply',
      correlationData: Buffer.from('c1'),
      expiry: 30,
    })
    await observed.session.stop([], 1000)
    await subscriber.stop()
    await mosquitto.stop()
  })

  it('goes down when a second gateway comes with the same id', async () => {
    const mosquitto = await startMosquitto()
    const observed = new ObservedSession(mosquitto.url, { reconnect: { first: 60_000, longest: 60_000 } })
    await observed.up()
    const second = new ObservedSession(mosquitto.url)
    await second.up()
    await observed.until(() => observed.downs.length > 0)
    // mosquitto 2.0 closes without the DISCONNECT that names the reason; later ones send it.
    expect(['mqtt_taken_over', 'mqtt_closed']).toContain(observed.downs[0]?.code)
    expect(second.session.status.state).toBe('up')
    await second.session.stop([], 1000)
    await observed.session.stop([], 1000)
    await mosquitto.stop()
  })

  it('fails what the access list forbids, and goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-acl-'))
    const acl = join(folder, 'acl')
    execFileSync('/bin/sh', [
      '-c',
      `printf 'topic readwrite allowed/#\\ntopic readwrite lwm2m/#\\n' > ${acl}`,
    ])
    const mosquitto = await startMosquitto({ config: ['allow_anonymous true', `acl_file ${acl}`] })
    const observed = new ObservedSession(mosquitto.url)
    await observed.up()
    const outcomes = await Promise.all([
      observed.publish('allowed/a', '1'),
      observed.publish('forbidden/a', '1'),
      observed.publish('allowed/b', '1'),
    ])
    expect(outcomes.map((error) => error?.code)).toEqual([undefined, 'mqtt_refused', undefined])
    expect(observed.session.status.state).toBe('up')
    await observed.session.stop([], 1000)
    await mosquitto.stop()
    rmSync(folder, { recursive: true })
  })

  it.skipIf(passwords.areMissing)(
    `logs in with a password, and says when it is wrong${passwords.remark}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-password-'))
      const file = join(folder, 'passwords')
      execFileSync(findProgram('mosquitto_passwd') as string, ['-b', '-c', file, 'gw', 'right'])
      const mosquitto = await startMosquitto({ config: ['allow_anonymous false', `password_file ${file}`] })
      const wrong = new ObservedSession(mosquitto.url, {
        username: 'gw',
        password: 'wrong',
        clientId: 'wrong',
      })
      wrong.session.start()
      await wrong.until(() => wrong.downs.length > 0)
      expect(wrong.downs[0]?.code).toBe('mqtt_unauthorized')
      const right = new ObservedSession(mosquitto.url, { username: 'gw', password: 'right' })
      await right.up()
      expect(wrong.ups).toBe(0)
      await wrong.session.stop([], 1000)
      await right.session.stop([], 1000)
      await mosquitto.stop()
      rmSync(folder, { recursive: true })
    },
  )

  it.skipIf(certificates.areMissing)(
    `connects over TLS to a certificate that it trusts, and to no other${certificates.remark}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-tls-'))
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=broker', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
      const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      execFileSync('openssl', ['req', '-x509', ...algorithm, '-keyout', key, '-out', cert, ...subject], {
        stdio: 'ignore',
      })
      const tls = [`certfile ${cert}`, `keyfile ${key}`]
      const mosquitto = await startMosquitto({ config: ['allow_anonymous true', ...tls] })
      const url = mosquitto.url.replace('mqtt:', 'mqtts:')
      const distrustful = new ObservedSession(url, { clientId: 'distrustful' })
      distrustful.session.start()
      await distrustful.until(() => distrustful.downs.length > 0)
      expect(distrustful.downs[0]?.code).toBe('mqtt_tls')
      const trusting = new ObservedSession(url, { tls: { ca: readFileSync(cert, 'utf8') } })
      await trusting.up()
      expect(await trusting.publish('lwm2m/t', 'x')).toBeUndefined()
      const careless = new ObservedSession(url, { tls: { rejectUnauthorized: false }, clientId: 'careless' })
      await careless.up()
      expect(distrustful.ups).toBe(0)
      for (const { session } of [distrustful, trusting, careless]) await session.stop([], 1000)
      await mosquitto.stop()
      rmSync(folder, { recursive: true })
    },
  )

  it('connects by itself once the broker is there', async () => {
    const mosquitto = await startMosquitto()
    await mosquitto.kill()
    const observed = new ObservedSession(mosquitto.url)
    observed.session.start()
    await observed.until(() => observed.downs.length > 0)
    expect(observed.downs[0]?.code).toBe('mqtt_unreachable')
    await mosquitto.start()
    await observed.until(() => observed.ups === 1)
    await observed.session.stop([], 1000)
    await mosquitto.stop()
  })
})
