import { CodedError } from '../lib/errors.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { LifecycleFact } from '../lwm2m/fact.ts'
import { failureOf } from './failure.ts'
import type { Run } from './run.ts'
import type { Sheet } from './sheet.ts'

/** Gives a device its name in a file; where another one has it already, that is told. */
export function nameDevice(sheet: Sheet, fact: LifecycleFact, device: DeviceSnapshot, run: Run): void {
  const { endpoint, type, id, at } = fact
  if (type === 'deregistered' || type === 'expired') return
  const fallback = sheet.fallbackName(endpoint)
  try {
    const name = sheet.nameFor(endpoint, device, { event: type, id, at })
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
