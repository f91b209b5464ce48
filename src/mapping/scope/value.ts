import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { ResourceFacts } from '../../lwm2m/model/model.ts'
import type { Sample } from '../../lwm2m/value.ts'
import { camel } from '../expression/functions.ts'
import { seen } from '../expression/seen.ts'
import { idsOf } from '../rule/path-filter.ts'
import { contentOf, jsonOfValue } from '../value-json.ts'
import { DeviceScope, type KnownDevice } from './device.ts'
import type { Occasion, Surroundings } from './event.ts'
import { kept } from './kept.ts'
import { unitBeside } from './unit.ts'

/** How values came. */
export interface Report {
  readonly source: 'notify' | 'observe' | 'read' | 'send'
  /** What was observed or read. */
  readonly observation: string
  readonly sequence: number | undefined
  /** Whether a command asked for the observation. */
  readonly asked: boolean
  /** What the command that started the observation asked to remember. */
  readonly context: JsonValue
}

/** The variables of how values came. */
class ReportScope extends DeviceScope {
  readonly #report: Report

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, report: Report) {
    super(surroundings, occasion, device)
    this.#report = report
  }

  get source(): string {
    return this.#report.source
  }

  get observation(): string {
    return this.#report.observation
  }

  get sequence(): number | null {
    return this.#report.sequence ?? null
  }

  get asked(): boolean {
    return this.#report.asked
  }

  get context(): JsonValue {
    return this.#report.context
  }
}

/** The variables of one value. */
export class ValueScope extends ReportScope {
  readonly path: string
  readonly object: number
  readonly instance: number
  readonly resource: number
  readonly #sample: Sample
  readonly #series: readonly Sample[]
  #facts: ResourceFacts | null | undefined = null

  /** @param series all values of this path that came at once, oldest first */
  constructor(
    surroundings: Surroundings,
    occasion: Occasion,
    device: KnownDevice,
    report: Report,
    sample: Sample,
    series: readonly Sample[],
  ) {
    super(surroundings, occasion, device, report)
    const { path } = sample
    this.path = path
    const ids = idsOf(path)
    this.object = ids[0] ?? 0
    this.instance = ids[1] ?? 0
    this.resource = ids[2] ?? 0
    this.#sample = sample
    this.#series = series
  }

  get resourceInstance(): number | null {
    const text = this.path.split('/')[4]
    return text === undefined ? null : Number(text)
  }

  get name(): string | null {
    return this.#resource?.name ?? null
  }

  get objectName(): string | null {
    return this.snapshot.object(this.object)?.name ?? null
  }

  get valueType(): string {
    return this.#sample.type
  }

  get raw(): JsonValue | Uint8Array {
    return jsonOfValue(this.#sample.value)
  }

  get value(): JsonValue {
    const { surroundings } = this
    const unit = surroundings.units.size === 0 ? undefined : this.#unitOfDevice // costs more than the rest
    return scaled(this.#sample, unit, surroundings)
  }

  get unit(): string | null {
    const unit = this.#unitOfDevice
    return unit === undefined ? null : (this.surroundings.units.get(unit)?.unit ?? unit)
  }

  get time(): number {
    return this.#sample.time ?? this.at
  }

  get sampled(): number | null {
    return this.#sample.time ?? null
  }

  get series(): JsonObject[] {
    const series = this.#series.map((sample) => ({
      value: scaled(sample, this.#unitOfDevice, this.surroundings),
      time: sample.time ?? this.at,
    }))
    return kept(this, 'series', series)
  }

  get #resource(): ResourceFacts | undefined {
    if (this.#facts === null) this.#facts = this.snapshot.resource(this.object, this.resource)
    return this.#facts
  }

  get #unitOfDevice(): string | undefined {
    const { object, instance, resource } = this
    return this.#sample.unit ?? unitBeside(this.snapshot, object, instance, resource) ?? this.#resource?.unit
  }
}

const INTEGERS: ReadonlySet<string> = new Set(['integer', 'unsigned', 'time'])

/** A value in the unit and the form that the file asks for. */
function scaled(
  { type, value }: Sample,
  unit: string | undefined,
  { units, integers }: Surroundings,
): JsonValue {
  const change = unit === undefined || units.size === 0 ? undefined : units.get(unit)
  const isChanged = change !== undefined && (change.factor !== 1 || change.offset !== 0)
  if (isChanged && (typeof value === 'number' || typeof value === 'bigint')) {
    return Number(value) * change.factor + change.offset
  }
  return integers === 'string' && INTEGERS.has(type) ? String(value) : jsonOfValue(value)
}

/** The variables of several values that belong together. */
export class SamplesScope extends ReportScope {
  /** What was observed or read, or the instance that the values are of. */
  readonly path: string
  readonly #values: readonly ValueScope[]
  readonly #samples: readonly Sample[]

  constructor(
    surroundings: Surroundings,
    occasion: Occasion,
    device: KnownDevice,
    report: Report,
    path: string,
    samples: readonly Sample[],
  ) {
    super(surroundings, occasion, device, report)
    this.path = path
    this.#samples = samples
    this.#values = samples.map(
      (sample) => new ValueScope(surroundings, occasion, device, report, sample, [sample]),
    )
  }

  get samples(): JsonObject[] {
    const samples = this.#values.map((scope) => ({
      ...{ path: scope.path, value: scope.value, unit: scope.unit, time: scope.time, name: scope.name },
      ...{
        valueType: scope.valueType,
        object: scope.object,
        instance: scope.instance,
        resource: scope.resource,
      },
    }))
    return kept(this, 'samples', samples)
  }

  get content(): JsonValue {
    return kept(this, 'content', contentOf(this.path, this.#samples))
  }

  get fields(): JsonObject {
    return kept(this, 'fields', seen(fieldsOf(this.#values)))
  }

  get object(): number {
    return idsOf(this.path)[0] ?? 0
  }

  get instance(): number {
    return idsOf(this.path)[1] ?? 0
  }

  get objectName(): string | null {
    return this.snapshot.object(this.object)?.name ?? null
  }
}

/** The values of single resources by name. */
function fieldsOf(values: readonly ValueScope[]): JsonObject {
  const named = values.filter(({ name, resourceInstance }) => name !== null && resourceInstance === null)
  return Object.fromEntries(named.map((scope) => [camel(scope.name ?? ''), scope.value]))
}
