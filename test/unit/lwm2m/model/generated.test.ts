import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generateModels, readRegistry } from '../../../../scripts/generate-models.ts'
import { modelFiles } from '../../../../src/gateway/model-files.ts'
import { silentLogger } from '../../../../src/lib/logger.ts'
import { builtinModel } from '../../../../src/lwm2m/model/builtin.ts'
import { ModelFolder } from '../../../../src/lwm2m/model/folder.ts'
import { objectTexts } from '../../../../src/lwm2m/model/generated/objects.ts'
import { describeWithRegistry, REGISTRY } from '../../../support/oma-registry.ts'

const GENERATED = join(import.meta.dirname, '../../../../src/lwm2m/model/generated/objects.ts')

describeWithRegistry('generated facts, against the XML files', () => {
  const registry = readRegistry(REGISTRY)

  it('are those of every file, whose name says the same object and version', () => {
    const files = readdirSync(REGISTRY).filter((name) => name.endsWith('.xml'))
    expect(files.length).toBe(422)
    expect(registry.length).toBe(files.length)
    for (const { id, version } of registry) {
      expect(existsSync(join(REGISTRY, `${id}-${version.replace('.', '_')}.xml`))).toBe(true)
    }
  })

  it('are all built in, and equal', () => {
    expect(objectTexts).toHaveLength(registry.length)
    for (const facts of registry) {
      expect(builtinModel.exact(facts.id, facts.version)?.facts).toStrictEqual(facts)
      expect(builtinModel.object(facts.id, facts.version)).toStrictEqual(facts)
    }
  })

  it("agree with what the loader of users' files reads", async () => {
    const warnings: object[] = []
    const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) }
    const folder = new ModelFolder({ folder: REGISTRY, files: modelFiles(REGISTRY), logger })
    await folder.update()
    expect(warnings).toEqual([])
    for (const [id, version] of objectTexts) {
      const loaded = folder.definitions.exact(id, version)?.facts
      expect(loaded).toBeDefined()
      expect(loaded).toStrictEqual(builtinModel.exact(id, version)?.facts)
    }
  })

  it('are what the script writes today', () => {
    expect(readFileSync(GENERATED, 'utf8')).toBe(generateModels(registry))
  })
})
