import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CodedError, reasonOf } from '../lib/errors.ts'
import { closest } from '../lib/suggestion.ts'

type Options = NonNullable<ParseArgsConfig['options']>

type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>

/** The option in a complaint of parseArgs that is not known: `Unknown option '--cofig'. ...` */
const UNKNOWN_OPTION = /^Unknown option '--?([^']*)'/

function refusal(error: unknown, options: Options): CodedError {
  const message = reasonOf(error)
  const unknown = UNKNOWN_OPTION.exec(message)?.[1]
  if (unknown === undefined) return new CodedError('usage', message, { cause: error })
  const suggestion = closest(unknown, Object.keys(options))
  const hint = suggestion === undefined ? '' : ` (did you mean --${suggestion}?)`
  return new CodedError('usage', `there is no option --${unknown}${hint}`, { cause: error })
}

/**
 * Reads a command's arguments, strictly.
 * @param options as `node:util` parseArgs takes them
 * @param names of the arguments that are no options, in order; `[NAME]` may be left out, `[NAME...]` be any number
 * @throws CodedError `usage`
 */
export function parseArguments<const O extends Options>(
  args: readonly string[],
  options: O,
  names: readonly string[] = [],
): Parsed<O> {
  const parsed = parseStrictly(args, options)
  const { positionals } = parsed
  const missing = names[positionals.length]
  if (missing !== undefined && !missing.startsWith('['))
    throw new CodedError('usage', `${missing} is missing`)
  const isOpen = names.at(-1)?.endsWith('...]') ?? false
  if (positionals.length > names.length && !isOpen) {
    throw new CodedError('usage', `unexpected argument '${positionals[names.length]}'`)
  }
  return parsed
}

function parseStrictly<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw refusal(error, options)
  }
}

/**
 * An option's integer.
 * @param option its name, for the message
 * @throws CodedError `usage` for anything but digits from `least` to `most`
 */
export function integerOption(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new CodedError('usage', `${option} takes an integer from ${least} to ${most}, not '${text}'`)
}
