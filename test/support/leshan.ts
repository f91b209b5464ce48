import { join } from 'node:path'
import { root } from './gateway-process.ts'
import { findPeers, missing, type Peers } from './peers.ts'
import { killAll, Program, run } from './processes.ts'

/** Milliseconds in which Maven has to download and compile. */
const BUILD_PATIENCE = 120_000
/** What Maven says where it does not reach its repository. */
const UNREACHED = /Could not transfer artifact|Unknown host|Non-resolvable|Could not resolve dependencies/

const folder = join(root, 'test', 'interop', 'leshan')

/**
 * Builds the devices of test/interop/leshan, as far as that is possible here.
 * @throws Error with what Maven wrote, where they do not compile
 */
export async function buildLeshan(): Promise<Peers> {
  const programs = findPeers('mvn', 'javac', 'java')
  if (programs.areMissing) return programs
  const ran = await run('mvn', ['-q', '-B', '-f', folder, 'process-classes'], {}, BUILD_PATIENCE).catch(late)
  if (ran?.code === 0) return programs
  if (ran !== undefined && !UNREACHED.test(ran.stdout)) throw new Error(`Maven: ${ran.stdout}${ran.stderr}`)
  return missing('Leshan not reached at Maven Central')
}

async function late(): Promise<undefined> {
  await killAll()
}

/** Of LwM2M. */
export type LeshanVersion = '1.0' | '1.1'

/** A device of Leshan's client library, in a Java of its own. */
export class LeshanDevice {
  readonly program: Program

  static start(version: LeshanVersion, uri: string, endpoint: string, blockSize = 1024): LeshanDevice {
    const target = join(folder, `lwm2m-${version}`, 'target')
    const classPath = `${join(target, 'classes')}:${join(target, 'lib', '*')}`
    // A small machine is to start it fast.
    // Whatever the locale of the machine is, or where it has none.
    const utf8 = ['file', 'stdout', 'sun.stdout'].map((what) => `-D${what}.encoding=UTF-8`)
    const java = [...utf8, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m', '-cp', classPath]
    return new LeshanDevice([...java, 'LeshanDevice', uri, endpoint, String(blockSize)])
  }

  private constructor(args: readonly string[]) {
    this.program = new Program('java', args, { input: true })
  }

  /** Changes a resource; those who observe it are told. Opaque is hex, a time epoch seconds, a link `3:0`. */
  set(path: string, value: string | number | boolean): void {
    this.program.say(`set ${path} ${value}`)
  }

  /** What it has said so far, as a mark for `said`. */
  get mark(): number {
    return this.program.stdout.all.length
  }

  /** Resolves when it says a line. */
  async said(line: RegExp | string, mark = 0): Promise<void> {
    await this.program.stdout.find(line, mark)
  }

  /** Deregisters and ends. */
  async quit(): Promise<void> {
    this.program.say('quit')
    await this.program.ended()
  }
}
