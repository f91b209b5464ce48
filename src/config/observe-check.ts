import type { KeyPath } from '../lib/problem.ts'
import type { Check, Finding } from './check.ts'
import type { Configuration } from './configuration.ts'

/** An entry of lwm2m.observe. */
type Entry = Configuration['lwm2m']['observe'][number]
type EntryGroup = Exclude<Entry, string>
type Attributes = NonNullable<EntryGroup['attributes']>

const MAX_ID = 65534
/** Where `/object/instance/resource`, split at its slashes, has its instance, and how long it is. */
const INSTANCE = 2
const RESOURCE_LEVELS = 4

/** Attributes that stand on resources and their instances alone (LwM2M Core, 7.3.2). */
const OF_RESOURCES = ['gt', 'lt', 'st', 'edge'] as const

const groupOf = (entry: Entry): EntryGroup => (typeof entry === 'string' ? { path: entry } : entry)

/** Paths, attributes and order of what lwm2m.observe lists. */
export const observeCheck: Check = {
  reads: ['lwm2m.observe'],
  find({ lwm2m: { observe } }) {
    const own = observe.flatMap((entry, index) =>
      findingsOf(entry).map((finding) => within(['lwm2m', 'observe', index], finding)),
    )
    return [...own, ...withoutEffect(observe.map(groupOf))]
  },
}

function within(place: KeyPath, { path, message }: Finding): Finding {
  return { path: [...place, ...path], message }
}

function findingsOf(entry: Entry): Finding[] {
  const { path, attributes = {} } = groupOf(entry)
  return [
    ...idFindings(path, typeof entry === 'string' ? [] : ['path']),
    ...[...misplaced(path, attributes), ...contradictions(attributes)].map((finding) =>
      within(['attributes'], finding),
    ),
  ]
}

function idFindings(text: string, path: KeyPath): Finding[] {
  const high = text.split('/').find((id) => Number(id) > MAX_ID)
  return high === undefined ? [] : [{ path, message: `${high} is above ${MAX_ID}, the highest id` }]
}

function misplaced(path: string, attributes: Attributes): Finding[] {
  if (path.split('/').length >= RESOURCE_LEVELS) return []
  const message = `needs the path of a resource, such as /3303/*/5700: ${path} is none`
  return OF_RESOURCES.filter((name) => attributes[name] !== undefined).map((name) => ({
    path: [name],
    message,
  }))
}

/** What the specification asks of attributes that are given together (LwM2M Core, 7.3.2). */
function contradictions({ pmin, pmax, epmin, epmax, gt, lt, st = 0 }: Attributes): Finding[] {
  const findings: Finding[] = []
  if (pmin !== undefined && pmax !== undefined && pmin > pmax)
    findings.push({ path: ['pmin'], message: `${pmin} is above pmax ${pmax}: lower it, or raise pmax` })
  if (epmin !== undefined && epmax !== undefined && epmin >= epmax)
    findings.push({
      path: ['epmin'],
      message: `${epmin} is not below epmax ${epmax}: lower it, or raise epmax`,
    })
  const reach = lt === undefined ? Number.NEGATIVE_INFINITY : lt + 2 * st
  if (gt !== undefined && reach >= gt)
    findings.push({
      path: ['lt'],
      message: `lt + 2 st is ${reach}, which is not below gt ${gt}: lower lt or st, or raise gt`,
    })
  return findings
}

/** Entries behind one that means the same paths at all devices: the first one counts. */
function withoutEffect(entries: readonly EntryGroup[]): Finding[] {
  const findings: Finding[] = []
  const general: { readonly levels: readonly string[]; readonly index: number }[] = []
  for (const [index, { path, match = {} }] of entries.entries()) {
    const levels = path.split('/')
    const earlier = general.find((one) => covers(one.levels, levels))
    if (earlier !== undefined) {
      const message = `has no effect: entry ${earlier.index + 1} means the same at all devices, and stands before it: change their order`
      findings.push({ path: ['lwm2m', 'observe', index], message })
    } else if (Object.keys(match).length === 0) general.push({ levels, index })
  }
  return findings
}

/** `*` as object covers nothing but itself: which objects it means, the object model says. */
function covers(general: readonly string[], levels: readonly string[]): boolean {
  return (
    general.length === levels.length &&
    general.every((level, depth) => level === levels[depth] || (level === '*' && depth === INSTANCE))
  )
}
