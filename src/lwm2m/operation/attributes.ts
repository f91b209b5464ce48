import { Code } from '../../coap/code.ts'
import type { Request } from '../../coap/handler.ts'
import { CodedError } from '../../lib/errors.ts'
import type { NewAttributes } from '../command.ts'
import type { EnablerVersion } from '../fact.ts'
import { idsOf, uriPath } from '../path.ts'
import type { ResourceType } from '../value.ts'
import type { CommandOf, Task } from './task.ts'

type Kind = 'seconds' | 'count' | 'flag' | 'number'

/** One notification attribute (LwM2M Core, 7.3.2). */
interface Rule {
  readonly kind: Kind
  readonly since: EnablerVersion
  /** What its resource must be; it then stands on resources and their instances alone. */
  readonly of?: 'a number' | 'a boolean'
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['pmin', { kind: 'seconds', since: '1.0' }],
  ['pmax', { kind: 'seconds', since: '1.0' }],
  ['gt', { kind: 'number', since: '1.0', of: 'a number' }],
  ['lt', { kind: 'number', since: '1.0', of: 'a number' }],
  ['st', { kind: 'number', since: '1.0', of: 'a number' }],
  ['epmin', { kind: 'seconds', since: '1.1' }],
  ['epmax', { kind: 'seconds', since: '1.1' }],
  ['edge', { kind: 'flag', since: '1.2', of: 'a boolean' }],
  ['con', { kind: 'flag', since: '1.2' }],
  ['hqmax', { kind: 'count', since: '1.2' }],
])

export function isNotificationAttribute(name: string): boolean {
  return RULES.has(name)
}

/** What is longer is a slip; an option of CoAP holds 255 bytes. */
const MAX_DIGITS = 64

const KINDS: Readonly<Record<Kind, string>> = {
  seconds: 'whole seconds from 0',
  count: 'a whole number from 0',
  flag: '0 or 1',
  number: `a number of up to ${MAX_DIGITS} digits`,
}

const NUMBERS: ReadonlySet<ResourceType> = new Set(['integer', 'unsigned', 'float', 'time'])

/** Where attributes go. */
export type AttributeTarget = Pick<Task, 'device' | 'target' | 'path' | 'lookup' | 'isForced'>

/**
 * Write-Attributes (LwM2M Core, 6.3.4): a PUT with the attributes in its query; one without a value is taken away.
 * @throws CodedError `attribute_invalid`
 */
export function attributesRequest(
  { attributes }: Pick<CommandOf<'write-attributes'>, 'attributes'>,
  task: AttributeTarget,
): Request {
  const names = Object.keys(attributes)
  if (names.length === 0) throw invalid(`name at least one of ${allNames()}`, task.path)
  for (const name of names) requireKnown(name, attributes[name])
  if (!task.isForced) {
    for (const name of names) requirePlace(name, task)
    requireConsistent(attributes)
  }
  const { registration } = task.device
  const query = names.map((name) => parameter(name, attributes[name]))
  return { code: Code.put, path: uriPath(registration, task.path), query }
}

function invalid(message: string, place: string): CodedError {
  return new CodedError('attribute_invalid', message, { place })
}

function allNames(): string {
  return [...RULES.keys()].join(', ')
}

function isOfKind(kind: Kind, value: number): boolean {
  if (kind === 'number') return Number.isFinite(value) && decimalText(value).length <= MAX_DIGITS
  return Number.isSafeInteger(value) && value >= 0 && (kind !== 'flag' || value <= 1)
}

function requireKnown(name: string, value: number | null | undefined): void {
  const rule = RULES.get(name)
  if (rule === undefined)
    throw invalid(`'${name.slice(0, 40)}' is no attribute: there are ${allNames()}`, name)
  if (typeof value !== 'number' || isOfKind(rule.kind, value)) return
  throw invalid(`${name} is ${KINDS[rule.kind]}, or null to take it away; ${value} is not`, name)
}

function requirePlace(name: string, task: AttributeTarget): void {
  const { target, lookup, path } = task
  const { since, of } = RULES.get(name) ?? { since: '1.0' }
  const { version } = task.device.registration
  const needed = target.resourceInstance !== undefined && since === '1.0' ? '1.1' : since
  if (version < needed)
    throw invalid(`${name} on ${path} exists from LwM2M ${needed}, this is ${version}`, name)
  if (of === undefined) return
  const { object, resource } = target
  if (resource === undefined)
    throw invalid(
      `${name} stands on a resource or a resource instance, ${path} has ${idsOf(target).length} ids`,
      name,
    )
  const facts = lookup.resource(object, resource)
  if (facts === undefined || (of === 'a number' ? NUMBERS.has(facts.type) : facts.type === 'boolean')) return
  throw invalid(`${name} needs ${of}, ${path} (${facts.name}) is of type ${facts.type}`, name)
}

/** What the specification asks of attributes that are given together (LwM2M Core, 7.3.2). */
function requireConsistent({ pmin, pmax, epmin, epmax, gt, lt, st }: NewAttributes): void {
  if (isNumber(pmin) && isNumber(pmax) && pmin > pmax)
    throw invalid(`pmin ${pmin} is above pmax ${pmax}: pmin <= pmax is allowed`, 'pmin')
  if (isNumber(epmin) && isNumber(epmax) && epmin >= epmax)
    throw invalid(`epmin ${epmin} is not below epmax ${epmax}: epmin < epmax is allowed`, 'epmin')
  if (isNumber(st) && st < 0) throw invalid(`st ${st} is below 0`, 'st')
  const step = isNumber(st) ? st : 0
  if (isNumber(lt) && isNumber(gt) && lt + 2 * step >= gt)
    throw invalid(`lt ${lt} + 2 st ${step} is not below gt ${gt}: lt + 2 st < gt is allowed`, 'lt')
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number'
}

function parameter(name: string, value: number | null | undefined): string {
  return isNumber(value) ? `${name}=${decimalText(value)}` : name
}

/** The digits of a number: attributes know no exponent (LwM2M Core, 7.3.2). */
function decimalText(value: number): string {
  const text = String(value)
  const [mantissa = '', exponent] = text.split('e')
  if (exponent === undefined) return text
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const shift = Number(exponent)
  const digits = whole + fraction
  const plain = shift < 0 ? `0.${'0'.repeat(-shift - 1)}${digits}` : digits.padEnd(whole.length + shift, '0')
  return value < 0 ? `-${plain}` : plain
}
