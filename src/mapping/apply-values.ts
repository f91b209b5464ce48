import { ascending } from '../lib/ascending.ts'
import type { JsonValue } from '../lib/json.ts'
import type { DeviceSnapshot } from '../lwm2m/command.ts'
import type { ValuesFact } from '../lwm2m/fact.ts'
import type { ResourceType, Sample, Value } from '../lwm2m/value.ts'
import { idsOf } from './rule/path-filter.ts'
import type { CompiledPublish } from './rule/publish-compiler.ts'
import type { Outcome } from './rule/publish-rule.ts'
import type { Run } from './run.ts'
import { DeviceScope, type KnownDevice } from './scope/device.ts'
import type { Occasion } from './scope/event.ts'
import { type Report, SamplesScope, ValueScope } from './scope/value.ts'
import type { Cause, Sheet } from './sheet.ts'
import { contextKey, DEVICE } from './subject.ts'

/** Applies the rules of one file to values of a device, oldest first. */
export function applyValues(sheet: Sheet, fact: ValuesFact, device: KnownDevice, run: Run): void {
  const { snapshot } = device
  const causes = fact.late
    ? sheet.causesFor(snapshot, 'late')
    : sheet.causesFor(snapshot, 'value', fact.source)
  if (causes.length === 0) return
  const samples = ascending(fact.samples, timeOf)
  const report = new FactReport(sheet, fact, run)
  for (const cause of causes) new ValuesApplication(sheet, fact, device, run, report, cause).apply(samples)
}

/** How the values of a fact came. */
class FactReport implements Report {
  readonly #sheet: Sheet
  readonly #fact: ValuesFact
  readonly #run: Run

  constructor(sheet: Sheet, fact: ValuesFact, run: Run) {
    this.#sheet = sheet
    this.#fact = fact
    this.#run = run
  }

  get source(): ValuesFact['source'] {
    return this.#fact.source
  }

  get observation(): string {
    return this.#fact.path
  }

  get sequence(): number | undefined {
    return this.#fact.sequence
  }

  get asked(): boolean {
    return this.#fact.asked === true
  }

  get context(): JsonValue {
    return this.#run.recall(contextKey(this.#sheet, this.#fact.path)) ?? null
  }
}

/** A sample without a time is the present. */
function timeOf(sample: Sample): number {
  return sample.time ?? Number.MAX_SAFE_INTEGER
}

/** One rule, applied to the values of one message. */
class ValuesApplication {
  readonly #sheet: Sheet
  readonly #fact: ValuesFact
  readonly #device: KnownDevice
  readonly #run: Run
  readonly #report: Report
  readonly #publish: CompiledPublish
  readonly #occasion: Occasion

  constructor(
    sheet: Sheet,
    fact: ValuesFact,
    device: KnownDevice,
    run: Run,
    report: Report,
    { event, publish }: Cause,
  ) {
    this.#sheet = sheet
    this.#fact = fact
    this.#device = device
    this.#run = run
    this.#report = report
    this.#publish = publish
    this.#occasion = { event, id: fact.id, at: fact.at }
  }

  /** @param samples oldest first */
  apply(samples: readonly Sample[]): void {
    const { rule } = this.#publish
    const meant =
      rule.isForAll && !this.#run.hasTaken ? samples : samples.filter((sample) => this.#isMeant(sample))
    if (meant.length === 0) return
    switch (this.#publish.per) {
      case 'value':
        this.#perValue(meant)
        break
      case 'instance':
        for (const [path, group] of groupBy(meant, instanceOf)) this.#together(path, group)
        break
      case 'notification':
        this.#together(this.#fact.path, meant)
        break
      case 'device':
        this.#settle(
          rule.apply(this.#deviceScope(), DEVICE, this.#fact.at, this.#run),
          meant,
          this.#fact.path,
        )
    }
  }

