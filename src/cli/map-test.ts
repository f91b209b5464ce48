import { stringifyJson } from '../lib/json.ts'
import { pathText } from '../lib/problem.ts'
import type { ObjectModel } from '../lwm2m/model/model.ts'
import type { Difference } from '../mapping/difference.ts'
import { partText } from '../mapping/example-text.ts'
import type { ExampleFault, ExampleOutcome } from '../mapping/examples.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { findAndLoad } from './configuration.ts'
import { exitCodes } from './exit-codes.ts'
import type { Io } from './io.ts'
import {
  configOption,
  configOptionHelp,
  knownConnections,
  modelOf,
  type OpenedMapping,
  openForExamples,
  placeIn,
} from './mapping-tools.ts'
import { safeText } from './payload-text.ts'

/** Runs the examples of mapping files. */
export const mapTest: Command = {
  name: 'map test',
  summary: 'run the examples of mapping files, without a device',
  usage: `lwm2mqtt map test FILE... [--config FILE]

Runs the \`examples\` of each FILE, or of a preset by its name, and shows what came otherwise than expected, key by key;
then the exit code is 1. Examples see the base topic \`lwm2m\` and a gateway \`gw\`.

${configOptionHelp}`,

  async run(args, io) {
    const { positionals, values } = parseArguments(args, configOption, ['FILE', '[FILE...]'])
    const { configuration } = findAndLoad(values.config, io)
    const model = await modelOf(configuration, io)
    const connections = knownConnections(values.config, configuration)
    let failed = 0
    for (const file of positionals) failed += testFile(openForExamples(file, connections), file, model, io)
    return failed === 0 ? exitCodes.ok : exitCodes.failure
  },
}

/** @returns how many examples failed */
function testFile(opened: OpenedMapping, name: string, model: ObjectModel, io: Io): number {
  const outcomes = opened.test(opened.file, model)
  if (outcomes.length === 0) {
    io.out(`${name}: it has no examples`)
    return 0
  }
  const failed = outcomes.filter(({ fault }) => fault !== undefined).length
  io.out(`${name}: ${outcomes.length - failed} of ${outcomes.length} examples ok`)
  for (const outcome of outcomes) show(outcome, opened, io)
  return failed
}

function show({ index, name, fault }: ExampleOutcome, { file }: OpenedMapping, io: Io): void {
  const title = safeText(name)
  if (fault === undefined) {
    io.out(`  ok    ${title}`)
    return
  }
  io.out(`  FAIL  ${title} (${placeIn(file, ['examples', index])})`)
  for (const line of faultLines(fault)) io.out(`        ${line}`)
}

function faultLines({ key, differences, reasons }: ExampleFault): string[] {
  return [
    ...differences.flatMap((difference) => differenceLines(key, difference)),
    ...reasons.map((reason) => `because   ${stringifyJson(reason)}`),
  ]
}

function differenceLines(key: string, { path, expected, found }: Difference): string[] {
  return [
    `${pathText([key, ...path])}`,
    `  expected  ${partText(expected)}`,
    `  found     ${partText(found)}`,
  ]
}
