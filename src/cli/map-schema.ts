import { fileURLToPath } from 'node:url'
import { stringifyJson } from '../lib/json.ts'
import { schemaFile } from '../mapping/schema/mapping.ts'
import { parseArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { exitCodes } from './exit-codes.ts'

/** Where the schema of mapping files is installed: src/ and dist/ lie equally deep beside mappings/. */
export const schemaPath = fileURLToPath(new URL('../../mappings/mapping.schema.json', import.meta.url))

/** Shows editors the way to the schema. */
export const mapSchema: Command = {
  name: 'map schema',
  summary: 'print where the schema of mapping files is, for editors',
  usage: `lwm2mqtt map schema [--print]

Prints the path of the JSON schema of mapping files. An editor with YAML support completes and explains a file whose
first line is: # yaml-language-server: $schema=PATH

      --print   the schema itself`,

  async run(args, io) {
    const { values } = parseArguments(args, { print: { type: 'boolean' } })
    io.out(values.print === true ? stringifyJson(schemaFile()) : schemaPath)
    return exitCodes.ok
  },
}
