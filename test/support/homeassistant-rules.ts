import { render } from './jinja.ts'

/** A component of a discovery message. */
export type Component = Readonly<Record<string, unknown>>

/** A discovery message in the device form. */
export interface Discovery {
  readonly dev: Readonly<Record<string, unknown>>
  readonly o: Readonly<Record<string, unknown>>
  readonly cmps: Readonly<Record<string, Component>>
  readonly [key: string]: unknown
}

const TEMPERATURE = ['°C', '°F', 'K']
const PRESSURE = ['Pa', 'hPa', 'kPa', 'mPa', 'MPa', 'bar', 'cbar', 'mbar', 'mmHg', 'inHg', 'inH₂O', 'psi']
const LENGTH = ['km', 'm', 'cm', 'mm', 'mi', 'nmi', 'yd', 'in', 'ft']
const INFORMATION = ['bit', 'kbit', 'Mbit', 'Gbit', 'B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB', 'TiB']
const RATE = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'B/s', 'kB/s', 'MB/s', 'GB/s', 'KiB/s', 'MiB/s', 'GiB/s']
const ENERGY = ['J', 'kJ', 'MJ', 'GJ', 'mWh', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'cal', 'kcal', 'Mcal', 'Gcal']
const ANY = ['measurement', 'total', 'total_increasing']
const TOTALS = ['total', 'total_increasing']

/** Device classes of sensors that have to do with our objects: units (null is none) and state classes. */
const measured: Readonly<
  Record<string, readonly [units: readonly (string | null)[], states: readonly string[]]>
> = {
  apparent_power: [['mVA', 'VA', 'kVA'], ['measurement']],
  area: [['m²', 'cm²', 'km²', 'mm²', 'in²', 'ft²', 'yd²', 'mi²', 'ac', 'ha'], ANY],
  atmospheric_pressure: [PRESSURE, ['measurement']],
  battery: [['%'], ['measurement']],
  current: [['A', 'mA'], ['measurement']],
  data_rate: [RATE, ['measurement']],
  data_size: [INFORMATION, ANY],
  distance: [LENGTH, ANY],
  duration: [['d', 'h', 'min', 's', 'ms'], ANY],
  energy: [ENERGY, TOTALS],
  frequency: [['Hz', 'kHz', 'MHz', 'GHz'], ['measurement']],
  humidity: [['%'], ['measurement']],
  illuminance: [['lx'], ['measurement']],
  irradiance: [['W/m²', 'BTU/(h⋅ft²)'], ['measurement']],
  moisture: [['%'], ['measurement']],
  ph: [[null], ['measurement']],
  power: [['mW', 'W', 'kW', 'MW', 'GW', 'TW'], ['measurement']],
  power_factor: [['%', null], ['measurement']],
  pressure: [PRESSURE, ['measurement']],
  reactive_power: [['var', 'kvar'], ['measurement']],
  signal_strength: [['dB', 'dBm'], ['measurement']],
  sound_pressure: [['dB', 'dBA'], ['measurement']],
  speed: [['ft/s', 'in/s', 'm/s', 'mm/s', 'km/h', 'kn', 'mph', 'mm/h', 'mm/d'], ['measurement']],
  temperature: [TEMPERATURE, ['measurement']],
  voltage: [['V', 'mV', 'kV'], ['measurement']],
  volume_storage: [['L', 'mL', 'm³', 'ft³', 'gal'], ['measurement']],
  weight: [['kg', 'g', 'mg', 'oz', 'lb', 'st'], ['measurement']],
}

interface Platform {
  readonly required: readonly string[]
  readonly allowed: readonly string[]
  readonly classes?: readonly string[]
  /** Whether it can be changed: only then it may be of the category `config`. */
  readonly writable?: boolean
}

