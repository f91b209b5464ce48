import type { Command } from '../../src/lwm2m/command.ts'
import { Lwm2mBench, type Saying } from './lwm2m.ts'

/** A registered device that gives one answer to all. */
export function setUp(
  answer: Saying,
  query = 'ep=device&lwm2m=1.1',
  links = '</1/0>,</3/0>,</5/0>,</3303/0>',
) {
  const bench = new Lwm2mBench()
  const device = bench.device()
  device.register(query, links)
  device.answer = () => answer
  return { bench, device }
}

/** What a command says besides whom it asks. */
export type WithoutBase<C> = C extends Command ? Omit<C, 'id' | 'endpoint'> : never

/** Gives a command; returns its results and what the device was asked. */
export function perform({ bench, device }: ReturnType<typeof setUp>, command: WithoutBase<Command>) {
  const { results, sent } = bench.command({ id: 'c1', endpoint: 'device', ...command })
  return { results, sent, request: device.requests[0] }
}

export const TEMPERATURE = '/3303/0/5700'
/** What a device says of its temperature. */
export const value = (payload: string, observe: number): Saying => ({
  code: '2.05',
  contentFormat: 0,
  payload,
  observe,
})

/** A device of which a path is observed, by default its temperature; what came of that is forgotten already. */
export function observed(path = TEMPERATURE) {
  const bench = new Lwm2mBench()
  const device = bench.device()
  const location = device.register('ep=device&lt=0&lwm2m=1.1')
  device.answer = () => ({ code: '2.05', contentFormat: 110, payload: '[]', observe: 1 })
  bench.command({ id: 'o', endpoint: 'device', operation: 'observe', path })
  bench.facts.length = 0
  return { bench, device, location, token: device.requests[0]?.token ?? Buffer.alloc(0) }
}

/** Of each fact of values: the first value, and whether it was overtaken. */
export function story(bench: Lwm2mBench): unknown[] {
  return bench.factsOf('values').map(({ samples, late }) => [samples[0]?.value, late ? 'late' : 'fresh'])
}
