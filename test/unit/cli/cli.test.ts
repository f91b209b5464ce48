import { describe, expect, test } from 'vitest'
import { runCli } from '../../../src/cli/cli.ts'
import type { Command } from '../../../src/cli/command.ts'
import { commands } from '../../../src/cli/commands.ts'
import { exitCodeMeanings, exitCodeOf, exitCodes } from '../../../src/cli/exit-codes.ts'
import { ConfigurationErrors } from '../../../src/config/problem.ts'
import { packageVersion } from '../../../src/gateway/version.ts'
import { errorCatalogue } from '../../../src/lib/error-codes.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { Recorder } from './recorder.ts'

function commandThat(run: Command['run']): Command {
  return { name: 'do', summary: 'does it', usage: 'lwm2mqtt do IT', run }
}

async function run(args: readonly string[], list: readonly Command[] = commands) {
  const io = new Recorder()
  const code = await runCli(args, list, io)
  return { code, out: io.lines.join('\n'), err: io.complaints.join('\n') }
}

describe('the command line', () => {
  test('hands a command its arguments and returns its exit code', async () => {
    const seen: (readonly string[])[] = []
    const command = commandThat(async (args) => {
      seen.push(args)
      return 7
    })
    expect((await run(['do', 'a', '--b'], [command])).code).toBe(7)
    expect(seen).toEqual([['a', '--b']])
  })

  test('without a command shows the help and is a usage error', async () => {
    const { code, out, err } = await run([])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('Usage: lwm2mqtt COMMAND')
  })

  test.each([['--help'], ['-h'], ['help']])('%s lists every command', async (arg) => {
    const { code, out } = await run([arg])
    expect(code).toBe(0)
    for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
  })

  test.each([
    ['help', 'do'],
    ['do', '--help'],
    ['do', 'x', '-h'],
  ])('%s %s shows the help of the command', async (...args) => {
    const { code, out } = await run(args, [commandThat(async () => expect.unreachable())])
    expect({ code, out }).toEqual({ code: 0, out: 'Usage: lwm2mqtt do IT' })
  })

  test('leaves --help after -- to the command', async () => {
    expect((await run(['do', '--', '--help'], [commandThat(async () => 5)])).code).toBe(5)
  })

  test.each(['--version', '-v'])('%s prints the version of the package', async (arg) => {
    expect(await run([arg])).toEqual({ code: 0, out: packageVersion(), err: '' })
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })

  test('suggests a command for a misspelt one', async () => {
    const { code, err } = await run(['chekc'])
    expect(code).toBe(2)
    expect(err).toContain("there is no command 'chekc' (did you mean check?)")
    expect((await run(['help', 'xyzzy'])).err).toContain(
      `there are: ${commands.map(({ name }) => name).join(', ')}`,
    )
  })

  describe('commands of two words', () => {
    const family = ['map check', 'map test'].map((name) => ({
      ...commandThat(async (args) => args.length),
      name,
    }))
    const usage = 'Usage: lwm2mqtt do IT'

    test('get what follows both words', async () => {
      expect((await run(['map', 'test', 'a', 'b'], family)).code).toBe(2)
    })

    test.each([
      [['map', 'check', '--help'], usage],
      [['help', 'map', 'check'], usage],
    ])('%j shows the help of one', async (args, text) => {
      expect(await run(args, family)).toEqual({ code: 0, out: text, err: '' })
    })

    test.each([[['map', '--help']], [['help', 'map']]])('%j shows them all', async (args) => {
      const { code, out } = await run(args, [...family, commandThat(async () => 0)])
      expect(code).toBe(0)
      expect(out).toContain('map check   does it\n  map test    does it\n\n')
    })

    test('the first word alone is a usage error that names them', async () => {
      const { code, err } = await run(['map'], family)
      expect(code).toBe(2)
      expect(err).toContain('map is several commands: map check, map test')
    })

    test('suggests the one that is meant', async () => {
      expect((await run(['map', 'chek'], family)).err).toContain(
        "no command 'map chek' (did you mean map check?)",
      )
    })
  })

  test('says what failed, where, its code and what to do', async () => {
    const error = new CodedError('mqtt_unreachable', 'connect ECONNREFUSED', { place: 'mqtt://h' })
    const { code, err } = await run(['do'], [commandThat(() => Promise.reject(error))])
    expect(code).toBe(exitCodes.unavailable)
    expect(err).toBe(
      `lwm2mqtt: mqtt://h: connect ECONNREFUSED\n  code: mqtt_unreachable\n  fix:  ${error.fix}`,
    )
  })

  test('says the code of each of several faults, once, and what to do', async () => {
    const fault = (code: 'config_unknown_key' | 'config_invalid', line: number) => ({
      ...{ code, place: { source: 'f', line, column: 1 }, path: [], message: 'm' },
    })
    const faults = [
      fault('config_unknown_key', 1),
      fault('config_invalid', 2),
      fault('config_unknown_key', 3),
    ]
    const error = new ConfigurationErrors(faults)
    const { err } = await run(['do'], [commandThat(() => Promise.reject(error))])
    const told = (['config_unknown_key', 'config_invalid'] as const).map(
      (code) => `  code: ${code}\n  fix:  ${errorCatalogue[code].fix}`,
    )
    expect(err).toBe([`lwm2mqtt: ${error.message}`, ...told].join('\n'))
  })

  test('shows the stack of a fault that is its own', async () => {
    const { code, err } = await run(['do'], [commandThat(() => Promise.reject(new TypeError('oops')))])
    expect(code).toBe(1)
    expect(err).toMatch(/^lwm2mqtt: TypeError: oops\n +at /)
  })
})

describe('exit codes', () => {
  const faults = new ConfigurationErrors([
    { code: 'config_invalid', place: { source: 'f' }, path: ['a'], message: 'm' },
  ])
  test.each([
    [new CodedError('usage', ''), 2],
    [new CodedError('config_unreadable', ''), 3],
    [faults, 3],
    [new CodedError('mqtt_unauthorized', ''), 4],
    [new CodedError('path_invalid', ''), 1],
    [new Error('x'), 1],
    ['text', 1],
  ])('%# %s', (thrown, code) => {
    expect(exitCodeOf(thrown)).toBe(code)
  })

  test('are all different and all explained', () => {
    expect(new Set(Object.values(exitCodes)).size).toBe(Object.keys(exitCodes).length)
    expect(Object.keys(exitCodeMeanings)).toEqual(Object.keys(exitCodes))
  })
})

describe.each(commands)('$name', ({ name, summary, usage }) => {
  test('has a help that begins with its synopsis', () => {
    expect(usage.split('\n')[0]).toMatch(new RegExp(`^lwm2mqtt ${name}( |$)`))
    expect(summary).toMatch(/^[a-z].{5,70}[^.]$/)
    for (const line of usage.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })

  test('refuses an option that it does not have', async () => {
    const { code, err } = await run([...name.split(' '), '--no-such-option'])
    expect(code).toBe(2)
    expect(err).toContain('there is no option --no-such-option')
  })
})