/** Keys that every platform takes. */
const COMMON = [
  'p',
  'unique_id',
  'name',
  'entity_category',
  'enabled_by_default',
  'icon',
  'default_entity_id',
]
const ON_OFF = ['payload_on', 'payload_off', 'value_template', 'state_topic', 'device_class']
const SET = [
  'value_template',
  'state_topic',
  'command_template',
  'retain',
  'optimistic',
  'min',
  'max',
  'mode',
]

const platforms: Readonly<Record<string, Platform>> = {
  sensor: {
    required: ['state_topic'],
    allowed: [
      'value_template',
      'device_class',
      'unit_of_measurement',
      'state_class',
      'expire_after',
      'options',
    ],
    classes: Object.keys(measured),
  },
  binary_sensor: {
    required: ['state_topic'],
    allowed: [...ON_OFF, 'off_delay', 'expire_after'],
    classes: ['occupancy', 'motion', 'presence', 'opening', 'battery', 'problem'],
  },
  switch: {
    required: ['command_topic'],
    allowed: [...ON_OFF, 'state_on', 'state_off', 'optimistic', 'retain'],
    classes: ['outlet', 'switch'],
    writable: true,
  },
  number: {
    required: ['command_topic'],
    allowed: [...SET, 'step', 'device_class', 'unit_of_measurement'],
    classes: Object.keys(measured),
    writable: true,
  },
  text: { required: ['command_topic'], allowed: [...SET, 'pattern'], writable: true },
  button: {
    required: ['command_topic'],
    allowed: ['payload_press', 'command_template', 'device_class', 'retain'],
    classes: ['identify', 'restart', 'update'],
    writable: true,
  },
  light: {
    required: ['command_topic'],
    allowed: [
      ...['state_topic', 'state_value_template', 'payload_on', 'payload_off', 'on_command_type', 'schema'],
      ...[
        'brightness_state_topic',
        'brightness_command_topic',
        'brightness_value_template',
        'brightness_scale',
      ],
      ...['rgb_state_topic', 'rgb_command_topic', 'rgb_value_template', 'rgb_command_template'],
    ],
    writable: true,
  },
  device_tracker: {
    required: ['json_attributes_topic'],
    allowed: ['source_type', 'json_attributes_template'],
  },
}

const DEVICE_KEYS = ['ids', 'cns', 'name', 'mf', 'mdl', 'mdl_id', 'sw', 'hw', 'sn', 'sa', 'cu', 'via_device']
const SHARED_KEYS = [
  'dev',
  'o',
  'cmps',
  'qos',
  'encoding',
  'availability',
  'availability_mode',
  'state_topic',
]
/** What templates of each key may read. */
const TEMPLATE_NAMES: Readonly<Record<string, readonly string[]>> = {
  rgb_command_template: ['red', 'green', 'blue'],
}

/** Everything in a discovery message that Home Assistant would refuse, or warn of. */
export function faultsOf(topic: string, message: Discovery): string[] {
  const { dev, o, cmps, availability, availability_mode: mode = 'latest', qos = 0 } = message
  const faults: string[] = []
  const hold = (holds: boolean, fault: string): unknown => holds || faults.push(fault)
  hold(/^homeassistant\/device\/[A-Za-z0-9_-]+\/config$/.test(topic), `topic ${topic}`)
  for (const key of Object.keys(message)) hold(SHARED_KEYS.includes(key), `key ${key}`)
  for (const [key, value] of Object.entries(dev)) {
    hold(DEVICE_KEYS.includes(key) && (key === 'ids' || typeof value === 'string'), `dev.${key}`)
  }
  hold(Array.isArray(dev.ids) && dev.ids.length > 0 && dev.ids.every(isText), 'dev.ids')
  hold(isText(o.name) && Object.keys(o).every((key) => ['name', 'sw', 'url'].includes(key)), 'o')
  hold(o.url === undefined || /^https?:\/\/./.test(String(o.url)), 'o.url')
  hold(
    ['all', 'any', 'latest'].includes(String(mode)) && [0, 1, 2].includes(Number(qos)),
    'availability_mode, qos',
  )
  for (const entry of Array.isArray(availability) ? (availability as readonly Component[]) : []) {
    const allowed = ['topic', 'value_template', 'payload_available', 'payload_not_available']
    hold(Object.keys(entry).every((key) => allowed.includes(key)) && isTopic(entry.topic), 'availability')
  }
  const ids = Object.values(cmps).map(({ unique_id }) => unique_id)
  hold(new Set(ids).size === ids.length, 'a unique_id twice')
  for (const [key, component] of Object.entries(cmps))
    faults.push(...faultsOfComponent(component).map((fault) => `${key}: ${fault}`))
  return faults
}

