import { expect, it } from 'vitest'
import { loadedReport, namesInForce, refusedReport } from '../../../src/gateway/mapping-reports.ts'
import { CodedError } from '../../../src/lib/errors.ts'

const place = { source: 'f', line: 1, column: 1 }
const fileOf = (name: string, version?: number) => ({
  ...{ source: `/${name}.yaml`, locate: () => place },
  document: { name, ...(version === undefined ? undefined : { version }) },
})

it('what took over is told with the names of the files that were changed', () => {
  expect(loadedReport(['/a.yaml', '/b.yaml'], 5)).toEqual({
    ...{ event: 'mapping-loaded', id: 'mapping-loaded/5', at: 5 },
    reason: 'changed mapping files took over: /a.yaml, /b.yaml',
  })
})

it('what was refused is told with the reason, and that the old files stay in force', () => {
  expect(refusedReport(new CodedError('mapping_syntax', 'one error'), 5)).toEqual({
    ...{ event: 'mapping-refused', id: 'mapping-refused/5', at: 5, code: 'mapping_syntax' },
    reason: 'changed mapping files are refused, and those before stay in force: one error',
  })
})

it('what is in force is named with its versions', () => {
  expect(namesInForce({ files: [fileOf('house', 2), fileOf('plain', 1), fileOf('bare')] })).toBe(
    'house 2, plain 1, bare',
  )
})
