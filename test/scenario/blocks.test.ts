import type { ParsedPacket } from 'coap-packet'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/lwm2m/fact.ts'
import { BlockDevice, blockNumber, blockOf } from '../support/block-device.ts'
import { coap, readCoap } from '../support/coap.ts'
import { Lwm2mBench, numberOption, pathIn } from '../support/lwm2m.ts'
import { observed, setUp } from '../support/scene.ts'

const INSTANCES = Array.from({ length: 200 }, (_, index) => index)
const LINKS = `</1/0>,${INSTANCES.map((id) => `</3303/${id}>`)}`

it('a Register with a long list of links, in blocks of 64 bytes, is one registration', () => {
  const bench = new Lwm2mBench()
  const link = bench.network.device('192.0.2.9:40000', '192.0.2.1:5683')
  const answers: ParsedPacket[] = []
  const device = new BlockDevice(link, bench.clock)
  device.post(['rd'], Buffer.from(LINKS), (answer) => answers.push(answer), {
    'Content-Format': 40,
    'Uri-Query': ['ep=device', 'lt=60', 'lwm2m=1.1'],
  })
  bench.clock.advance(0)
  expect(answers.map(({ code }) => code)).toEqual(['2.01'])
  expect(bench.history).toEqual(['registered'])
  expect(bench.registration()?.objects.find(({ id }) => id === 3303)?.instances).toEqual(INSTANCES)
})

/** Values of many resources, too many for one message. */
const PACK = Buffer.from(
  JSON.stringify(Array.from({ length: 60 }, (_, n) => ({ n: `/3303/${n}/5700`, v: n }))),
)
const SIZE = 256

const block = (num: number): { payload: Buffer; Block2: number } => ({
  payload: PACK.subarray(num * SIZE, (num + 1) * SIZE),
  Block2: blockNumber(num, (num + 1) * SIZE < PACK.length, SIZE),
})

type End = 'register' | 'deregister' | 'cancel' | 'relist' | 'observe'

