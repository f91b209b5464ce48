import { SENML_JSON } from '../../../src/lwm2m/format/formats.ts'
import type { FuzzTarget } from '../target.ts'
import { decodeInAll, TREES } from './format.ts'

export const senmlJsonTarget: FuzzTarget = {
  name: 'senml-json',
  seeds: [
    Buffer.from(
      '[{"bn":"/3/0/","n":"0","vs":"Open Mobile Alliance"},{"n":"7/0","v":3800},{"n":"9","v":100}]',
    ),
    Buffer.from('[{"bn":"/3303/0/5700","bt":1276020076.001,"bv":20,"v":1.5},{"t":-5,"v":2}]'),
    Buffer.from(
      '[{"n":"/lwm2m/9999/0/0","vd":"-__-AQ"},{"n":"/9999/0/1","vlo":"66:0"},{"n":"/9999/0/2","v":18446744073709551615}]',
    ),
  ],
  run(input) {
    decodeInAll(SENML_JSON, TREES, input)
  },
  grow(size) {
    const record = '{"n":"/9/0/0","v":12345678901234567890}'
    return Buffer.from(`[${Array.from({ length: size / record.length }, () => record).join(',')}]`)
  },
}
