import { Definitions, ShippedDefinition } from './definitions.ts'
import { objectTexts } from './generated/objects.ts'

/** The objects that are known without any file: all of the OMA registry, each read when it is first asked for. */
export const builtinModel = new Definitions(objectTexts.map((text) => new ShippedDefinition(text)))
