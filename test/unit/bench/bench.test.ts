import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { hasCompiler } from '../../bench/generator.ts'
import { tableOf } from '../../bench/table.ts'
import { run } from '../../support/processes.ts'

const program = fileURLToPath(new URL('../../bench/run.ts', import.meta.url))
const bench = (...args: string[]) => run(process.execPath, [program, ...args])
const remark = hasCompiler() ? '' : ' (skipped: no C compiler)'

describe('the benchmark', () => {
  it.skipIf(!hasCompiler())(`gives one JSON document${remark}`, { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await bench('--json', '--quick', '--only', 'raw-echo')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { scenarios } = JSON.parse(stdout)
    expect(scenarios).toHaveLength(1)
    const [{ name, perSecond, cpuMicrosPerMessage, wrong }] = scenarios
    expect({ name, wrong }).toEqual({ name: 'raw-echo', wrong: 0 })
    expect(perSecond).toBeGreaterThan(0)
    expect(cpuMicrosPerMessage).toBeGreaterThan(0)
  })

  it('says what is missing where there is no C compiler', async () => {
    const nowhere = { ...process.env, PATH: '/nowhere' }
    const { code, stdout, stderr } = await run(process.execPath, [program, '--only', 'raw-echo'], {
      env: nowhere,
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'The benchmark cannot run: the load generator is a C program, and none of cc, gcc, clang is here to compile it: install one, such as gcc.\n',
    )
  })

  it('names the scenarios to who asks for another', async () => {
    const { code, stderr } = await bench('--only', 'raw-echo,nothing')
    expect(code).toBe(2)
    for (const name of ['coap-post', 'notify-con-qos1', 'naive-notify-non-qos0'])
      expect(stderr).toContain(name)
  })
})

describe('the table', () => {
  const result = (name: string, perSecond: number, cpuMicrosPerMessage: number, more = {}) => ({
    ...{ name, perSecond, cpuMicrosPerMessage, ...more },
  })

  it('sets rates and costs beside those of the raw echo, and says what goals are reached', () => {
    const table = tableOf([
      result('raw-echo', 100_000, 8, { subjectShare: 1, loadShare: 0.5 }),
      result('coap-post', 80_000, 10),
      result('notify-con-qos1', 30_000, 30),
      result('naive-notify-con-qos1', 20_000, 50),
    ])
    const [, echo, post, , , , ...goals] = table.split('\n')
    expect(echo?.split(/ {2,}/)).toEqual(['raw-echo', '100,000', '8.0', '1.00', '1.00', '100 %', '50 %'])
    expect(post?.split(/ {2,}/)).toEqual(['coap-post', '80,000', '10.0', '0.80', '0.80'])
    expect(goals).toEqual([
      'reached    0.80  coap-post / raw-echo, at least 0.7',
      'MISSED     1.50  notify-con-qos1 / naive-notify-con-qos1, at least 2',
    ])
  })

  it('says nothing of goals whose scenarios were not run', () => {
    expect(tableOf([result('coap-post', 80_000, 10)]).split('\n')).toHaveLength(2)
  })
})
