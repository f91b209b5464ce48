import { encodeTopicLevel } from './topic.ts'

/** The topics of the preset `plain`, below one base. */
export class PlainTopics {
  readonly #devices: string
  readonly #gateway: string

  /**
   * @param base without a slash at the end
   */
  constructor(base: string, gateway: string) {
    this.#devices = `${base}/device/`
    this.gateways = `${base}/gateway/+/state`
    this.#gateway = `${base}/gateway/${encodeTopicLevel(gateway)}/`
  }

  /** Where all gateways of this base tell their state. */
  readonly gateways: string

  /** The only filter that commands come by; nothing is published there. */
  get commands(): string {
    return `${this.#devices}+/do/#`
  }

  device(endpoint: string, suffix: string): string {
    return `${this.#devices}${encodeTopicLevel(endpoint)}/${suffix}`
  }

  /** `path` begins with a slash. */
  value(endpoint: string, path: string): string {
    return `${this.#devices}${encodeTopicLevel(endpoint)}/value${path}`
  }

  gateway(suffix: string): string {
    return this.#gateway + suffix
  }

  /**
   * The level of the device, as it stands there, and what stands behind `do/`.
   * @returns undefined for a topic that takes no commands
   */
  readCommand(topic: string): { readonly level: string; readonly action: string } | undefined {
    if (!topic.startsWith(this.#devices)) return undefined
    const start = this.#devices.length
    const end = topic.indexOf('/', start)
    // The filter's `#` matches the level above it as well.
    const takesCommands = end >= 0 && (topic.startsWith('do/', end + 1) || topic.slice(end + 1) === 'do')
    return takesCommands ? { level: topic.slice(start, end), action: topic.slice(end + 4) } : undefined
  }
}
