import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfiguration } from '../../../src/config/load.ts'

/** The container image and the compose file, as far as they can be checked without an engine that builds them. */
const stages = readFileSync('Dockerfile', 'utf8')
  .replaceAll('\\\n', '')
  .split(/^FROM /m)
  .slice(1)
const last = stages.at(-1) ?? ''

/** Arguments of an instruction, a list for each time that it stands in a stage. */
function instructions(stage: string, name: string): string[][] {
  const lines = stage.split('\n').filter((line) => line.startsWith(`${name} `))
  return lines.map((line) => line.split(/\s+/).slice(1))
}

describe('the Dockerfile', () => {
  const copied = stages.flatMap((stage) =>
    instructions(stage, 'COPY').flatMap((words) =>
      words[0]?.startsWith('--from') ? [] : words.slice(0, -1),
    ),
  )

  it('copies what is there, and what .dockerignore lets through; nothing else is let through', () => {
    const [everything, ...allowed] = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(everything).toBe('*')
    expect(new Set(copied)).toEqual(new Set(allowed.map((line) => line.replace(/^!/, ''))))
    expect(copied.filter((path) => !existsSync(path))).toEqual([])
  })

  it('has in its image all that the package has, besides the changelog', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }
    const targets = instructions(last, 'COPY').flatMap((words) =>
      words.slice(0, -1).concat(words.at(-1) ?? ''),
    )
    for (const file of files.filter((name) => name !== 'CHANGELOG.md')) expect(targets).toContain(file)
  })

  it('runs nothing in its last stage, and the gateway as a user by number who is not root, without a shell', () => {
    expect(instructions(last, 'RUN')).toEqual([])
    expect(instructions(last, 'USER')).toEqual([['1000:1000']])
    const [entry = []] = instructions(last, 'ENTRYPOINT')
    expect(JSON.parse(entry.join(' '))).toEqual(['node', '/app/bin/lwm2mqtt.js'])
  })
})

describe('compose.yaml', () => {
  const { services } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true })

  it('has a broker with a configuration that is there, a gateway and a device', () => {
    expect(Object.keys(services)).toEqual(['broker', 'gateway', 'device'])
    const [volume = ''] = services.broker.volumes
    expect(existsSync(volume.split(':')[0])).toBe(true)
  })

  it.each(['gateway', 'device'])('%s has a root that is read-only, and no capabilities', (name) => {
    expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  })

  it('gives the gateway an environment that it takes', () => {
    const { environment } = services.gateway
    const { mqtt, lwm2m } = loadConfiguration({ environment, readFile: () => '' })
    expect(mqtt.url).toBe('mqtt://broker:1883')
    expect(lwm2m.listeners).toEqual(['coap://0.0.0.0:5683'])
    expect(services.device.command).toContain('coap://gateway:5683')
  })
})
