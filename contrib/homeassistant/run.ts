import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** The user's options, as `schema` of config.yaml lets them through. */
export type Options = Readonly<Record<string, string | readonly string[] | null>>

/** A broker, as the Supervisor tells it. */
export interface Broker {
  readonly host: string
  readonly port: number
  readonly ssl: boolean
  readonly username?: string
  readonly password?: string
}

/** The environment variable of the gateway that each option sets. */
export const variables: Readonly<Record<string, string>> = {
  mappings: 'LWM2MQTT__MAPPINGS',
  log_level: 'LWM2MQTT__LOG__LEVEL',
  gateway_id: 'LWM2MQTT__GATEWAY__ID',
  base: 'LWM2MQTT__MQTT__BASE',
  mqtt_url: 'LWM2MQTT__MQTT__URL',
  mqtt_username: 'LWM2MQTT__MQTT__USERNAME',
  mqtt_password: 'LWM2MQTT__MQTT__PASSWORD_FILE',
}

const OPTIONS = '/data/options.json'
const PASSWORD = '/run/mqtt-password'
/** Files of the user's own: the add-on's folder of Home Assistant. */
const FOLDER = '/config'
const CONFIGURATION = `${FOLDER}/lwm2mqtt.yaml`
const GRACE = 5_000

/**
 * The gateway's environment.
 * @param broker the one that Home Assistant uses: taken where the options name none
 * @param keep stores the password and returns the path of its file
 */
export function environmentOf(
  options: Options,
  broker: Broker | undefined,
  keep: (password: string) => string,
): Record<string, string> {
  const isNamed = text(options.mqtt_url) !== undefined
  const given = isNamed || broker === undefined ? options : { ...options, ...optionsFor(broker) }
  const environment: Record<string, string> = { LWM2MQTT__LWM2M__LISTENERS: '["coap://0.0.0.0:5683"]' }
  for (const [option, variable] of Object.entries(variables)) {
    const value = text(given[option])
    if (value !== undefined) environment[variable] = option === 'mqtt_password' ? keep(value) : value
  }
  return environment
}

function text(value: Options[string] | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function optionsFor({ host, port, ssl, username = '', password = '' }: Broker): Options {
  const scheme = ssl ? 'mqtts' : 'mqtt'
  return { mqtt_url: `${scheme}://${host}:${port}`, mqtt_username: username, mqtt_password: password }
}

/** Asks the Supervisor; undefined where Home Assistant has no broker. */
async function brokerOfHomeAssistant(): Promise<Broker | undefined> {
  const { SUPERVISOR_TOKEN: token } = process.env
  if (token === undefined) return undefined
  const headers = { Authorization: `Bearer ${token}` }
  const response = await fetch('http://supervisor/services/mqtt', {
    headers,
    signal: AbortSignal.timeout(GRACE),
  }).catch(() => undefined)
  if (response?.ok !== true) return undefined
  const { data } = (await response.json()) as { readonly data?: Broker }
  return data
}

function keepPassword(password: string): string {
  writeFileSync(PASSWORD, password, { mode: 0o600 })
  return PASSWORD
}

async function main(): Promise<void> {
  const options = JSON.parse(readFileSync(OPTIONS, 'utf8')) as Options
  const environment = environmentOf(options, await brokerOfHomeAssistant(), keepPassword)
  const configuration = existsSync(CONFIGURATION) ? ['--config', CONFIGURATION] : []
  const gateway = spawn('lwm2mqtt', ['run', ...configuration], {
    cwd: existsSync(FOLDER) ? FOLDER : '/',
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => gateway.kill(signal))
  gateway.once('exit', (code) => process.exit(code ?? 1))
}

if (import.meta.main) await main()
