import pino from 'pino'

/** What the parts of the gateway may ask of a logger: pino's own shape, and nothing that configures it. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  /** `fields` holds a `code` from the error catalogue. */
  warn(fields: object, message: string): void
  /** `fields` holds a `code` from the error catalogue. */
  error(fields: object, message: string): void
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A logger that drops everything: for tests, and for parts that are handed none. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** A logger that adds fields to every line. */
export function withFields(logger: Logger, own: object): Logger {
  return {
    debug: (fields, message) => logger.debug({ ...own, ...fields }, message),
    info: (fields, message) => logger.info({ ...own, ...fields }, message),
    warn: (fields, message) => logger.warn({ ...own, ...fields }, message),
    error: (fields, message) => logger.error({ ...own, ...fields }, message),
  }
}

const SECRET_FIELDS = [
  'password',
  'key',
  'psk',
  'token',
  'secret',
  '*.password',
  '*.key',
  '*.psk',
  '*.token',
  '*.secret',
]

/**
 * The process's logger: one JSON line an event on standard output, readable lines where that is a terminal.
 * Secrets are redacted by field name as a second line of defence; the first is not to log them.
 */
export function createLogger(level: LogLevel, pretty: boolean): Logger {
  const redact = { paths: SECRET_FIELDS, censor: '[redacted]' }
  const transport = {
    target: 'pino-pretty',
    options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' },
  }
  return pretty ? pino({ level, redact, transport }) : pino({ level, redact })
}
