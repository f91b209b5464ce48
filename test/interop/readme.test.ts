import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from '../support/gateway-process.ts'
import { findPeers, killAll, Program, terminalPath } from '../support/processes.ts'
import { linesWithoutMatch } from '../support/sample-output.ts'

/** What a newcomer sees first. */
const [firstScreen = ''] = readFileSync(join(root, 'README.md'), 'utf8').split(/^## /m)

function blocks(language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')
  return [...firstScreen.matchAll(fence)].map(([, text = '']) => text)
}

/** The commands, one by one. */
const commands = blocks('sh').flatMap((block) =>
  block
    .split(/\n|&&/)
    .map((command) => command.trim())
    .filter(Boolean),
)

const peers = findPeers('sh', 'npm')

describe.skipIf(peers.areMissing)(`the first screen of the README${peers.remark}`, () => {
  afterAll(killAll)

  it('its first commands install and show the loop', () => {
    expect(commands.slice(0, 2)).toEqual(['npm ci', 'npm run demo'])
  })

  it('its command works, and the output has the shape that it shows', async () => {
    const [sample = ''] = blocks('text')
    const demo = commands.find((command) => command.startsWith('npm run demo')) ?? 'false'
    const program = new Program('sh', ['-c', `${demo} -- --once`], {
      cwd: root,
      env: { PATH: terminalPath },
      group: true,
    })
    expect(await program.ended(45_000)).toEqual({ code: 0, signal: null })
    expect(linesWithoutMatch(sample, program.stdout.text)).toEqual([])
  }, 60_000)

  it('its output shows a registration, a reading, and a command with its answer', () => {
    const topics = blocks('text').flatMap((block) => block.split('\n').map((line) => line.split(' ', 1)[0]))
    for (const topic of ['presence', 'registration', 'value/3303/0/5700', 'do/request', 'response']) {
      expect(topics).toContain(`lwm2m/device/demo/${topic}`)
    }
  })
})

describe('comparing a sample with a real output', () => {
  const real =
    'broker  mqtt://127.0.0.1:4711\nt/value/3/0  {"value":21.5,"time":17,"name":"x"}\nt/event  {"id":"a-1","event":"registered"}'

  it.each([
    ['the same', real],
    ['other numbers, ports and ids', real.replace('4711', '1').replace('21.5', '-3').replace('a-1', 'b-2')],
    ['what is left out', 'broker  …\n…\nt/value/3/0  {"value":21.5,…}'],
    [
      'another order of topics',
      't/event  {"id":"q","event":"registered"}\nt/value/3/0  {"value":1,"time":1,"name":"x"}',
    ],
  ])('%s fits', (_name, sample) => {
    expect(linesWithoutMatch(sample, real)).toEqual([])
  })

  it.each([
    ['a topic', 't/value/3/1  {"value":21.5,"time":17,"name":"x"}'],
    ['a key', 't/value/3/0  {"value":21.5,"at":17,"name":"x"}'],
    ['a key that is gone', 't/value/3/0  {"value":21.5,"time":17,"name":"x","unit":"y"}'],
    ['a key that is new', 't/value/3/0  {"value":21.5,"time":17}'],
    ['a word', 't/event  {"id":"a-1","event":"updated"}'],
  ])('%s that changed does not', (_name, sample) => {
    expect(linesWithoutMatch(sample, real)).toEqual([sample])
  })

  it('a line stands for one line only', () => {
    const [line = ''] = real.split('\n')
    expect(linesWithoutMatch(`${line}\n${line}`, real)).toEqual([line])
  })
})
