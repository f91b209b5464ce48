import type { Publisher } from '../../../src/gateway/uplink.ts'
import type { CodedError } from '../../../src/lib/errors.ts'
import type { Logger } from '../../../src/lib/logger.ts'
import type { Command, CommandLife, Commands, PendingCommand, Result } from '../../../src/lwm2m/command.ts'
import type { Publication } from '../../../src/mapping/publication.ts'

interface Queued {
  readonly publication: Publication
  readonly done: (error?: CodedError) => void
}

/** A broker that says what it does with a publication when the test says so. */
export class FakePublisher implements Publisher {
  readonly queued: Queued[] = []
  /** How many more it takes. */
  room = Number.POSITIVE_INFINITY
  /** Acknowledges at once, before `publish` has returned. */
  eager = false

  publish(publication: Publication, done: (error?: CodedError) => void, isOwed = false): boolean {
    if (this.room === 0 && !isOwed) return false
    if (!isOwed) this.room--
    this.queued.push({ publication, done })
    if (this.eager) done()
    return true
  }

  publishFirst(publication: Publication, done: (error?: CodedError) => void): boolean {
    return this.publish(publication, done)
  }

  /** Publications since the last call, with the last level of the topic and the payload parsed. */
  take(): { readonly topic: string; readonly level: string; readonly body: Record<string, unknown> }[] {
    return this.queued.splice(0).map(({ publication: { topic, payload } }) => ({
      topic,
      level: topic.slice(topic.lastIndexOf('/') + 1),
      body: JSON.parse(String(payload)),
    }))
  }
}

interface Accepted {
  readonly command: Command
  readonly life: CommandLife
  cancelled: boolean
}

/** Devices that answer when the test says so, and a cancelled command as the real ones do. */
export class FakeCommands implements Commands {
  readonly accepted: Accepted[] = []
  /** Ends each command before `accept` has returned. */
  immediate = false

  accept(command: Command, life: CommandLife): PendingCommand {
    const accepted = { command, life, cancelled: false }
    this.accepted.push(accepted)
    if (this.immediate) life.done(ok(command))
    return { cancel: () => this.#cancel(accepted) }
  }

  /** The last command that was accepted. */
  get last(): Accepted {
    const last = this.accepted.at(-1)
    if (last === undefined) throw new Error('no command was accepted')
    return last
  }

  #cancel(accepted: Accepted): void {
    if (accepted.cancelled) return
    accepted.cancelled = true
    accepted.life.done(failed(accepted.command, 'coap_cancelled'))
  }
}

export function ok({ id, endpoint, operation, path }: Command): Result {
  return { id, endpoint, operation, path, status: 'ok', code: '2.05' }
}

export function failed(
  { id, endpoint, operation, path }: Command,
  code: 'coap_cancelled' | 'coap_no_ack',
): Result {
  return { id, endpoint, operation, path, status: 'error', error: { code, message: 'it was not answered' } }
}

/** Keeps what was warned of. */
export class RecordingLogger implements Logger {
  readonly warnings: Record<string, unknown>[] = []
  /** What they say. */
  readonly texts: string[] = []

  debug(): void {}
  info(): void {}
  error(): void {}
  warn(fields: object, text: string): void {
    this.warnings.push({ ...fields })
    this.texts.push(text)
  }
}
