import { beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../../src/lib/logger.ts'
import { builtinModel } from '../../../../src/lwm2m/model/builtin.ts'
import { CombinedModel } from '../../../../src/lwm2m/model/combined.ts'
import { type ModelFiles, ModelFolder } from '../../../../src/lwm2m/model/folder.ts'
import { ModelFolderWatch } from '../../../../src/lwm2m/model/folder-watch.ts'
import { SimulatedClock } from '../../../support/clock.ts'
import { DEFINITION, ITEM, objectXml } from './object-definition.ts'

/** A folder in memory. */
class Files implements ModelFiles {
  readonly contents = new Map<string, string | Uint8Array>()
  /** Names of the files in the order in which they were read. */
  readonly reads: string[] = []
  fault: string | undefined
  blind: string | undefined
  watchers = 0
  changed: () => void = () => {}
  failed: (reason: string) => void = () => {}
  /** Called when the next file is read. */
  onRead: () => void = () => {}

  async list() {
    if (this.fault !== undefined) throw new Error(this.fault)
    return [...this.contents].map(([name, content]) => {
      const bytes = Buffer.from(content)
      return { name, size: bytes.length, stamp: bytes.toString('base64').slice(-200) }
    })
  }

  async read(name: string) {
    this.reads.push(name)
    this.onRead()
    return Buffer.from(this.contents.get(name) ?? '')
  }

  watch(changed: () => void, failed: (reason: string) => void) {
    if (this.blind !== undefined) throw new Error(this.blind)
    this.watchers++
    this.changed = changed
    this.failed = failed
    return { close: () => void this.watchers-- }
  }
}

const tank = (name: string, id = 33000) =>
  objectXml(DEFINITION.replace('Tank', name).replace('33000', String(id)))

let files: Files
let clock: SimulatedClock
let warnings: string[]
let infos: object[]
let folder: ModelFolder
let watch: ModelFolderWatch
let model: CombinedModel

beforeEach(() => {
  files = new Files()
  clock = new SimulatedClock()
  warnings = []
  infos = []
  const logger = {
    ...silentLogger,
    info: (fields: object) => void infos.push(fields),
    warn: (fields: object & { code?: string; place?: string }, message: string) =>
      void warnings.push(`${fields.code} ${fields.place} ${message}`),
  }
  const options = { folder: 'models', files, clock, logger }
  folder = new ModelFolder(options)
  watch = new ModelFolderWatch(folder, options)
  model = new CombinedModel(folder, builtinModel)
})

const nameOf = (id = 33000) => model.object(id, '1.0')?.name

/** Lets everything that waits for a promise alone go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

async function change(): Promise<void> {
  files.changed()
  clock.advance(300)
  await settled()
}

describe('at the start', () => {
  it('the files of the folder are read, and win over what is built in', async () => {
    files.contents.set('b.xml', tank('Tank'))
    files.contents.set('a.XML', objectXml(DEFINITION.replace('33000', '3303').replace('Tank', 'My Sensor')))
    files.contents.set('notes.txt', 'hello')
    files.contents.set('.hidden.xml', 'hello')
    await watch.start()
    expect(files.reads).toEqual(['a.XML', 'b.xml'])
    expect([nameOf(), nameOf(3303), nameOf(3304)]).toEqual(['Tank', 'My Sensor', 'Humidity'])
    expect(model.object(3303, '1.1')?.name).toBe('Temperature')
    expect(warnings).toEqual([])
    expect(infos).toEqual([{ folder: 'models', loaded: 2, refused: 0, removed: 0, objects: 2 }])
  })

  it('a folder that cannot be read is an error', async () => {
    files.fault = 'ENOENT'
    await expect(watch.start()).rejects.toMatchObject({
      code: 'model_folder',
      message: expect.stringMatching(/models.*ENOENT/),
    })
    await watch.close()
    expect([clock.pending(), files.watchers]).toEqual([[], 0])
  })

  it('so is one with more files than are read', async () => {
    for (let n = 0; n < 1025; n++) files.contents.set(`${n}.xml`, '')
    await expect(watch.start()).rejects.toThrow('1025 XML files: at most 1024')
    expect(files.reads).toEqual([])
  })

  it('a broken file is refused with file, line and reason, and the others hold', async () => {
    files.contents.set('a.xml', objectXml(DEFINITION, ITEM.replace('Unsigned', 'Unsinged')))
    files.contents.set('b.xml', tank('Tank'))
    files.contents.set('c.xml', Uint8Array.of(0xff, 0xfe, 0x3c))
    files.contents.set('d.xml', ' '.repeat((1 << 20) + 1))
    await watch.start()
    expect(nameOf()).toBe('Tank')
    expect(warnings).toEqual([
      expect.stringMatching(
        /^model_invalid a.xml:4 a.xml:4 is refused: resource '5': Type is 'Unsinged Integer'/,
      ),
      expect.stringMatching(/^model_invalid c.xml:1 .*utf-8/),
      expect.stringMatching(/^model_invalid d.xml:1 .*1048577 bytes: at most 1048576/),
    ])
    expect(files.reads).not.toContain('d.xml')
  })
})

describe('without a restart', () => {
  beforeEach(async () => {
    files.contents.set('a.xml', tank('Tank'))
    await watch.start()
    files.reads.length = 0
  })

  it('a new and a changed file hold, and only they are read', async () => {
    files.contents.set('b.xml', tank('Pump', 33001))
    await change()
    expect([nameOf(), nameOf(33001)]).toEqual(['Tank', 'Pump'])
    files.contents.set('a.xml', tank('Barrel'))
    await change()
    expect(nameOf()).toBe('Barrel')
    expect(files.reads).toEqual(['b.xml', 'a.xml'])
  })

  it('a change counts when the folder has been quiet for a while', async () => {
    files.contents.set('a.xml', tank('Barrel'))
    files.changed()
    clock.advance(299)
    files.changed()
    clock.advance(299)
    await settled()
    expect(files.reads).toEqual([])
    expect(clock.pending()).toEqual(expect.arrayContaining(['model folder changed', 'model folder look']))
    clock.advance(1)
    await settled()
    expect(nameOf()).toBe('Barrel')
  })

  it('a file that breaks is refused once, and what it said before holds', async () => {
    files.contents.set('a.xml', '<LWM2M>')
    await change()
    await change()
    expect(nameOf()).toBe('Tank')
    expect(warnings).toEqual([expect.stringMatching(/^model_invalid a.xml:1 .*; what it said before holds$/)])
    files.contents.set('a.xml', tank('Barrel'))
    await change()
    expect(nameOf()).toBe('Barrel')
  })

  it('a file that goes takes its objects along', async () => {
    files.contents.set('b.xml', objectXml(DEFINITION.replace('33000', '3303')))
    await change()
    expect(nameOf(3303)).toBe('Tank')
    files.contents.delete('b.xml')
    await change()
    expect(nameOf(3303)).toBe('Temperature')
    expect(infos.at(-1)).toEqual({ folder: 'models', loaded: 0, refused: 0, removed: 1, objects: 1 })
  })

  it('of two files with the same object the first by name holds, until it goes', async () => {
    files.contents.set('b.xml', tank('Barrel'))
    await change()
    expect(nameOf()).toBe('Tank')
    expect(warnings).toEqual([
      expect.stringMatching(/^model_invalid b.xml:1 .*object 33000 of version 1.0 stands in a.xml/),
    ])
    files.contents.delete('a.xml')
    await change()
    expect(nameOf()).toBe('Barrel')
  })

  it('a change while the folder is read is not overlooked', async () => {
    files.contents.set('b.xml', tank('Pump', 33001))
    files.onRead = () => {
      files.onRead = () => {}
      files.contents.set('c.xml', tank('Valve', 33002))
      files.changed()
      clock.advance(300)
    }
    await change()
    await settled()
    expect([nameOf(33001), nameOf(33002)]).toEqual(['Pump', 'Valve'])
  })

  it('a change that nobody told of is seen within a minute', async () => {
    files.contents.set('a.xml', tank('Barrel'))
    clock.advance(60_000)
    await settled()
    expect(nameOf()).toBe('Barrel')
    expect(clock.pending()).toEqual(['model folder look'])
  })

  it('a folder that goes is told once, its facts hold, and it is watched again when it is back', async () => {
    files.fault = 'ENOENT'
    await change()
    clock.advance(60_000)
    await settled()
    expect(warnings).toEqual([expect.stringMatching(/^model_folder models .*ENOENT/)])
    expect([nameOf(), files.watchers]).toEqual(['Tank', 0])
    files.fault = undefined
    files.contents.set('a.xml', tank('Barrel'))
    clock.advance(60_000)
    await settled()
    expect([nameOf(), files.watchers]).toEqual(['Barrel', 1])
  })

  it('a file that could not be read for a moment is read at the next look', async () => {
    files.contents.set('a.xml', tank('Barrel'))
    files.onRead = () => {
      throw new Error('EIO')
    }
    await change()
    expect(nameOf()).toBe('Tank')
    expect(warnings).toEqual([
      expect.stringMatching(/^model_invalid a.xml:1 .*EIO; what it said before holds/),
    ])
    files.onRead = () => {}
    clock.advance(60_000)
    await settled()
    expect(nameOf()).toBe('Barrel')
  })

  it('a watch that fails is told once, and the folder is looked at all the same', async () => {
    files.blind = 'ENOSPC'
    files.failed('ENOSPC')
    clock.advance(60_000)
    await settled()
    files.contents.set('a.xml', tank('Barrel'))
    clock.advance(60_000)
    await settled()
    expect(warnings).toEqual([expect.stringMatching(/^model_folder models .*every 60 s only: ENOSPC/)])
    expect([nameOf(), files.watchers]).toEqual(['Barrel', 0])
  })

  it('nothing happens any more after the end', async () => {
    files.changed()
    await watch.close()
    files.changed()
    expect([clock.pending(), files.watchers]).toEqual([[], 0])
  })
})
