import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ProcessOptions, Program, type Ran, run } from './processes.ts'

/** The clone. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const PROGRAM = join(root, 'bin', 'lwm2mqtt.js')

/** Starts `lwm2mqtt` as a user does, on this Node. */
export function startCommand(args: readonly string[], options: ProcessOptions = {}): Program {
  return new Program(process.execPath, [PROGRAM, ...args], options)
}

/** Runs `lwm2mqtt` to its end. */
export function runCommand(args: readonly string[], options: ProcessOptions = {}): Promise<Ran> {
  return run(process.execPath, [PROGRAM, ...args], options)
}

const folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-test-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Writes a file of a test's own and returns its path. */
export function writeTemporary(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** One line of the gateway's log. */
export interface LogLine {
  readonly msg: string
  readonly level: number
  readonly code?: string
  readonly uri?: string
  readonly [field: string]: unknown
}

/** `lwm2mqtt run`. */
export class GatewayProcess {
  readonly program: Program
  /** Where devices register. */
  readonly port: number

  /** @param configuration YAML; listener and log level are set here */
  static async start(configuration: string): Promise<GatewayProcess> {
    const file = writeTemporary('gateway.yaml', configuration)
    const program = startCommand(['run', '--config', file])
    const { uri = '' } = JSON.parse(await program.stdout.find('give a device this server URI')) as LogLine
    return new GatewayProcess(program, Number(uri.split(':').at(-1)))
  }

  private constructor(program: Program, port: number) {
    this.program = program
    this.port = port
  }

  get uri(): string {
    return `coap://127.0.0.1:${this.port}`
  }

  get log(): LogLine[] {
    return this.program.stdout.all.map((line) => JSON.parse(line) as LogLine)
  }
}

/**
 * A configuration in YAML for a gateway `gw` on a free port of 127.0.0.1.
 * @param mqtt further lines of the group `mqtt`
 * @param groups further groups
 */
export function configurationFor(
  brokerUrl: string,
  mqtt: readonly string[] = [],
  groups: readonly string[] = [],
): string {
  const lines = [
    'gateway: { id: gw }',
    'mqtt:',
    ...[`url: ${brokerUrl}`, ...mqtt].map((line) => `  ${line}`),
    "lwm2m: { listeners: ['coap://127.0.0.1:0'] }",
    'log: { level: debug }',
    ...groups,
  ]
  return `${lines.join('\n')}\n`
}
