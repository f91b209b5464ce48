import { TEXT } from '../../../src/lwm2m/format/formats.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, RESOURCES } from './format.ts'

export const textTarget: FuzzTarget = {
  name: 'text',
  seeds: [
    Buffer.from('Open Mobile Alliance'),
    Buffer.from('-9223372036854775808'),
    Buffer.from('21.5e-3'),
    Buffer.from('AP+A'),
    Buffer.from('66:0'),
    Buffer.from('</3/0>;ver=1.1'),
  ],
  run(input) {
    decodeInAll(TEXT, RESOURCES, input)
  },
  grow(size) {
    return Buffer.from('9'.repeat(size))
  },
}
