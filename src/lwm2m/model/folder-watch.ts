import type { Clock, Timer } from '../../lib/clock.ts'
import { reasonOf } from '../../lib/errors.ts'
import type { ModelFolder, ModelFolderOptions } from './folder.ts'

/** Milliseconds of quiet after a change: editors and copies change a file several times. */
const QUIET = 300
/** Milliseconds between looks without any sign of a change: network file systems give none. */
const LOOK_EVERY = 60_000

/** Keeps a folder of object definitions up to date without a restart. */
export class ModelFolderWatch {
  readonly #folder: ModelFolder
  readonly #options: ModelFolderOptions & { readonly clock: Clock }
  #watch: { close(): void } | undefined
  #soon: Timer | undefined
  #later: Timer | undefined
  #looking: Promise<void> | undefined
  #isStale = false
  #isClosed = false
  /** The last fault of the folder itself: each is told once. */
  #complaint = ''

  constructor(folder: ModelFolder, options: ModelFolderOptions & { readonly clock: Clock }) {
    this.#folder = folder
    this.#options = options
  }

  /**
   * Reads the folder, and again from then on when it has changed.
   * @throws CodedError `model_folder` where it cannot be read
   */
  async start(): Promise<void> {
    await this.#folder.update()
    this.#open()
    await this.#folder.update() // what has changed in between would go unseen
    this.#lookLater()
  }

  /** Resolves when nothing is read any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#soon?.cancel()
    this.#later?.cancel()
    this.#shut()
    await this.#looking
  }

  #changed(): void {
    if (this.#isClosed) return
    this.#soon?.cancel()
    this.#soon = this.#options.clock.schedule('model folder changed', QUIET, () => this.#look(), undefined)
  }

  #lookLater(): void {
    if (this.#isClosed) return
    this.#later = this.#options.clock.schedule('model folder look', LOOK_EVERY, () => this.#look(), undefined)
  }

  /** One look at a time; a change during it makes another one. */
  #look(): void {
    this.#isStale = true
    this.#looking ??= this.#lookUntilFresh()
  }

  async #lookUntilFresh(): Promise<void> {
    this.#later?.cancel()
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false
      await this.#folder.update().then(
        () => this.#open(),
        (error: unknown) => this.#lose(reasonOf(error)),
      )
    }
    this.#looking = undefined
    this.#lookLater()
  }

  #open(): void {
    if (this.#watch !== undefined || this.#isClosed) return
    const blind = (reason: string): void =>
      this.#lose(`changes are seen every ${LOOK_EVERY / 1000} s only: ${reason}`)
    try {
      this.#watch = this.#options.files.watch(() => this.#changed(), blind)
      this.#complaint = ''
    } catch (error) {
      blind(reasonOf(error))
    }
  }

  /** The folder may come back as another one, which takes another watch. */
  #lose(reason: string): void {
    this.#shut()
    if (this.#isClosed || this.#complaint === reason) return
    this.#complaint = reason
    const { folder: place, logger } = this.#options
    logger.warn({ code: 'model_folder', place }, reason)
  }

  #shut(): void {
    this.#watch?.close()
    this.#watch = undefined
  }
}
