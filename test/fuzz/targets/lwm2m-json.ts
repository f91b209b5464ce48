import { LWM2M_JSON } from '../../../src/lwm2m/format/formats.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, TREES } from './format.ts'

export const lwm2mJsonTarget: FuzzTarget = {
  name: 'lwm2m-json',
  seeds: [
    Buffer.from('{"bn":"/3/0/","e":[{"n":"0","sv":"ACME"},{"n":"9","v":100},{"n":"7/0","v":3800}]}'),
    Buffer.from('{"bn":"/72/","bt":25462634,"e":[{"n":"1/2","v":22.4,"t":-5},{"n":"1/2","v":22.9,"t":-30}]}'),
    Buffer.from(
      '{"e":[{"n":"9","v":9007199254740993},{"n":"/9999/0/1","ov":"66:0","t":0},{"n":"/9999/0/2","bv":true}]}',
    ),
  ],
  run(input) {
    decodeInAll(LWM2M_JSON, TREES, input)
  },
  grow(size) {
    return Buffer.from(`{"e":[${'{"n":"1","v":1},'.repeat(size / 16)}{"n":"1","v":1}]}`)
  },
}
