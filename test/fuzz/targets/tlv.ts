import { TLV } from '../../../src/lwm2m/format/formats.ts'
import { bytes } from '../../vectors/context.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, TREES } from './format.ts'

export const tlvTarget: FuzzTarget = {
  name: 'tlv',
  seeds: [
    bytes(
      'C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65 86 06 41 00 01 41 01 05 C1 09 64',
    ),
    bytes(
      '08 00 0E C1 00 01 C1 01 00 83 02 41 7F 07 C1 03 7F 08 02 12 C1 00 03 C1 01 00 87 02 41 7F 07 61 01 36 01 C1 03 7F',
    ),
    bytes('88 07 08 42 00 0E D8 42 01 13 88'),
    bytes('D0 00 00 01 41 F8 01 00 00 00 01 42'),
  ],
  run(input) {
    decodeInAll(TLV, TREES, input)
  },
  grow(size) {
    return bytes('C1 01 07'.repeat(size / 3))
  },
}