describe('a notification in blocks', () => {
  interface Course {
    rest: (num: number | undefined) => number | string | undefined
    /** How offers end. */
    outcome?: Outcome
    /** Whether it has no Observe option, and thereby ends the observation. */
    isLast?: boolean
  }

  /** Ends the observation, or renews it. */
  function end({ bench, device, location, ordinary }: ReturnType<typeof notify>, how: End): void {
    device.link.onDatagram = ordinary
    const command = { id: 'e', endpoint: 'device', path: '/3303' }
    if (how === 'register') device.register('ep=device&lt=0&lwm2m=1.1')
    else if (how === 'deregister') device.deregister(location)
    else if (how === 'relist') device.update(location, '', '</1/0>,</3/0>')
    else if (how === 'observe') bench.command({ ...command, operation: 'observe' })
    else bench.command({ ...command, operation: 'cancel', passive: true })
  }

  /** Sends the first block of a notification and answers GETs by `rest`. */
  function notify({ rest, outcome = 'broker', isLast = false }: Course) {
    const { bench, device, location, token } = observed('/3303')
    bench.outcome = outcome
    const sent: string[] = []
    const ordinary = device.link.onDatagram
    device.link.onDatagram = (bytes) => {
      const asked = readCoap(bytes)
      if (asked.code !== '0.01') {
        sent.push(asked.code)
        return
      }
      const num = blockOf(asked, 'Block2')?.num
      sent.push(`${pathIn(asked)} ${numberOption(asked, 'Accept')} ${num} ${numberOption(asked, 'Observe')}`)
      const given = rest(num)
      const answer = { type: 'ACK' as const, id: asked.messageId, token: asked.token.toString('hex') }
      if (typeof given === 'string') device.link.send(coap({ ...answer, code: given }))
      if (typeof given !== 'number') return
      const { payload, Block2 } = block(given)
      device.link.send(coap({ ...answer, code: '2.05', options: { 'Content-Format': 110, Block2 }, payload }))
    }
    const { payload, Block2 } = block(0)
    const say = (observe: number): void => {
      const order = isLast ? {} : { Observe: observe }
      const options = { ...order, 'Content-Format': 110, Block2 }
      device.link.send(
        coap({ code: '2.05', id: 900 + observe, token: token.toString('hex'), options, payload }),
      )
      bench.clock.advance(0)
    }
    say(2)
    return { bench, device, location, sent, say, ordinary }
  }

  it('becomes values once its body is complete, and was acknowledged at its first block', () => {
    const { bench, sent } = notify({ rest: (num) => num })
    expect(sent[0]).toBe('0.00')
    expect(sent[1]).toBe('/3303 undefined 1 undefined')
    expect(bench.history).toEqual(['values'])
    expect(bench.factsOf('values')[0]).toMatchObject({ source: 'notify', sequence: 2, late: false })
    expect(bench.factsOf('values')[0]?.samples).toHaveLength(60)
  })

  it('whose body is lost is an event, and a fresh Read brings the values', () => {
    let isLost = true
    const { bench, sent } = notify({
      rest: (num = 0) => {
        if (num === 0) isLost = false // the fresh Read
        return isLost ? '5.00' : num
      },
    })
    expect(sent.slice(0, 3)).toEqual([
      ...['0.00', '/3303 undefined 1 undefined', '/3303 undefined undefined undefined'],
    ])
    expect(bench.history).toEqual(['body-lost', 'values'])
    expect(bench.factsOf('body-lost')).toMatchObject([{ endpoint: 'device', path: '/3303' }])
    expect(bench.factsOf('values')[0]).toMatchObject({ source: 'read' })
    expect(bench.factsOf('values')[0]?.samples).toHaveLength(60)
  })

  it('whose device moves while it is fetched is lost at once, and read where the device is', () => {
    let isSilent = true
    const { bench, device, location } = notify({ rest: (num = 0) => (isSilent ? undefined : num) })
    device.move('192.0.2.99:40000')
    isSilent = false
    device.update(location)
    bench.clock.advance(0)
    expect(bench.history).toEqual(['updated', 'body-lost', 'values'])
    expect(bench.factsOf('values')[0]).toMatchObject({ source: 'read' })
  })

  it('whose body is lost, and the Read too, is an event once', () => {
    const { bench } = notify({ rest: () => undefined })
    bench.clock.advance(400_000)
    expect(bench.history).toEqual(['body-lost'])
  })

  it('whose body is refused is offered again, and acknowledged once', () => {
    const { bench, sent, say } = notify({ rest: (num) => num, outcome: 'refused' })
    expect(bench.history).toEqual(['values'])
    bench.clock.advance(2_000)
    bench.outcome = 'broker'
    bench.clock.advance(100_000)
    expect(bench.history).toEqual(['values', 'values', 'values'])
    expect(bench.factsOf('values')[2]).toMatchObject({ source: 'notify', sequence: 2, late: false })
    expect(bench.factsOf('values')[2]?.samples).toHaveLength(60)
    expect(sent.filter((line) => line === '0.00')).toHaveLength(1)
    say(3)
    expect(bench.history.slice(3)).toEqual(['values'])
  })

  it('whose body is refused five times is an event, and a fresh Read brings the values', () => {
    const { bench, sent } = notify({ rest: (num = 0) => num, outcome: 'refused' })
    bench.clock.advance(29_999)
    expect(bench.history).toEqual(Array(4).fill('values'))
    bench.onFacts = () => {
      if (bench.history.length === 5) return
      bench.outcome = 'broker' // the event, and what the Read brings, are taken
    }
    bench.clock.advance(100_000)
    expect(bench.history).toEqual([...Array(5).fill('values'), 'body-lost', 'values'])
    expect(bench.factsOf('values')[5]).toMatchObject({ source: 'read', late: false })
    expect(sent).toContain('/3303 undefined undefined undefined')
  })

  it('whose observation has ended since is offered on, as history, and lost with an event', () => {
    const { bench } = notify({ rest: (num) => num ?? '4.04', outcome: 'refused' })
    bench.command({ id: 'c', endpoint: 'device', operation: 'cancel', path: '/3303', passive: false })
    bench.clock.advance(100_000)
    expect(bench.history).toEqual([...Array(5).fill('values'), 'body-lost'])
    expect(bench.factsOf('values').map(({ late }) => late)).toEqual([false, true, true, true, true])
    expect(bench.factsOf('body-lost')).toMatchObject([
      { path: '/3303', reason: expect.stringContaining('ended') },
    ])
  })

  it.each([
    ['a new registration', 'register', 'values'],
    ['the end of the registration', 'deregister', 'body-lost'],
    ['a passive cancel', 'cancel', 'values'],
    ['an Update without its object', 'relist', 'values'],
    ['a renewal', 'observe', 'values'],
  ] as const)('whose body is kept survives %s: it is told', (_name, how, told) => {
    const course = notify({ rest: (num) => num, outcome: 'refused' })
    const { bench } = course
    bench.facts.length = 0
    bench.outcome = 'broker'
    end(course, how)
    bench.clock.advance(100_000)
    const last = bench.facts.at(-1)
    expect(last).toMatchObject({ type: told, path: '/3303' })
    if (last?.type === 'values') expect(last).toMatchObject({ source: 'notify', late: true, sequence: 2 })
    expect(bench.history.filter((type) => type === 'body-lost' || type === told)).toContain(told)
  })

  it.each(['register', 'deregister'] as const)('whose rest is being fetched is told after a %s', (how) => {
    const course = notify({ rest: () => undefined })
    const { bench } = course
    course.device.answer = () => undefined
    end(course, how)
    bench.clock.advance(400_000)
    expect(bench.factsOf('body-lost')).toMatchObject([{ path: '/3303' }])
  })

  it('whose body is refused is offered again though its device has moved', () => {
    const { bench, device, location } = notify({ rest: (num) => num, outcome: 'refused' })
    device.move('192.0.2.99:40000')
    device.update(location)
    bench.outcome = 'broker'
    bench.clock.advance(100_000)
    expect(bench.history).toEqual(['values', 'updated', 'values'])
    expect(bench.registration()?.address).toBe('coap://192.0.2.99:40000')
  })

  it('that ends its observation does so when its body is passed on, and not before', () => {
    const { bench, sent } = notify({ rest: (num) => num, outcome: 'refused', isLast: true })
    bench.outcome = 'broker'
    bench.clock.advance(2_000)
    expect(bench.history).toEqual(['values', 'observation-ended', 'values', 'observation-ended'])
    bench.clock.advance(100_000)
    expect(bench.history).toHaveLength(4)
    expect(sent.slice(1)).toEqual(
      Array.from({ length: 6 }, (_, num) => `/3303 undefined ${num + 1} undefined`),
    )
  })

  it('that is overtaken is an event, and nothing is asked for it', () => {
    const { bench, sent, say } = notify({ rest: () => undefined })
    say(3)
    expect(bench.history).toEqual(['body-lost'])
    expect(sent).toEqual(['0.00', '/3303 undefined 1 undefined', '0.00', '/3303 undefined 1 undefined'])
    bench.clock.advance(200_000)
    expect(bench.history).toEqual(['body-lost', 'body-lost']) // the second one is lost
    expect(sent.at(-1)).toBe('/3303 undefined undefined undefined')
  })
})

it('a value above one message is written and read in blocks, as one command each', () => {
  const { bench, device } = setUp({ code: '2.05' }, 'ep=device&lwm2m=1.1', '</5/0>,</3303/0>')
  const blocks = new BlockDevice(device.link, bench.clock)
  const image = Buffer.alloc(5_000, 'firmware')
  const write = bench.command({
    ...{ id: 'w', endpoint: 'device', operation: 'write', path: '/5/0/0', format: 42 },
    value: { json: image.toString('base64') },
  })
  expect(write).toMatchObject({ sent: 1, results: [{ status: 'ok', code: '2.04' }] })
  expect(blocks.bodies.get('/5/0/0')?.equals(image)).toBe(true)
  const text = 'x'.repeat(3_000)
  blocks.bodies.set('/3/0/0', Buffer.from(text))
  const read = bench.command({ id: 'r', endpoint: 'device', operation: 'read', path: '/3/0/0' })
  expect(read.results).toMatchObject([
    { status: 'ok', code: '2.05', samples: [{ path: '/3/0/0', value: text }] },
  ])
})
