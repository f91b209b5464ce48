import { formatLinks, parseLinks } from '../../../src/lwm2m/format/link-format.ts'
import type { FuzzTarget } from '../target.ts'

export const linkFormatTarget: FuzzTarget = {
  name: 'link-format',
  seeds: [
    Buffer.from('</>;rt="oma.lwm2m";ct="60 110 112",</1/0>,</3/0>;ver=1.1,</5>'),
    Buffer.from('</3>;title="a \\"b\\\\";obs,</3/0/7>;dim=2;pmin=10'),
  ],
  /** What was read must also read the same when it is written again. */
  run(input) {
    const text = formatLinks(parseLinks(input))
    const again = formatLinks(parseLinks(Buffer.from(text)))
    if (again !== text) throw new Error(`'${text}' reads as '${again}'`)
  },
  grow(size) {
    return Buffer.from(
      `</3/0>;title="${'\\\\\\"'.repeat(size / 8)}"${';a=1'.repeat(60)}${',</4/0>;b'.repeat(size / 18)}`,
    )
  },
}
