import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BrokerClient } from '../../../src/cli/broker-client.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { EmbeddedBroker } from '../../../src/mqtt/embedded.ts'

const launcher = fileURLToPath(new URL('../../../bin/lwm2mqtt.js', import.meta.url))

type Child = ChildProcessByStdio<null, Readable, Readable>

describe('the process', () => {
  let broker: EmbeddedBroker
  let client: BrokerClient
  let child: Child

  /** A subscriber that is up: the retained message has come. */
  beforeEach(async () => {
    broker = await EmbeddedBroker.start({ host: '127.0.0.1', port: 0, logger: silentLogger })
    client = await BrokerClient.connect({ url: broker.url }, new AbortController().signal)
    await client.publish('lwm2m/ready', 'yes', { retain: true })
    child = spawn(process.execPath, [launcher, 'sub', '--url', broker.url], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [first] = await once(child.stdout, 'data')
    expect(String(first)).toBe('lwm2m/ready yes\n')
  })
  afterEach(async () => {
    child.kill('SIGKILL')
    await client.end()
    await broker.stop()
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('stops in order at %s', async (signal) => {
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('stops in order when nobody reads its output any more', async () => {
    child.stdout.destroy()
    await once(child.stdout, 'close')
    await client.publish('lwm2m/more', 'x', { retain: false })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
