import { watch } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../lib/errors.ts'
import type { ModelFile, ModelFiles } from '../lwm2m/model/folder.ts'

/** The state of one entry of a folder; undefined where it is no regular file, or has just gone. */
async function stateOf(folder: string, name: string): Promise<ModelFile | undefined> {
  const found = await stat(join(folder, name), { bigint: true }).catch(() => undefined)
  if (found?.isFile() !== true) return undefined
  const { size, mtimeNs, ctimeNs, ino } = found
  return { name, size: Number(size), stamp: `${ino}:${size}:${mtimeNs}:${ctimeNs}` }
}

/** A folder of object definitions on the disk. */
export function modelFiles(folder: string): ModelFiles {
  return {
    async list() {
      const states = await Promise.all((await readdir(folder)).map((name) => stateOf(folder, name)))
      return states.filter((state) => state !== undefined)
    },
    read: (name) => readFile(join(folder, name)),
    watch(changed, failed) {
      const watcher = watch(folder, { persistent: false })
      watcher.on('change', changed)
      watcher.on('error', (error) => failed(reasonOf(error)))
      return watcher
    },
  }
}
