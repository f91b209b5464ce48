import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'

/** Functions that hand on what they are given, and charge the budget for it; `Budget` says what. */
export const charges = {
  charge: 'charged__',
  glance: 'glanced__',
  search: 'searched__',
  enter: 'entered__',
} as const

/** Macros that go through a list: each of their arguments but the first is worked out for each element. */
const LIST_MACROS: ReadonlySet<string> = new Set(['map', 'filter', 'all', 'exists', 'exists_one'])
/** What is told of an argument by its type alone, or is not worked out before the call. */
const FREE: ReadonlySet<string> = new Set(['has', 'default', 'lookup', 'dyn', 'type'])
const FREE_METHODS: ReadonlySet<string> = new Set(['or', 'orValue', 'hasValue', 'value', 'of', 'none'])
/** What these make may be much longer than what they are given. */
const GROWING: ReadonlySet<string> = new Set(['join', 'replace'])
/** Parts of a macro's arguments that cost as much as one step. */
const NODES_OF_A_STEP = 16

/** Types whose values cost nothing to write out. */
const SCALARS: ReadonlySet<string> = new Set(['bool', 'int', 'uint', 'double', 'string'])

/** How tightly an operator binds; all else binds as `POSTFIX`. */
const levels: Readonly<Record<string, number>> = {
  '?:': 0,
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '!_': 7,
  '-_': 7,
}
const POSTFIX = 8

/**
 * The same expression with what costs more than a moment handed through `charges`: what list macros go through, what
 * is compared or looked for, the arguments of functions, and the whole where it may be a list or an object, in which
 * one part may stand many times. It is written anew from the parsed form, which is the library's own and cannot be
 * changed; the places that the parser tells are of no use for it, since they leave parentheses out.
 */
export function charging(source: string, { ast }: ParseResult, type: string): string {
  const text = new Writer(source).write(ast)
  return SCALARS.has(type) || givesInput(ast) || isArithmetic(ast) ? text : `${charges.charge}(${text})`
}

class Writer {
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  write(node: ASTNode): string {
    switch (node.op) {
      case 'value':
        return this.#source.slice(node.start, node.end)
      case 'id':
        return node.args
      case '.':
      case '.?':
        return `${this.#operand(node.args[0], POSTFIX)}${node.op}${node.args[1]}`
      case '[]':
        return `${this.#operand(node.args[0], POSTFIX)}[${this.write(node.args[1])}]`
      case '[?]':
        return `${this.#operand(node.args[0], POSTFIX)}[?${this.write(node.args[1])}]`
      case 'call':
        return this.#call(...node.args)
      case 'rcall':
        return this.#method(...node.args)
      case 'list':
        return `[${node.args.map((element) => this.write(element)).join(', ')}]`
      case 'map':
        return `{${node.args.map(([key, value]) => `${this.write(key)}: ${this.write(value)}`).join(', ')}}`
      case '!_':
      case '-_':
        return `${node.op[0]}${this.#operand(node.args, levelOf(node))}`
      case '?:': {
        const [condition, yes, no] = node.args
        return `${this.#operand(condition, 1)} ? ${this.write(yes)} : ${this.write(no)}`
      }
      default:
        return this.#binary(node.op, node.args)
    }
  }

  #operand(node: ASTNode, level: number): string {
    return levelOf(node) < level ? `(${this.write(node)})` : this.write(node)
  }

  #charged(charge: keyof typeof charges, node: ASTNode): string {
    return `${charges[charge]}(${this.write(node)})`
  }

  #binary(op: string, [left, right]: readonly [ASTNode, ASTNode]): string {
    const charge = chargeOf(op)
    const level = levels[op] ?? POSTFIX
    const isCheap = charge === undefined || isScalar(left, op) || isScalar(right, op)
    if (op === 'in') return `dyn(${this.write(left)}) in ${this.#searched(right)}`
    if (isCheap) return `${this.#operand(left, level)} ${op} ${this.#operand(right, level + 1)}`
    return `${this.#charged(charge, left)} ${op} ${this.#charged(charge, right)}`
  }

  /** By its type alone, a float could not be in a list of integers. */
  #searched(list: ASTNode): string {
    return isShort(list) ? `dyn(${this.write(list)})` : this.#charged('search', list)
  }

  #call(name: string, args: readonly ASTNode[]): string {
    if (FREE.has(name)) return `${name}(${args.map((argument) => this.write(argument)).join(', ')})`
    return this.#grown(name, `${name}(${this.#arguments(name, args)})`)
  }

  #method(name: string, receiver: ASTNode, args: readonly ASTNode[]): string {
    const written = args.map((argument) => this.write(argument)).join(', ')
    if (FREE_METHODS.has(name)) return `${this.#operand(receiver, POSTFIX)}.${name}(${written})`
    if (!LIST_MACROS.has(name) || args.length < 2) {
      return this.#grown(name, `${this.#charged('glance', receiver)}.${name}(${this.#arguments(name, args)})`)
    }
    const steps = Math.ceil(args.reduce((sum, argument) => sum + countOf(argument), 0) / NODES_OF_A_STEP)
    return `${charges.enter}(${this.write(receiver)}, ${steps}).${name}(${written})`
  }

  #arguments(name: string, args: readonly ASTNode[]): string {
    const charge = name === 'json' ? 'charge' : 'glance'
    return args.map((argument) => this.#charged(charge, argument)).join(', ')
  }

  #grown(name: string, call: string): string {
    return GROWING.has(name) ? `${charges.glance}(${call})` : call
  }
}

/** `a.b.c`: no more than what is there anyway. */
function givesInput(node: ASTNode): boolean {
  return node.op === 'id' || (node.op === '.' && givesInput(node.args[0]))
}

/** Gives a number, or a text no longer than what its operands were charged for. */
function isArithmetic({ op, args }: ASTNode): boolean {
  if (op === '+') return args.some((operand) => isScalar(operand, op))
  return op === '-' || op === '-_' || levels[op] === levels['*']
}

function levelOf(node: ASTNode): number {
  return levels[node.op] ?? POSTFIX
}

function chargeOf(op: string): keyof typeof charges | undefined {
  if (op === '+') return 'glance'
  return levels[op] === levels['=='] || (levels[op] === levels['<'] && op !== 'in') ? 'charge' : undefined
}

/** Whether an operand makes the operator cheap: a literal, for `+` no text. */
function isScalar({ op, args }: ASTNode, operator: string): boolean {
  return op === 'value' && (operator !== '+' || typeof args === 'number' || typeof args === 'bigint')
}

/** A list of literals, as in `x in ['a', 'b']`. */
function isShort(node: ASTNode): boolean {
  return node.op === 'list' && node.args.every(({ op }) => op === 'value')
}

function countOf(node: ASTNode): number {
  return 1 + childrenOf(node.args).reduce((sum, child) => sum + countOf(child), 0)
}

/** The nodes directly below one, by its `args`. */
export function childrenOf(args: unknown): readonly ASTNode[] {
  if (isNode(args)) return [args]
  return Array.isArray(args) ? args.flatMap(childrenOf) : []
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value