  #isMeant({ path }: Sample): boolean {
    return !this.#run.isTaken(path, this.#sheet.connection) && this.#publish.rule.isFor(idsOf(path))
  }

  #perValue(samples: readonly Sample[]): void {
    const { series } = this.#publish
    if (series === 'each') {
      for (const sample of samples) this.#single(sample, samples.length === 1 ? samples : [sample])
      return
    }
    for (const group of groupBy(samples, ({ path }) => path).values()) {
      const newest = group.at(-1)
      if (newest !== undefined) this.#single(newest, series === 'array' ? group : [newest])
    }
  }

  #single(sample: Sample, series: readonly Sample[]): void {
    const { rule } = this.#publish
    const scope = new ValueScope(
      this.#sheet.surroundings,
      this.#occasion,
      this.#device,
      this.#report,
      sample,
      series,
    )
    this.#settle(rule.apply(scope, sample.path, this.#fact.at, this.#run), series, sample.path)
  }

  #together(path: string, samples: readonly Sample[]): void {
    const { surroundings } = this.#sheet
    const scope = new SamplesScope(surroundings, this.#occasion, this.#device, this.#report, path, samples)
    this.#settle(this.#publish.rule.apply(scope, path, this.#fact.at, this.#run), samples, path)
  }

  #deviceScope(): DeviceScope {
    return new DeviceScope(this.#sheet.surroundings, this.#occasion, this.#device)
  }

  /** @param path of what the rule was applied to: of the value, or around the values */
  #settle(outcome: Outcome, samples: readonly Sample[], path: string): void {
    const { rule } = this.#publish
    const { connection } = this.#sheet
    if (outcome === 'failed') {
      for (const sample of samples) this.#run.lost.push({ sample, connection })
      this.#run.locateFailure(this.#occasion.event, path)
    } else if (outcome === 'published' && rule.stop)
      for (const sample of samples) this.#run.take(sample.path, connection)
  }
}

/** `/3303/0` of `/3303/0/5700`. */
function instanceOf({ path }: Sample): string {
  return path.split('/', 3).join('/')
}

function groupBy(samples: readonly Sample[], keyOf: (sample: Sample) => string): Map<string, Sample[]> {
  return Map.groupBy(samples, keyOf)
}

/** Applies one rule again to the last values of a path and of what lies below it, or to the device as a whole. */
export function applyAgain(
  sheet: Sheet,
  rule: string,
  { path, at, id }: { readonly path: string; readonly at: number; readonly id: string },
  device: KnownDevice,
  run: Run,
): void {
  const publish = sheet.publishes.find((one) => one.rule.id === rule)
  if (publish === undefined || sheet.leaves(publish.rule.name, device.snapshot)) return
  if (publish.per === 'device') {
    publish.rule.apply(
      new DeviceScope(sheet.surroundings, { event: 'value', id, at }, device),
      DEVICE,
      at,
      run,
    )
    return
  }
  const samples = lastSamples(path, device.snapshot)
  if (samples.length === 0) return
  const fact: ValuesFact = {
    ...{ type: 'values', id, at, endpoint: device.endpoint, source: 'notify', path, samples, late: false },
  }
  const report = new FactReport(sheet, fact, run)
  new ValuesApplication(sheet, fact, device, run, report, { event: 'value', publish }).apply(samples)
}

/** All that a device has told lately, as if it came now. */
export function lastValues(
  endpoint: string,
  device: DeviceSnapshot,
  now: { id: string; at: number },
): ValuesFact {
  const samples = lastSamples('', device)
  return { ...now, endpoint, type: 'values', source: 'notify', path: '/', samples, late: false }
}

/**
 * Applies the rules whose values the broker keeps to all that a device has told lately. What is told once, when it
 * happens, is not told again; but with `stop` it is kept from later rules again.
 * @param isMeant whether the file is to tell anything
 */
export function applyAllAgain(
  sheet: Sheet,
  last: ValuesFact,
  snapshot: DeviceSnapshot,
  run: Run,
  isMeant: boolean,
): void {
  const device = sheet.known(last.endpoint, snapshot)
  const report = new FactReport(sheet, last, run)
  for (const cause of sheet.causesFor(snapshot, 'value')) {
    const { isRetained, stop } = cause.publish.rule
    const isTold = isMeant && isRetained
    if (!isTold && !stop) continue
    new ValuesApplication(sheet, last, device, isTold ? run : run.trial, report, cause).apply(last.samples)
  }
}

function lastSamples(path: string, device: DeviceSnapshot): Sample[] {
  const samples: Sample[] = []
  for (const [at, { value, time, unit }] of device.values) {
    if (at !== path && !at.startsWith(`${path}/`)) continue
    const [object = 0, , id = 0] = idsOf(at)
    const type = device.resource(object, id)?.type ?? typeOf(value)
    samples.push({ path: at, type, value, time, ...(unit === undefined ? undefined : { unit }) })
  }
  return samples
}

/** Of a value whose resource the model does not know. */
function typeOf(value: Value): ResourceType {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  if (value instanceof Uint8Array) return 'opaque'
  if (typeof value === 'object') return 'objlnk'
  return typeof value === 'bigint' || Number.isInteger(value) ? 'integer' : 'float'
}
