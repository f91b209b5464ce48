import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand, writeTemporary } from '../support/gateway-process.ts'
import { Scene } from '../support/mqtt-scene.ts'
import { findPeers } from '../support/peers.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')

describe.skipIf(peers.areMissing).each([5, 4] as const)(
  `map scaffold with a simulated device and mosquitto on MQTT %i${peers.remark}`,
  (version) => {
    let scene: Scene

    beforeAll(async () => {
      scene = await Scene.open(version)
    })
    afterAll(() => scene?.close())

    it('writes a file from what the device registered and told, which passes check and test', async () => {
      const { code, stdout, stderr } = await runCommand([
        'map',
        'scaffold',
        'room-1',
        '--url',
        scene.broker.url,
      ])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('match: { endpoint: "room-1" }')
      expect(stdout).toMatch(/- name: temperature-sensor-value # Temperature: Sensor Value\b/)
      expect(stdout).toContain('topic: "home/{device}/light-control/{instance}/on-off/set"')
      expect(stdout).toContain('unit: "%"')
      const file = writeTemporary('scaffold.yaml', stdout)
      expect(await runCommand(['map', 'check', file])).toMatchObject({ code: 0, stdout: `${file}: ok\n` })
      const tested = await runCommand(['map', 'test', file])
      expect(tested.code, tested.stdout).toBe(0)
      expect(tested.stdout).toMatch(/: (\d{2}) of \1 examples ok\n/)
    })

    it('tells what it looked for where there is no such device', async () => {
      const { code, stdout, stderr } = await runCommand([
        'map',
        'scaffold',
        'nobody',
        '--url',
        scene.broker.url,
      ])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('nobody: nothing is retained on lwm2m/device/nobody/registration')
    })
  },
)
