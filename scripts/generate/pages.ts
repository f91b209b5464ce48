import { commands } from '../../src/cli/commands.ts'
import { configurationSchema } from '../../src/config/schema.ts'
import { errorCatalogue } from '../../src/lib/error-codes.ts'
import { mappingSchema, schemaFile } from '../../src/mapping/schema/mapping.ts'
import { commandLinePage } from './command-line.ts'
import { configurationPage } from './configuration.ts'
import { defaultFile } from './default-file.ts'
import { errorsPage } from './errors.ts'
import { mappingPage } from './mapping.ts'
import { configurationTypes } from './types.ts'

/** A file that is made from the source, by its path in the repository. */
export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** Everything that \`npm run generate\` writes. */
export function generatedFiles(): GeneratedFile[] {
  return [
    { path: 'src/config/generated/configuration.ts', text: configurationTypes(configurationSchema) },
    { path: 'config/lwm2mqtt.yaml', text: defaultFile(configurationSchema) },
    { path: 'docs/reference/configuration.md', text: configurationPage(configurationSchema) },
    { path: 'docs/reference/errors.md', text: errorsPage(errorCatalogue) },
    { path: 'docs/reference/command-line.md', text: commandLinePage(commands) },
    { path: 'mappings/mapping.schema.json', text: `${JSON.stringify(schemaFile(), null, 2)}\n` },
    { path: 'docs/reference/mapping.md', text: mappingPage(mappingSchema) },
  ]
}
