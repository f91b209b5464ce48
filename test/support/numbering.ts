import { once } from 'node:events'
import { Device } from '../../src/simulator/device.ts'

export const SENSOR = '/3303/0/5700'

/** A device `room-1` whose sensor shows what a test sets, and that counts what the gateway acknowledges. */
export class Numbering {
  readonly device: Device
  acknowledged = 0
  #next = 1

  /** @param port of the gateway on this machine */
  constructor(port: number) {
    this.device = new Device({ endpoint: 'room-1', server: { host: '127.0.0.1', port } })
    this.device.on('acknowledged', (path) => {
      if (path === SENSOR) this.acknowledged++
    })
  }

  /** Values up to this one, a notification each. */
  count(upTo: number): void {
    while (this.#next <= upTo) this.device.set(SENSOR, this.#next++)
  }

  async untilAcknowledged(count: number): Promise<void> {
    while (this.acknowledged < count) await once(this.device, 'acknowledged')
  }

  async untilObserved(): Promise<void> {
    while (!this.device.observed.includes(SENSOR)) await once(this.device, 'observed')
  }
}
