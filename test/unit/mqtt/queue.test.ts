import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, Queue } from '../../../src/mqtt/queue.ts'
import { publication } from './harness.ts'

function entry(name: number): Entry {
  const fields = { settle: () => {}, bytes: 1, since: 0, birth: false, closes: 0, next: undefined }
  return { publication: publication(`${name}`), ...fields }
}

const nameOf = (item: Entry | undefined): number => Number(item?.publication.topic)

describe('the queue', () => {
  it('behaves as an array with push, shift and unshift', () => {
    const steps = fc.array(
      fc.oneof(fc.constant('push' as const), fc.constant('shift' as const), fc.nat({ max: 4 })),
    )
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue()
        const model: number[] = []
        let made = 0
        for (const step of all) {
          if (step === 'push') {
            queue.push(entry(++made))
            model.push(made)
          } else if (step === 'shift') {
            expect(queue.shift() === undefined).toBe(model.shift() === undefined)
          } else {
            const back = Array.from({ length: step }, () => ++made)
            queue.putBack(back.map(entry))
            model.unshift(...back)
          }
          expect(queue.isEmpty).toBe(model.length === 0)
          if (model.length > 0) expect(nameOf(queue.head)).toBe(model[0])
        }
        expect(queue.drain().map(nameOf)).toEqual(model)
        expect(queue.isEmpty).toBe(true)
      }),
    )
  })
})
