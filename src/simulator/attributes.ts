import { Refusal } from './message.ts'

/** Notification attributes that a Write-Attributes may set (LwM2M Core, 7.3.2). */
const NAMES: ReadonlySet<string> = new Set([
  'pmin',
  'pmax',
  'gt',
  'lt',
  'st',
  'epmin',
  'epmax',
  'edge',
  'con',
  'hqmax',
])
const MAX_PATHS = 256

/** Attributes by the path that they were written to. The device reports at its own pace and only remembers them. */
export class Attributes {
  readonly #byPath = new Map<string, Map<string, number>>()

  /**
   * Write-Attributes: `pmin=1`, `gt=` or `gt` clears.
   * @throws Refusal 4.00 for an unknown attribute, a value that is no number, or a contradiction
   */
  write(path: string, query: readonly string[]): void {
    const attributes = new Map(this.#byPath.get(path))
    for (const parameter of query) apply(attributes, parameter)
    refuseContradictions(Object.fromEntries(attributes))
    if (this.#byPath.size >= MAX_PATHS && !this.#byPath.has(path))
      throw new Refusal('5.00', 'too many attributes')
    this.#byPath.set(path, attributes)
  }

  /** As in a link: `;pmin=1;gt=20`. */
  link(path: string): string {
    return [...(this.#byPath.get(path) ?? [])].map(([name, value]) => `;${name}=${value}`).join('')
  }

  forget(path: string): void {
    for (const key of this.#byPath.keys()) {
      if (key === path || key.startsWith(`${path}/`)) this.#byPath.delete(key)
    }
  }
}

/** What holds of the attributes of one path together (LwM2M Core, 7.3.2). */
function refuseContradictions(attributes: Readonly<Record<string, number>>): void {
  const {
    pmin = 0,
    pmax = Number.POSITIVE_INFINITY,
    epmin = 0,
    epmax = Number.POSITIVE_INFINITY,
  } = attributes
  const { lt = Number.NEGATIVE_INFINITY, gt = Number.POSITIVE_INFINITY, st = 0 } = attributes
  if (pmin > pmax) throw new Refusal('4.00', `pmin ${pmin} above pmax ${pmax}`)
  if (epmin >= epmax) throw new Refusal('4.00', `epmin ${epmin} not below epmax ${epmax}`)
  if (lt + 2 * st >= gt) throw new Refusal('4.00', `lt ${lt} + 2 st ${st} not below gt ${gt}`)
}

function apply(attributes: Map<string, number>, parameter: string): void {
  const [name = '', text = ''] = parameter.split('=', 2)
  if (!NAMES.has(name)) throw new Refusal('4.00', `attribute ${name.slice(0, 20)}`)
  if (text === '') {
    attributes.delete(name)
    return
  }
  const value = Number(text)
  if (!Number.isFinite(value)) throw new Refusal('4.00', `${name}=${text.slice(0, 20)}`)
  attributes.set(name, value)
}
