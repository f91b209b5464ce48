import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { CodedError, reasonOf } from '../../lib/errors.ts'
import type { ResourceType } from '../value.ts'
import type { ObjectFacts, ResourceFacts } from './model.ts'

/** Reads object definitions as OMA publishes them (LwM2M Core, appendix D). */

/** An element with others in it: text, elements, and arrays of those that may repeat. */
type Element = Readonly<Record<string, unknown>>

const TYPES: ReadonlyMap<string, ResourceType> = new Map([
  ['', 'none'],
  ['string', 'string'],
  ['integer', 'integer'],
  ['unsigned integer', 'unsigned'],
  ['float', 'float'],
  ['boolean', 'boolean'],
  ['opaque', 'opaque'],
  ['time', 'time'],
  ['objlnk', 'objlnk'],
  ['corelnk', 'corelnk'],
])

const ID = /^\d{1,5}$/
/** 65535 is reserved (LwM2M Core, 7.2). */
const MAX_ID = 65534
const VERSION = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const OPERATIONS = /^R?W?E?$/

const REPEATED: ReadonlySet<string> = new Set(['Item', 'Object'])

// Numbers stay text, or version 1.10 would become 1.1. Entities are decoded below, without expansion of any others.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  processEntities: false,
  captureMetaData: true,
  isArray: (name) => REPEATED.has(name),
})

/** Where an element begins in the text; the typings give the wrapper's type for what is a primitive. */
const POSITION = XMLParser.getMetaDataSymbol() as unknown as symbol

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
const MAX_CODE_POINT = 0x10ffff
/** Half a character beyond the basic plane, which is none by itself. */
const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= MAX_CODE_POINT && !isSurrogate(code) ? String.fromCodePoint(code) : whole
  })
}

/** The text of a child element, without stray white space; empty where there is none. */
function textOf(element: Element, name: string): string {
  const text = Object.hasOwn(element, name) ? element[name] : undefined
  if (typeof text !== 'string') return ''
  return decodeEntities(text).replace(/\s+/g, ' ').trim()
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One file while it is read: faults are told with the line of the element that they are in. */
class Reader {
  readonly #text: string
  readonly #file: string

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
  }

  objects(): ObjectFacts[] {
    const valid = XMLValidator.validate(this.#text) // the parser itself takes unclosed tags without a word
    if (valid !== true) throw this.#fault(valid.err.msg, valid.err.line)
    const root = this.#parse().LWM2M
    if (Array.isArray(root)) throw this.#fault('there are several elements LWM2M in it', 1)
    const objects = this.#elements(root, 'Object')
    if (objects.length === 0) throw this.#fault('there is no LWM2M object in it', 1)
    return objects.map((element) => this.#object(element))
  }

  #parse(): Element {
    try {
      return parser.parse(this.#text)
    } catch (error) {
      throw this.#fault(reasonOf(error), 1) // what it finds beyond the validator, such as too deep a nesting
    }
  }

  #object(element: Element): ObjectFacts {
    this.#requireOnce(element)
    const id = this.#id(element, 'ObjectID')
    const version = textOf(element, 'ObjectVersion') || '1.0'
    if (!VERSION.test(version)) throw this.#faultIn(element, `'${version}' is no version such as 1.0`)
    const resources = this.#resources(element)
    return { id, version, ...this.#common(element), resources }
  }

  #resources(object: Element): Map<number, ResourceFacts> {
    const resources = new Map<number, ResourceFacts>()
    for (const element of this.#elements(object.Resources, 'Item')) {
      const resource = this.#resource(element)
      if (resources.has(resource.id)) throw this.#faultIn(element, 'it stands there twice')
      resources.set(resource.id, resource)
    }
    return new Map([...resources].sort(([one], [other]) => one - other))
  }

  /** Of a child that stands there twice, nobody can tell which one holds. */
  #requireOnce(element: Element): void {
    for (const [name, child] of Object.entries(element)) {
      if (!Array.isArray(child) || REPEATED.has(name)) continue
      throw this.#faultIn(element, `${name.slice(0, 40)} stands in it ${child.length} times`)
    }
  }

  #resource(element: Element): ResourceFacts {
    this.#requireOnce(element)
    const id = this.#id(element, 'ID')
    const type = TYPES.get(textOf(element, 'Type').toLowerCase())
    if (type === undefined)
      throw this.#unknown(element, 'Type', `one of${[...TYPES.keys()].join(', ').slice(1)}`)
    const operations = textOf(element, 'Operations')
    if (!OPERATIONS.test(operations)) throw this.#unknown(element, 'Operations', 'R, W, RW, E or nothing')
    const range = textOf(element, 'RangeEnumeration')
    const unit = textOf(element, 'Units')
    const { name, multiple, mandatory } = this.#common(element)
    return {
      ...{ id, name, type },
      readable: operations.includes('R'),
      writable: operations.includes('W'),
      executable: operations.includes('E'),
      ...{ multiple, mandatory },
      ...(range === '' ? undefined : { range }),
      ...(unit === '' ? undefined : { unit }),
    }
  }

  /** What objects and resources have alike. */
  #common(element: Element): { name: string; multiple: boolean; mandatory: boolean } {
    const name = textOf(element, 'Name')
    if (name === '') throw this.#faultIn(element, 'it has no Name')
    return {
      name,
      multiple: this.#choice(element, 'MultipleInstances', 'Multiple', 'Single'),
      mandatory: this.#choice(element, 'Mandatory', 'Mandatory', 'Optional'),
    }
  }

  #choice(element: Element, name: string, yes: string, no: string): boolean {
    const text = textOf(element, name)
    if (text !== yes && text !== no) throw this.#unknown(element, name, `${yes} or ${no}`)
    return text === yes
  }

  #id(element: Element, name: string): number {
    const text = textOf(element, name)
    if (!ID.test(text) || Number(text) > MAX_ID)
      throw this.#unknown(element, name, `a number from 0 to ${MAX_ID}`)
    return Number(text)
  }

  /** The children of that name, each with something in it. */
  #elements(parent: unknown, name: string): Element[] {
    const children = isElement(parent) ? parent[name] : undefined
    if (!isElement(parent) || !Array.isArray(children)) return []
    return children.map((child: unknown) => {
      if (isElement(child)) return child
      throw this.#fault(`an ${name} is empty`, this.#lineOf(parent))
    })
  }

  #unknown(element: Element, name: string, allowed: string): CodedError {
    return this.#faultIn(element, `${name} is '${textOf(element, name).slice(0, 40)}': ${allowed} is allowed`)
  }

  /** The fault of an Object or Item, told with the line in which it begins. */
  #faultIn(element: Element, reason: string): CodedError {
    const what = 'ID' in element ? `resource '${textOf(element, 'ID').slice(0, 10)}'` : 'the object'
    return this.#fault(`${what}: ${reason}`, this.#lineOf(element))
  }

  #lineOf(element: Element): number {
    const position: unknown = Reflect.get(element, POSITION)
    const start = isElement(position) ? Number(position.startIndex) : 0
    return this.#text.slice(0, start).split('\n').length
  }

  #fault(reason: string, line: number): CodedError {
    return new CodedError('model_invalid', reason, { place: `${this.#file}:${line}` })
  }
}

/**
 * Facts of all objects of one file; resources by ascending ids.
 * @param file its name, for errors
 * @throws CodedError `model_invalid` with `file:line` as place, for text that is not well-formed, holds no object, or
 *   says what an object definition cannot say
 */
export function readObjectXml(text: string, file: string): ObjectFacts[] {
  return new Reader(text.replace(/^\uFEFF/, ''), file).objects()
}
