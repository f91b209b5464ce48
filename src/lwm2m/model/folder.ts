import { CodedError, reasonOf } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { DefinitionSource } from './combined.ts'
import { type Definition, Definitions } from './definitions.ts'
import type { ObjectFacts } from './model.ts'

/** A file of the folder, as it is now. */
export interface ModelFile {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Changes with the content. */
  readonly stamp: string
}

/** Port: the folder of object definitions. */
export interface ModelFiles {
  /** Its regular files; rejects where the folder cannot be read. */
  list(): Promise<readonly ModelFile[]>
  read(name: string): Promise<Uint8Array>
  /**
   * Calls `changed` after something in the folder may have changed, and `failed` when it no longer sees that.
   * @throws where the folder cannot be watched
   */
  watch(changed: () => void, failed: (reason: string) => void): { close(): void }
}

export interface ModelFolderOptions {
  /** As the user named it, for messages. */
  readonly folder: string
  readonly files: ModelFiles
  readonly logger: Logger
}

/** Reads one file (`object-xml.ts`). */
type ReadXml = (text: string, file: string) => ObjectFacts[]

/** What is known of a file: its state when it was last read, and the objects of its last good state. */
interface KnownFile {
  /** Undefined where it could not be read, and is to be tried again. */
  readonly stamp: string | undefined
  readonly objects: readonly ObjectFacts[]
}

const MAX_FILES = 1024
/** The largest file of the registry has 34 kB. */
const MAX_FILE_BYTES = 1 << 20

const inOrder = (one: string, other: string): number => (one < other ? -1 : 1)

/**
 * The user's folder of object definitions, as OMA publishes them. Of a broken file what it said before holds on; the
 * objects of a removed file are forgotten.
 */
export class ModelFolder implements DefinitionSource {
  #definitions = new Definitions([])
  readonly #options: ModelFolderOptions
  readonly #known = new Map<string, KnownFile>()

  constructor(options: ModelFolderOptions) {
    this.#options = options
  }

  /** What holds now; another object after each change. */
  get definitions(): Definitions {
    return this.#definitions
  }

  /**
   * Reads what has changed. Each file that is refused is told in the log, with file, line and reason.
   * @throws CodedError `model_folder` where the folder cannot be read, or holds too many files; nothing changes then
   */
  async update(): Promise<void> {
    const files = await this.#list()
    const removed = this.#forgetAllBut(files)
    const changed = files.filter(({ name, stamp }) => this.#known.get(name)?.stamp !== stamp)
    if (changed.length === 0 && removed === 0) return
    const { readObjectXml } = await import('./object-xml.ts') // the XML parser costs nothing where nobody needs it
    let refused = 0
    for (const file of changed) if (!(await this.#load(file, readObjectXml))) refused++
    const definitions = [...this.#unique()]
    this.#definitions = new Definitions(definitions)
    const { folder, logger } = this.#options
    const counts = { loaded: changed.length - refused, refused, removed, objects: definitions.length }
    logger.info({ folder, ...counts }, `read object definitions from ${folder}`)
  }

  async #list(): Promise<readonly ModelFile[]> {
    const { files, folder } = this.#options
    const fault = (reason: string): CodedError => new CodedError('model_folder', reason, { place: folder })
    const all = await files.list().catch((error: unknown) => {
      throw fault(`the folder ${folder} of object definitions cannot be read: ${reasonOf(error)}`)
    })
    const definitions = all.filter(({ name }) => /^[^.].*\.xml$/i.test(name))
    if (definitions.length > MAX_FILES) {
      throw fault(`the folder ${folder} holds ${definitions.length} XML files: at most ${MAX_FILES} are read`)
    }
    return definitions.toSorted((one, other) => inOrder(one.name, other.name))
  }

  #forgetAllBut(files: readonly ModelFile[]): number {
    const there = new Set(files.map(({ name }) => name))
    const gone = [...this.#known.keys()].filter((name) => !there.has(name))
    for (const name of gone) this.#known.delete(name)
    return gone.length
  }

  /** Whether the file is good. One that could not be read has no stamp, so that it is tried again at the next look. */
  async #load(file: ModelFile, read: ReadXml): Promise<boolean> {
    const { name, stamp, size } = file
    let isTransient = false
    try {
      if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes: at most ${MAX_FILE_BYTES} are read`)
      isTransient = true
      const bytes = await this.#options.files.read(name)
      isTransient = false
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
      this.#known.set(name, { stamp, objects: read(text, name) })
      return true
    } catch (error) {
      this.#keep(name, isTransient ? undefined : stamp, error)
      return false
    }
  }

  /** The file is refused: what it said before holds. */
  #keep(name: string, stamp: string | undefined, error: unknown): void {
    const objects = this.#known.get(name)?.objects ?? []
    this.#known.set(name, { stamp, objects })
    const place = (error instanceof CodedError ? error.place : undefined) ?? `${name}:1`
    this.#refuse(place, reasonOf(error) + (objects.length > 0 ? '; what it said before holds' : ''))
  }

  #refuse(place: string, reason: string): void {
    this.#options.logger.warn({ code: 'model_invalid', place }, `${place} is refused: ${reason}`)
  }

  /** Of two files that define the same, the first by name holds. */
  *#unique(): Generator<Definition> {
    const definedBy = new Map<string, string>()
    for (const [name, { objects }] of [...this.#known].sort(([one], [other]) => inOrder(one, other))) {
      for (const facts of objects) {
        const { id, version } = facts
        const other = definedBy.get(`${id}/${version}`)
        if (other === undefined) {
          definedBy.set(`${id}/${version}`, name)
          yield { id, version, facts }
        } else {
          this.#refuse(`${name}:1`, `object ${id} of version ${version} stands in ${other} already`)
        }
      }
    }
  }
}
