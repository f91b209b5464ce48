import type { Behaviour, SimulatedObject, World } from '../object.ts'

const PACKAGE = '/5/0/0'
const PACKAGE_URI = '/5/0/1'
const UPDATE = '/5/0/2'
const STATE = '/5/0/3'
const RESULT = '/5/0/5'
const PACKAGE_NAME = '/5/0/6'
const PACKAGE_VERSION = '/5/0/7'
const DEVICE_FIRMWARE = '/3/0/3'

// LwM2M Core, E.6: resources 3 and 5.
const IDLE = 0
const DOWNLOADING = 1
const DOWNLOADED = 2
const UPDATING = 3
const INITIAL = 0
const SUCCESS = 1
const INVALID_URI = 7

const DOWNLOAD_MILLISECONDS = 5_000
const UPDATE_MILLISECONDS = 5_000
const NEW_VERSION = '1.1.0'

/** Firmware Update (object 5), with the state machine of LwM2M Core, E.6.1. No image is looked at or fetched. */
export function firmware(): SimulatedObject {
  return {
    id: 5,
    instances: {
      0: {
        0: new Uint8Array(0),
        1: '',
        3: IDLE,
        5: INITIAL,
        6: '',
        7: '',
        8: new Map([[0, 0]]),
        9: 2,
      },
    },
    behaviour: (world) => new Firmware(world),
  }
}

class Firmware implements Behaviour {
  readonly #world: World
  /** Counts downloads and their cancellations, so that a cancelled one cannot end. */
  #download = 0

  constructor(world: World) {
    this.#world = world
  }

  /** An update needs a package (4.05 in any other state). */
  execute(path: string): string | undefined {
    if (path !== UPDATE) return undefined
    if (this.#world.get(STATE) !== DOWNLOADED) return '4.05'
    this.#enter(UPDATING, INITIAL)
    this.#world.after('simulator firmware update', UPDATE_MILLISECONDS, () => this.#updated())
    return undefined
  }

  written(path: string): void {
    if (path === PACKAGE) this.#pushed()
    else if (path === PACKAGE_URI) this.#pointed()
  }

  /** An empty package takes the state machine back to its start. */
  #pushed(): void {
    this.#download++
    const image = this.#world.get(PACKAGE)
    const isEmpty = !(image instanceof Uint8Array) || image.length === 0
    this.#enter(isEmpty ? IDLE : DOWNLOADED, INITIAL)
  }

  #pointed(): void {
    const download = ++this.#download
    const uri = String(this.#world.get(PACKAGE_URI))
    if (uri === '') this.#enter(IDLE, INITIAL)
    else if (!URL.canParse(uri)) this.#enter(IDLE, INVALID_URI)
    else {
      this.#enter(DOWNLOADING, INITIAL)
      this.#world.after('simulator firmware download', DOWNLOAD_MILLISECONDS, () => {
        if (download === this.#download) this.#enter(DOWNLOADED, INITIAL)
      })
    }
  }

  #updated(): void {
    this.#world.set(PACKAGE_NAME, 'weather-box')
    this.#world.set(PACKAGE_VERSION, NEW_VERSION)
    this.#world.set(DEVICE_FIRMWARE, NEW_VERSION)
    this.#enter(IDLE, SUCCESS)
    this.#world.reboot()
  }

  #enter(state: number, result: number): void {
    this.#world.set(STATE, state)
    this.#world.set(RESULT, result)
  }
}
