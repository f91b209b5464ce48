import { SENML_CBOR } from '../../../src/lwm2m/format/formats.ts'
import { bytes } from '../../vectors/context.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, TREES } from './format.ts'

export const senmlCborTarget: FuzzTarget = {
  name: 'senml-cbor',
  seeds: [
    bytes('82 a3 21 65 2f332f302f 00 61 39 02 18 64 a2 00 61 37 02 19 0e d8'),
    bytes('9f bf 00 7f 67 2f 39 39 39 39 2f 30 62 2f 31 ff 03 7f 61 61 60 61 62 ff ff ff'),
    bytes('81 a3 00 69 2f393939392f302f31 02 c1 fb 41 da 55 6e 40 00 00 00 22 fb 41 d3 03 a1 5b 00 10 62'),
    bytes('81 a2 00 69 2f393939392f302f31 02 c4 82 21 19 6a b3'),
    bytes(
      '82 a2 00 69 2f393939392f302f31 63 76 6c 6f 64 36 36 3a 30 a2 00 69 2f393939392f302f32 08 5f 41 01 42 02 03 ff',
    ),
  ],
  run(input) {
    decodeInAll(SENML_CBOR, TREES, input)
  },
  grow(size) {
    return bytes(`9f ${'a2 00 69 2f393939392f302f31 02 1b ff ff ff ff ff ff ff ff'.repeat(size / 22)} ff`)
  },
}
