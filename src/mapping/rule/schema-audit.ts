import { reasonOf } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { LinearPattern } from '../../lib/linear-pattern.ts'
import type { KeyPath } from '../../lib/problem.ts'
import { closest } from '../../lib/suggestion.ts'
import { refusedKeywords, schemaKeywords } from './schema-keywords.ts'

/** What is wrong with a payload's schema, and where in it. */
export interface SchemaFault {
  readonly path: KeyPath
  readonly message: string
}

/** Schemas with all that `$ref` puts in its place, and their choices. */
const MAX_NODES = 10_000
/** Each element of a list is compared with each other. */
const MAX_UNIQUE_ITEMS = 256
const DRAFT_7 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/

/** How deep schemas stand in each other, with what their references stand for. */
const MAX_NESTING = 100
const MAX_FAULTS = 100

class TooLarge extends Error {}

/**
 * Looks at a schema before it is compiled: misspelt keywords, and whatever would let a payload, or the schema itself,
 * take more than a bounded number of steps.
 */
export class SchemaAudit {
  readonly faults: SchemaFault[] = []
  /** At most so many steps for each value of a payload. */
  valueSteps = 0
  /** At most so many steps for each character of its texts and keys. */
  characterSteps = 0
  readonly #root: JsonValue
  #nodes = 0
  /** Schemas around the one that is looked at, references followed. */
  readonly #around = new Set<JsonValue>()

  constructor(root: JsonValue) {
    this.#root = root
    try {
      this.#schema(root, [])
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      this.#add([], `the schema is too large, with what its references stand for: ${error.message}`)
    }
  }

  /** A part that several references lead to is told once. */
  #add(path: KeyPath, message: string): void {
    if (this.faults.length >= MAX_FAULTS) return
    const isKnown = this.faults.some(
      (fault) => fault.message === message && String(fault.path) === String(path),
    )
    if (!isKnown) this.faults.push({ path, message })
  }

  #count(parts: number): void {
    this.#nodes += parts
    this.valueSteps += parts
    if (this.#nodes > MAX_NODES) throw new TooLarge(`it has more than ${MAX_NODES} parts`)
  }

  #schema(schema: JsonValue, path: KeyPath): void {
    this.#count(1)
    if (typeof schema === 'boolean') return
    if (!isJsonObject(schema)) {
      this.#add(path, 'expected a JSON schema: an object, true or false')
      return
    }
    this.#around.add(schema)
    if (this.#around.size > MAX_NESTING) throw new TooLarge(`more than ${MAX_NESTING} parts nest`)
    for (const [keyword, content] of Object.entries(schema))
      this.#keyword(keyword, content, [...path, keyword])
    this.#uniqueItems(schema, path)
    this.#around.delete(schema)
  }

  #keyword(keyword: string, content: JsonValue, path: KeyPath): void {
    this.#count(1)
    switch (schemaKeywords.get(keyword)) {
      case 'schema':
        this.#schema(content, path)
        break
      case 'list':
        this.#list(content, path)
        break
      case 'schema or list':
        if (Array.isArray(content)) this.#list(content, path)
        else this.#schema(content, path)
        break
      case 'schemas by key':
        this.#byKey(keyword, content, path)
        break
      case 'dependencies':
        this.#dependencies(content, path)
        break
      case 'value':
        this.#value(keyword, content, path)
        break
      default:
        this.#stranger(keyword, path)
    }
  }

  #stranger(keyword: string, path: KeyPath): void {
    const near = closest(keyword, schemaKeywords.keys())
    const suggestion = near === undefined ? '' : ` (did you mean ${near}?)`
    this.#add(
      path,
      refusedKeywords.get(keyword) ?? `JSON schema (draft 7) has no keyword '${keyword}'${suggestion}`,
    )
  }

  // Whether a keyword is given what it takes, the compiler of schemas tells: it knows the schema of schemas.

  #list(content: JsonValue, path: KeyPath): void {
    if (!Array.isArray(content)) return
    for (const [index, schema] of content.entries()) this.#schema(schema, [...path, index])
  }

  #byKey(keyword: string, content: JsonValue, path: KeyPath): void {
    if (!isJsonObject(content)) return
    for (const [key, schema] of Object.entries(content)) {
      if (key === '__proto__') this.#add([...path, key], '__proto__ cannot be a key')
      if (keyword === 'patternProperties') this.#pattern(key, [...path, key])
      this.#schema(schema, [...path, key])
    }
  }

  #dependencies(content: JsonValue, path: KeyPath): void {
    if (!isJsonObject(content)) return
    for (const [key, needs] of Object.entries(content)) {
      if (Array.isArray(needs)) this.#count(needs.length)
      else this.#schema(needs, [...path, key])
    }
  }

  #value(keyword: string, content: JsonValue, path: KeyPath): void {
    switch (keyword) {
      case '$ref':
        this.#reference(content, path)
        break
      case '$schema':
        if (!DRAFT_7.test(String(content)))
          this.#add(path, 'expected http://json-schema.org/draft-07/schema#')
        break
      case 'pattern':
        if (typeof content === 'string') this.#pattern(content, path)
        break
      case 'maxLength':
      case 'minLength':
        this.characterSteps++
        break
      case 'const':
      case 'enum':
      case 'required':
        this.#choices(content, path)
    }
  }

  #choices(content: JsonValue, path: KeyPath): void {
    this.#count(1)
    if (typeof content === 'bigint')
      this.#add(path, 'integers beyond 2^53 cannot be told apart here: let them be texts')
    if (typeof content !== 'object' || content === null) return
    for (const [key, part] of Object.entries(content))
      this.#choices(part, [...path, Array.isArray(content) ? Number(key) : key])
  }

  #pattern(source: string, path: KeyPath): void {
    try {
      this.characterSteps += new LinearPattern(source).size
    } catch (error) {
      this.#add(path, reasonOf(error))
    }
  }

  #reference(pointer: JsonValue, path: KeyPath): void {
    const isLocal = typeof pointer === 'string' && /^#(\/|$)/.test(pointer)
    const target = isLocal ? partAt(this.#root, pointer) : undefined
    if (!isLocal) this.#add(path, 'expected a reference to a part of this schema, such as #/definitions/name')
    else if (target === undefined) this.#add(path, `${pointer} leads nowhere`)
    else if (this.#around.has(target)) this.#add(path, `${pointer} leads back to itself: that has no end`)
    else this.#schema(target, pathOf(pointer))
  }

  #uniqueItems({ uniqueItems, maxItems }: JsonObject, path: KeyPath): void {
    if (uniqueItems !== true) return
    if (!(Number(maxItems) <= MAX_UNIQUE_ITEMS))
      this.#add([...path, 'uniqueItems'], `needs maxItems beside it, of at most ${MAX_UNIQUE_ITEMS}`)
    this.valueSteps += MAX_UNIQUE_ITEMS
    this.characterSteps += MAX_UNIQUE_ITEMS
  }
}

const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~')

function decoded(pointer: string): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    return pointer // then it leads nowhere
  }
}

function pathOf(pointer: string): string[] {
  return decoded(pointer).split('/').slice(1).map(unescaped)
}

function partAt(root: JsonValue, pointer: string): JsonValue | undefined {
  return pathOf(pointer).reduce<JsonValue | undefined>((part, step) => {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined
    return (part as JsonObject)[step]
  }, root)
}
