import { describe, expect, it } from 'vitest'
import { operatorDocs } from '../../../../src/mapping/template/operator-docs.ts'
import { TemplateRig } from './rig.ts'

describe('operators, as the reference shows them', () => {
  it.each(operatorDocs)('$keys', ({ example: { payload, document, gives } }) => {
    expect(new TemplateRig().produce(document, { payload })).toEqual(gives)
  })

  it('are all there', () => {
    const shown = operatorDocs.map(({ keys }) => keys).join(' ')
    for (const key of ['$when', '$each', '$as', '$where', '$key', '$value', '$merge', '$switch', '$cases'])
      expect(shown).toContain(key)
    expect(shown).toContain('$otherwise')
  })
})
