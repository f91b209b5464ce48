import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { modelFiles } from '../../../src/gateway/model-files.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-files-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

it('lists regular files, also behind links, with a stamp that follows the content', async () => {
  const files = modelFiles(folder)
  await mkdir(join(folder, 'sub.xml'))
  await symlink('nowhere', join(folder, 'dangling.xml'))
  await writeFile(join(folder, 'a.xml'), 'abc')
  await symlink('a.xml', join(folder, 'b.xml'))
  const before = await files.list()
  expect(before.map(({ name, size }) => [name, size]).sort()).toEqual([
    ['a.xml', 3],
    ['b.xml', 3],
  ])
  expect(await files.list()).toEqual(before)
  await writeFile(join(folder, 'a.xml'), 'abcd')
  const stamps = (list: typeof before) => list.map(({ stamp }) => stamp)
  expect(stamps(await files.list())).not.toEqual(stamps(before))
  expect(Buffer.from(await files.read('b.xml')).toString()).toBe('abcd')
})

it('tells of a change', async () => {
  const changed = Promise.withResolvers<void>()
  const watcher = modelFiles(folder).watch(changed.resolve, changed.reject)
  await writeFile(join(folder, 'a.xml'), 'abc')
  await changed.promise
  watcher.close()
})

it('fails where there is no such folder', async () => {
  const files = modelFiles(join(folder, 'absent'))
  await expect(files.list()).rejects.toThrow('ENOENT')
  expect(() =>
    files.watch(
      () => {},
      () => {},
    ),
  ).toThrow('ENOENT')
})
