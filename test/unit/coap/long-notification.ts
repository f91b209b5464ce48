import { blockNumber, blockOf } from '../../support/block-device.ts'
import { coap, readCoap, type Sketch } from '../../support/coap.ts'
import { Rig } from './rig.ts'

export const TOKEN = 'c0ffee0000000001'
export const BODY = Buffer.alloc(150, 'abcdefghijklmnopqrstuvwxyz')

/** The first block of a long notification. */
export function first(id: number, sequence: number, more: Partial<Sketch> = {}): Buffer {
  const options = { Observe: sequence, Block2: blockNumber(0, true, 64) }
  return coap({ code: '2.05', id, token: TOKEN, options, payload: BODY.subarray(0, 64), ...more })
}

/** A rig with an observation. */
export function observing(parameters: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig(parameters)
  rig.observe(TOKEN)
  return rig
}

/** Lets the device give the rest; returns which blocks were asked for, and whether with Observe. */
export function giveRest(rig: Rig, body = BODY, code = '2.05'): string[] {
  const lines: string[] = []
  for (;;) {
    rig.settle()
    const asked = rig.device
      .take()
      .map(readCoap)
      .filter(({ code }) => code === '0.01')
      .at(0)
    if (asked === undefined) return lines
    const num = blockOf(asked, 'Block2')?.num ?? 0
    lines.push(asked.options.map(({ name, value }) => `${name}=${value.toString('hex')}`).join(' '))
    const options = { Block2: blockNumber(num, (num + 1) * 64 < body.length, 64) }
    const payload = body.subarray(num * 64, (num + 1) * 64)
    rig.device.send(
      coap({ type: 'ACK', id: asked.messageId, token: asked.token.toString('hex'), code, options, payload }),
    )
  }
}

/** What has been handed on: how whole, with which sequence number, and whether as the newest. */
export function told(rig: Rig): unknown[] {
  return rig.notified.map(({ notification: { body, response, fresh } }) => [body, response.observe, fresh])
}
