import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LoadedMappings } from '../../../src/gateway/mapping-files.ts'
import { MappingWatch } from '../../../src/gateway/mapping-watch.ts'
import { CodedError } from '../../../src/lib/errors.ts'
import { SimulatedClock } from '../../support/clock.ts'
import { RecordingLogger } from './fakes.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lwm2mqtt-'))
  file = join(folder, 'own.yaml')
  writeFileSync(file, 'first')
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A watch on one file, and what came of each change. */
function watched(load: () => void, replace: () => void) {
  const clock = new SimulatedClock()
  const errors: object[] = []
  const logger = Object.assign(new RecordingLogger(), { error: (fields: object) => void errors.push(fields) })
  const heard: string[] = []
  const loaded = { files: [{ source: file }] } as unknown as LoadedMappings
  const watch = new MappingWatch(loaded, {
    ...{ clock, logger },
    load: () => {
      load()
      return loaded
    },
    replace: (_, files) => {
      heard.push(`replaced ${files.length}`)
      replace()
    },
    refused: ({ code }) => heard.push(`refused ${code}`),
  })
  const change = (text: string): void => {
    writeFileSync(file, text)
    clock.advance(60_000)
  }
  return { watch, change, heard, errors }
}

describe('a watch on mapping files', () => {
  it('tells a refusal where the files are wrong, and the next change all the same', () => {
    let isWrong = true
    const load = (): void => {
      if (isWrong) throw new CodedError('mapping_syntax', 'wrong')
    }
    const { watch, change, heard } = watched(load, () => {})
    change('second')
    isWrong = false
    change('third')
    watch.close()
    expect(heard).toEqual(['refused mapping_syntax', 'replaced 1'])
  })

  it('does not tell a refusal where the files have taken over and something that follows fails', () => {
    const { watch, change, heard, errors } = watched(
      () => {},
      () => {
        throw new RangeError('what follows')
      },
    )
    change('second')
    change('third')
    watch.close()
    expect(heard).toEqual(['replaced 1', 'replaced 1'])
    const failed = { code: 'mapping_failed', files: [file], reason: 'what follows' }
    expect(errors).toEqual([failed, failed])
  })
})
