import { OPAQUE } from '../../../src/lwm2m/format/formats.ts'
import { bytes } from '../../vectors/context.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, RESOURCES } from './format.ts'

export const opaqueTarget: FuzzTarget = {
  name: 'opaque',
  seeds: [bytes('00 ff 80')],
  run(input) {
    decodeInAll(OPAQUE, RESOURCES, input)
  },
}
