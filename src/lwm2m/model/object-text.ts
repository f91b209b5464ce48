import type { ResourceType } from '../value.ts'
import type { ObjectFacts, ResourceFacts } from './model.ts'

/**
 * Facts in the compact form in which they are shipped: the first line of the text is flags and name of the object,
 * each further one a resource: id, type, flags, name, range, unit. Fields stand between tabs; those at the end may be
 * left out. Flags are letters: of a resource R, W and E for what can be done with it, `*` multiple, `!` mandatory; of
 * an object the last two.
 */
export type ObjectText = readonly [id: number, version: string, text: string]

function flag(facts: ObjectFacts | ResourceFacts): string {
  return `${facts.multiple ? '*' : ''}${facts.mandatory ? '!' : ''}`
}

function writeResource(facts: ResourceFacts): string {
  const operations = `${facts.readable ? 'R' : ''}${facts.writable ? 'W' : ''}${facts.executable ? 'E' : ''}`
  const { id, type, name, range = '', unit = '' } = facts
  return [id, type, operations + flag(facts), name, range, unit].join('\t').trimEnd()
}

/** The compact form; names, ranges and units hold no tab and no line break. */
export function writeObjectText(facts: ObjectFacts): string {
  return [`${flag(facts)}\t${facts.name}`, ...Array.from(facts.resources.values(), writeResource)].join('\n')
}

function readResource(line: string): ResourceFacts {
  const [id, type, flags = '', name = '', range, unit] = line.split('\t')
  return {
    id: Number(id),
    name,
    type: type as ResourceType,
    readable: flags.includes('R'),
    writable: flags.includes('W'),
    executable: flags.includes('E'),
    multiple: flags.includes('*'),
    mandatory: flags.includes('!'),
    ...(range ? { range } : undefined),
    ...(unit ? { unit } : undefined),
  }
}

/** The facts of what `writeObjectText` wrote. */
export function readObjectText([id, version, text]: ObjectText): ObjectFacts {
  const [head = '', ...lines] = text.split('\n')
  const [flags = '', name = ''] = head.split('\t')
  const resources = lines.map(readResource)
  return {
    id,
    version,
    name,
    multiple: flags.includes('*'),
    mandatory: flags.includes('!'),
    resources: new Map(resources.map((resource) => [resource.id, resource])),
  }
}
