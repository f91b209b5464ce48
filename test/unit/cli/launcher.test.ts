import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { packageVersion } from '../../../src/gateway/version.ts'

const launcher = fileURLToPath(new URL('../../../bin/lwm2mqtt.js', import.meta.url))

function launch(args: readonly string[], nodeOptions: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeOptions, launcher, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('bin/lwm2mqtt.js', () => {
  test('runs the command line, without a warning of Node', () => {
    expect(launch(['--version'])).toEqual({ status: 0, stdout: `${packageVersion()}\n`, stderr: '' })
  })

  test('ends with the exit code of the command', () => {
    expect(launch(['no-such-command'])).toMatchObject({ status: 2, stdout: '' })
  })

  test('ends with it also where nobody reads what it complains of', async () => {
    const child = spawn(process.execPath, [launcher, 'no-such-command'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.destroy()
    expect(await once(child, 'exit')).toEqual([2, null])
  })

  test('tells an old Node what to do', () => {
    const versions = "Object.defineProperty(process, 'versions', { value: { node: '18.20.1' } })"
    const old = launch(['--version'], ['--import', `data:text/javascript,${encodeURIComponent(versions)}`])
    expect(old).toMatchObject({ status: 1, stdout: '' })
    expect(old.stderr).toMatch(/needs Node 24 or newer; this is v.*\nInstall a newer one/)
    expect(old.stderr).not.toContain('at ')
  })

  test('holds no syntax that Node 12 cannot parse, and no static import', () => {
    const code = readFileSync(launcher, 'utf8')
    expect(code).not.toMatch(/\?\?|\?\.|^import\b|\bawait\b|#\w|\|\|=|&&=|\d_\d|^export\b/m)
  })
})
