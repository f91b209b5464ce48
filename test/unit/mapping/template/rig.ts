import type { JsonValue } from '../../../../src/lib/json.ts'
import { Problems } from '../../../../src/mapping/problem.ts'
import { TemplateCompiler } from '../../../../src/mapping/template/compiler.ts'
import type { Produced } from '../../../../src/mapping/template/template.ts'
import { ExpressionRig } from '../expression/rig.ts'

export class TemplateRig extends ExpressionRig {
  readonly problems = new Problems()
  readonly compiler = new TemplateCompiler(this.environment, this.budget, this.problems)

  /** What a document becomes. @throws where it does not compile */
  produce(document: JsonValue, scope: object = {}): Produced {
    const template = this.compiler.compile(document, [])
    if (this.problems.list.length > 0) throw new Error(JSON.stringify(this.problems.list))
    this.budget.refill()
    return template.evaluate(scope)
  }
}

/** What is wrong with a document: `path: message`. */
export function problemsOf(document: JsonValue): string[] {
  const rig = new TemplateRig()
  rig.compiler.compile(document, ['root'])
  return rig.problems.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
}
