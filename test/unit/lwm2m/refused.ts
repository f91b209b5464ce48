import { expect } from 'vitest'
import { codeText } from '../../../src/coap/code.ts'
import { Refusal } from '../../../src/lwm2m/refusal.ts'

/** What the device and people hear when `run` refuses: `4.00 register_links`. */
export function refused(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    const { response, code } = error as Refusal
    return `${codeText(response)} ${code}`
  }
  return 'not refused'
}
