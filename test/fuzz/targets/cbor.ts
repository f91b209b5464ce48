import { CBOR } from '../../../src/lwm2m/format/formats.ts'
import { bytes } from '../../vectors/context.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, RESOURCES } from './format.ts'

export const cborTarget: FuzzTarget = {
  name: 'cbor',
  seeds: [
    bytes('1b 00 20 00 00 00 00 00 01'),
    bytes('fb 3f b9 99 99 99 99 99 9a'),
    bytes('c0 74 323032362d30312d30315430303a30303a30305a'),
    bytes('c1 fb 41 da 55 6e 40 00 00 00'),
    bytes('c4 82 21 19 6a b3'),
    bytes('5f 41 01 42 02 03 ff'),
    bytes('65 c2b5e282ac'),
    bytes('f5'),
  ],
  run(input) {
    decodeInAll(CBOR, RESOURCES, input)
  },
  grow(size) {
    return bytes(`5f ${'41 01'.repeat(size / 2)} ff`)
  },
}
