import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock, Timer } from '../lib/clock.ts'
import { CodedError, reasonOf } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { LoadedMappings } from './mapping-files.ts'

export interface MappingWatchOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Reads, compiles and tries the files anew. @throws CodedError where something is wrong with them */
  readonly load: () => LoadedMappings
  /** Changed files take over. @param changed which of them have another text than before */
  readonly replace: (loaded: LoadedMappings, changed: readonly string[]) => void
  /** Changed files were refused; the old ones go on. */
  readonly refused: (error: CodedError) => void
}

/** Milliseconds of quiet after a change: editors and copies change a file several times. */
const QUIET = 300
/** Milliseconds between looks without any sign of a change: network file systems give none. */
const LOOK_EVERY = 60_000

/** Keeps the mapping files in force up to date without a restart. */
export class MappingWatch {
  readonly #options: MappingWatchOptions
  readonly #watchers: FSWatcher[] = []
  /** Text of the files as they were when they were looked at last. */
  #seen: ReadonlyMap<string, string>
  /** Files that have changed since any took over last. */
  readonly #changes = new Set<string>()
  #files: readonly string[]
  #soon: Timer | undefined
  #later: Timer | undefined
  #isClosed = false

  constructor(loaded: LoadedMappings, options: MappingWatchOptions) {
    this.#options = options
    this.#files = loaded.files.map(({ source }) => source)
    this.#seen = textsOf(this.#files)
    this.#open()
    this.#lookLater()
  }

  close(): void {
    this.#isClosed = true
    this.#soon?.cancel()
    this.#later?.cancel()
    this.#shut()
  }

  /** Folders are watched, not files: an editor puts a new file in the place of the old one. */
  #open(): void {
    for (const folder of new Set(this.#files.map((file) => dirname(file)))) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#changed())
        watcher.on('error', (error) => this.#complain(folder, error))
        this.#watchers.push(watcher)
      } catch (error) {
        this.#complain(folder, error)
      }
    }
  }

  #shut(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close()
  }

  #complain(folder: string, error: unknown): void {
    const fields = { code: 'mapping_unreadable', folder, reason: reasonOf(error) }
    this.#options.logger.warn(fields, 'a folder of mappings is not watched: it is looked at once a minute')
  }

  #changed(): void {
    if (this.#isClosed) return
    this.#soon?.cancel()
    this.#soon = this.#options.clock.schedule('mapping files changed', QUIET, () => this.#look(), undefined)
  }

  #lookLater(): void {
    if (this.#isClosed) return
    const look = (): void => {
      this.#look()
      this.#lookLater()
    }
    this.#later = this.#options.clock.schedule('mapping files look', LOOK_EVERY, look, undefined)
  }

  #look(): void {
    const now = textsOf(this.#files)
    const changed = [...now].filter(([file, text]) => this.#seen.get(file) !== text).map(([file]) => file)
    if (changed.length === 0) return
    this.#seen = now
    for (const file of changed) this.#changes.add(file)
    const loaded = this.#load()
    if (loaded === undefined) return
    this.#watch(loaded)
    const files = [...this.#changes]
    this.#changes.clear()
    this.#replace(loaded, files)
  }

  /** @returns undefined where something is wrong with the files */
  #load(): LoadedMappings | undefined {
    const { load, refused } = this.#options
    try {
      return load()
    } catch (error) {
      // Whatever it is: a timer must not end the gateway.
      refused(error instanceof CodedError ? error : new CodedError('mapping_invalid', reasonOf(error)))
      return undefined
    }
  }

  /** They are in force from now on, also where something that follows fails: that must not be told as a refusal. */
  #replace(loaded: LoadedMappings, files: readonly string[]): void {
    const { replace, logger } = this.#options
    try {
      replace(loaded, files)
    } catch (error) {
      const fields = { code: 'mapping_failed', files, reason: reasonOf(error) }
      logger.error(fields, 'changed mapping files took over, but not everything has followed them')
    }
  }

  /** A file may extend another one than before. */
  #watch({ files }: LoadedMappings): void {
    this.#files = files.map(({ source }) => source)
    this.#seen = textsOf(this.#files)
    this.#shut()
    this.#open()
  }
}

/** A file that cannot be read is as good as empty: what is wrong with it is told when it is loaded. */
function textsOf(files: readonly string[]): Map<string, string> {
  return new Map(files.map((file) => [file, textOf(file)]))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
