import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../support/gateway-process.ts'
import { findPeers } from '../support/peers.ts'
import { freePort, freeUdpPort } from '../support/ports.ts'
import { killAll, Program, terminalPath } from '../support/processes.ts'
import { linesWithoutMatch } from '../support/sample-output.ts'

const guide = readFileSync(join(root, 'docs/guides/mapping.md'), 'utf8')
const [, ...sections] = guide.split(/^## /m)

/** A file to write, commands to run, or what they print. */
const BLOCK = /(?:^`(?<file>[\w.]+)`:\n\n)?^```(?<language>\w+)\n(?<text>.*?)^```/gms

interface Block {
  readonly file: string | undefined
  readonly language: string
  readonly text: string
}

function blocksOf(section: string): Block[] {
  return [...section.matchAll(BLOCK)].map(({ groups = {} }) => {
    return { file: groups.file, language: groups.language ?? '', text: groups.text ?? '' }
  })
}

/** What stays in a terminal of its own, and the words that tell that it is up. */
const STAYING = [
  ['npx lwm2mqtt run', 'give a device this server URI'],
  ['npx lwm2mqtt simulate', 'registered'],
] as const

const peers = findPeers('sh', 'npx', 'sed', 'printf')

describe.skipIf(peers.areMissing)(`the guide to mapping files${peers.remark}`, () => {
  let folder: string
  let places: readonly (readonly [string, string])[]
  const staying = new Map<string, Program>()
  let output = ''
  let code: number | null = 0

  const placed = (text: string): string =>
    places.reduce((changed, [from, to]) => changed.replaceAll(from, to), text)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-guide-'))
    // The clone, save for the files that the guide has written.
    const files = readdirSync(root).filter((name) => !/^(lwm2mqtt|house|room-1|typo|wrong)\.yaml$/.test(name))
    for (const name of files) symlinkSync(join(root, name), join(folder, name))
    const [broker, devices] = [await freePort(), await freeUdpPort()]
    places = [
      ['1883', `${broker}`],
      ['5683', `${devices}`],
    ]
  })
  afterAll(async () => {
    await killAll()
    rmSync(folder, { recursive: true, force: true })
  })

  function here(command: string): Program {
    return new Program('sh', ['-c', placed(command)], {
      cwd: folder,
      env: { PATH: terminalPath },
      group: true,
    })
  }

  async function start(command: string, name: string, sign: string): Promise<void> {
    await staying.get(name)?.kill('SIGTERM')
    const program = here(command)
    staying.set(name, program)
    await program.stdout.find(sign)
  }

  async function runCommands(text: string): Promise<void> {
    output = ''
    for (const command of text.split('\n').filter(Boolean)) {
      const stays = STAYING.find(([words]) => command.startsWith(words))
      if (stays !== undefined) {
        await start(command, stays[0], stays[1])
        continue
      }
      const program = here(command)
      code = (await program.ended()).code
      output += program.stdout.text + program.stderr.text
    }
  }

  async function follow({ file, language, text }: Block): Promise<void> {
    if (file !== undefined) writeFileSync(join(folder, file), placed(text))
    else if (language === 'sh') await runCommands(text)
    else if (language === 'text') {
      expect(linesWithoutMatch(text, output), output).toEqual([])
      expect(code).toBe(expectedCode(text))
    } else expect(() => parse(text)).not.toThrow()
  }

  it('has ten steps', () => {
    expect(sections.map((section) => section.split('.', 1)[0])).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index + 1}`),
    )
  })

  it.each(sections.map((section) => [section.split('\n', 1)[0] ?? '', section]))('%s', async (_, section) => {
    for (const block of blocksOf(section)) await follow(block)
  })
})

/** The exit code that goes with an output. */
function expectedCode(sample: string): number {
  if (/^\s+FAIL /m.test(sample)) return 1
  return /^typo\.yaml:/m.test(sample) ? 3 : 0
}
