import { CodedError } from '../lib/errors.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { DeviceFact } from '../lwm2m/fact.ts'
import { failureOf } from './failure.ts'
import type { Placement } from './placement.ts'
import type { Run } from './run.ts'
import type { Occasion } from './scope/event.ts'
import type { Sheet } from './sheet.ts'

/** A registered device that is to be named. */
interface Named {
  readonly endpoint: string
  readonly snapshot: DeviceSnapshot
  readonly occasion: Occasion
}

/** Gives devices their names, file by file. */
export class Naming {
  readonly #sheets: readonly Sheet[]
  /** All files are for all devices, and none gives names. */
  readonly #isUniform: boolean
  /** Values that decide which files are for a device. */
  readonly #paths: ReadonlySet<string>

  constructor(sheets: readonly Sheet[]) {
    this.#sheets = sheets
    this.#isUniform = sheets.every(({ isForAll, givesNames }) => isForAll && !givesNames)
    this.#paths = new Set(sheets.flatMap(({ decisivePaths }) => decisivePaths))
  }

  /** Whether a fact may change which files are for its device, or how they call it. */
  isMoving(fact: DeviceFact): boolean {
    return !this.#isUniform && this.names(fact)
  }

  /** Whether a device is to be named after such a fact. */
  names(fact: DeviceFact): boolean {
    switch (fact.type) {
      case 'registered':
      case 're-registered':
      case 'updated':
        return true
      case 'values':
        return this.#paths.size > 0 && fact.samples.some(({ path }) => this.#paths.has(path))
      default:
        return false
    }
  }

  /** Names a device in all files that are for it; in others it has no name. Names that are taken are told. */
  name(device: Named, run: Run): void {
    for (const sheet of this.#sheets) {
      if (sheet.matches(device.snapshot)) nameDevice(sheet, device, run)
      else sheet.names.release(device.endpoint)
    }
  }

  release(endpoint: string): void {
    for (const { names } of this.#sheets) names.release(endpoint)
  }

  placement(endpoint: string, snapshot: DeviceSnapshot): Placement {
    if (this.#isUniform) return undefined
    const sheets = this.#sheets.filter((sheet) => sheet.matches(snapshot))
    return Object.fromEntries(sheets.map((sheet) => [sheet.id, sheet.known(endpoint, snapshot).name]))
  }
}

function nameDevice(sheet: Sheet, { endpoint, snapshot, occasion }: Named, run: Run): void {
  const fallback = sheet.fallbackName(endpoint)
  try {
    const name = sheet.nameFor(endpoint, snapshot, occasion)
    const holder = sheet.names.claim(endpoint, name, fallback)
    if (holder !== undefined) run.fail(sheet.id, 'device', clash(endpoint, holder, name))
  } catch (error) {
    const holder = sheet.names.claim(endpoint, fallback, fallback)
    if (holder !== undefined) run.fail(sheet.id, 'device', clash(endpoint, holder, fallback))
    run.fail(sheet.id, 'device', failureOf(error))
  }
}

function clash(endpoint: string, holder: string, name: string): CodedError {
  const reason = `'${endpoint}' and '${holder}' are both called '${name}': the first keeps it`
  return new CodedError('mapping_clash', reason)
}
