import { afterAll, expect, test } from 'vitest'
import { startCommand, writeTemporary } from '../../support/gateway-process.ts'
import { killAll, Program } from '../../support/processes.ts'

const MAPPING = `name: house
publish: [{ on: value, topic: "t\${path}", payload: "\${value}", filter: { onChange: true } }]
`
const value = (value: number): string => JSON.stringify({ type: 'notify', path: '/3303/0/5700', value })

afterAll(killAll)

test('map try is a pipe: each line is answered when it comes, and the end of the input ends it', async () => {
  const program = startCommand(['map', 'try', writeTemporary('pipe.yaml', MAPPING)], { input: true })
  program.say(value(1))
  await program.stdout.find('"payload":1')
  program.say('nonsense')
  await program.stderr.find('line 2: ')
  program.say(value(1))
  program.say(value(2))
  await program.stdout.find('"payload":2')
  program.finish()
  expect(await program.ended()).toEqual({ code: 1, signal: null })
  expect(program.stdout.all).toHaveLength(2)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it in order', async (signal) => {
  const program = startCommand(['map', 'try', writeTemporary('pipe.yaml', MAPPING)], { input: true })
  program.say(value(1))
  await program.stdout.find('"payload":1')
  expect(await program.kill(signal)).toEqual({ code: 0, signal: null })
})

test('stands between other programs', async () => {
  const file = writeTemporary('pipe.yaml', MAPPING)
  const lwm2mqtt = `'${process.execPath}' bin/lwm2mqtt.js map try '${file}'`
  const program = new Program('sh', ['-c', `printf '%s\\n' '${value(1)}' '${value(2)}' | ${lwm2mqtt} | cat`])
  expect(await program.ended()).toEqual({ code: 0, signal: null })
  expect(program.stdout.all.map((line) => JSON.parse(line).payload)).toEqual([1, 2])
})
