import { afterEach, describe, expect, test, vi } from 'vitest'
import { runCli } from '../../../src/cli/cli.ts'
import { demo, demoWithin } from '../../../src/cli/demo.ts'
import { Recorder } from './recorder.ts'

const DEVICE = '../../../src/simulator/device.ts'

afterEach(() => {
  vi.doUnmock(DEVICE)
})

/** Runs it once, and says how it ended. */
async function run(command: typeof demo, io = new Recorder()) {
  const code = await runCli(['demo', '--once'], [command], io)
  return { code, err: io.complaints.join('\n'), lines: io.lines }
}

describe('demo --once', () => {
  test('ends with 0 when the loop has run', async () => {
    const { code, err, lines } = await run(demo)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(lines.at(-1)).toContain('The loop has run')
  })

  test('ends with 1 and names the step that did not come about in time', async () => {
    const { code, err } = await run(demoWithin(0))
    expect(code).toBe(1)
    expect(err).toMatch(
      /^lwm2mqtt: the .*: nothing within 0 s \(waiting for lwm2m\/.*\)\n {2}code: demo_failed\n/,
    )
  })

  test('does not wait for ever for a device that nobody accepts', async () => {
    const io = new Recorder()
    class Refused {
      start(): Promise<void> {
        io.stop() // the end of all patience
        return new Promise(() => {})
      }
      async stop(): Promise<void> {}
    }
    vi.doMock(DEVICE, () => ({ Device: Refused }))
    const { code, err } = await run(demo, io)
    expect(code).toBe(1)
    expect(err).toContain('the device is there: stopped')
  })

  test('says why a device cannot start', async () => {
    class Broken {
      async start(): Promise<void> {
        throw new Error('no socket')
      }
      async stop(): Promise<void> {}
    }
    vi.doMock(DEVICE, () => ({ Device: Broken }))
    const { code, err } = await run(demo)
    expect(code).toBe(1)
    expect(err).toContain('no socket')
  })
})