function faultsOfComponent(component: Component): string[] {
  const { p, unique_id: id, name } = component
  const platform = platforms[String(p)]
  if (platform === undefined) return [`platform ${String(p)}`]
  const faults: string[] = []
  const hold = (holds: boolean, fault: string): unknown => holds || faults.push(fault)
  const allowed = [...COMMON, ...platform.required, ...platform.allowed]
  hold(isText(id) && isText(name), 'unique_id or name')
  for (const key of platform.required) hold(Object.hasOwn(component, key), `no ${key}`)
  for (const [key, value] of Object.entries(component)) {
    hold(allowed.includes(key), `${String(p)} with ${key}`)
    if (key.endsWith('_topic')) hold(isTopic(value), `${key} ${String(value)}`)
    if (key.endsWith('_template')) hold(isTemplate(key, value), `${key} ${String(value)}`)
    if (key.startsWith('payload_')) hold(typeof value === 'string', key)
  }
  faults.push(...faultsOfClass(component, platform), ...faultsOfRange(component))
  const categories = platform.writable === true ? ['config', 'diagnostic'] : ['diagnostic']
  hold(
    component.entity_category === undefined || categories.includes(String(component.entity_category)),
    'category',
  )
  return faults
}

function faultsOfClass(
  { p, device_class, unit_of_measurement: unit, state_class: state }: Component,
  platform: Platform,
): string[] {
  const faults: string[] = []
  if (state !== undefined && !ANY.includes(String(state))) faults.push(`state_class ${String(state)}`)
  if (device_class === undefined) return faults
  const name = String(device_class)
  if (platform.classes?.includes(name) !== true) faults.push(`device_class ${name}`)
  const rule = p === 'sensor' || p === 'number' ? measured[name] : undefined
  if (rule === undefined) return faults
  const [units, states] = rule
  if (!units.includes(unit === undefined ? null : String(unit))) faults.push(`${name} in ${String(unit)}`)
  if (state !== undefined && !states.includes(String(state))) faults.push(`${name} as ${String(state)}`)
  return faults
}

/** A number without `min` and `max` goes from 1 to 100 by 1. */
function faultsOfRange({ p, min = 1, max = 100, step = 1, mode = 'auto' }: Component): string[] {
  if (p !== 'number') return []
  const holds =
    Number(min) < Number(max) && Number(step) >= 0.001 && ['auto', 'box', 'slider'].includes(String(mode))
  return holds ? [] : ['min, max, step or mode']
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTopic(value: unknown): boolean {
  return typeof value === 'string' && /^[^+#\0]+$/.test(value) && !value.includes('//')
}

/** Whether it is a template of which every part can be worked out, with names that are there. */
function isTemplate(key: string, value: unknown): boolean {
  if (typeof value !== 'string' || !value.includes('{{')) return false
  const names = TEMPLATE_NAMES[key]
  const scope =
    names === undefined
      ? { value_json: { value: '102030', state: 'awake' } }
      : Object.fromEntries(names.map((name) => [name, 1]))
  try {
    render(value.replaceAll(/\[1:3\]|\[3:5\]|\[5:7\]/g, '[0:2]'), scope)
    return true
  } catch {
    return false
  }
}
