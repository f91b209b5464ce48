import { describe, expect, it } from 'vitest'
import { Announcement, type BirthSession, type Telling } from '../../../src/gateway/announcement.ts'
import { Announcements } from '../../../src/gateway/announcements.ts'
import type { Publication } from '../../../src/mapping/publication.ts'
import { SimulatedClock } from '../../support/clock.ts'

const birth = (index: number): Publication => ({ topic: `t/${index}`, payload: '', qos: 1, retain: true })

/** A session with room for so many births at a time. */
class Session implements BirthSession {
  readonly taken: string[] = []
  readonly refused: string[] = []
  readonly #open: (() => void)[] = []
  most = 0
  room = Number.POSITIVE_INFINITY
  isOpen = false

  publishFirst(publication: Publication, done: () => void): boolean {
    if (this.#open.length >= this.room) return false
    this.taken.push(publication.topic)
    this.#open.push(done)
    this.most = Math.max(this.most, this.#open.length)
    return true
  }

  lost(publications: readonly Publication[]): void {
    this.refused.push(...publications.map(({ topic }) => topic))
  }

  open(): void {
    this.isOpen = true
  }

  /** The broker acknowledges the oldest. */
  acknowledge(): boolean {
    const done = this.#open.shift()
    done?.()
    return done !== undefined
  }

  acknowledgeAll(): void {
    while (this.acknowledge());
  }
}

/** Of so many devices, one publication each. */
const fleet = (count: number): Telling[] => Array.from({ length: count }, (_, index) => () => [birth(index)])
const topics = (count: number) => Array.from({ length: count }, (_, index) => `t/${index}`)

function announce(tellings: Iterable<Telling>, room = Number.POSITIVE_INFINITY) {
  const session = new Session()
  session.room = room
  const clock = new SimulatedClock()
  const announcement = new Announcement(session, tellings, clock)
  announcement.proceed()
  return { session, clock, announcement }
}

describe('announcement', () => {
  it('opens at once where there is nothing to tell', () => {
    expect(announce([]).session.isOpen).toBe(true)
  })

  it('tells a whole fleet in order, never more at a time than there is room for', () => {
    const { session, clock } = announce(fleet(1000))
    expect(session.isOpen).toBe(false)
    expect(session.taken.length).toBe(256)
    session.acknowledgeAll()
    expect(session.taken).toEqual(topics(1000))
    expect(session.most).toBe(256)
    expect(session.isOpen).toBe(true)
    expect(clock.pending()).toEqual([])
  })

  it('goes on where the queue was full, until all is told', () => {
    const { session, clock } = announce(fleet(100), 10)
    expect(session.taken).toHaveLength(10)
    expect(clock.pending()).toEqual(['announcement'])
    clock.advance(60_000) // others fill the queue
    expect(session.taken).toHaveLength(10)
    for (let round = 0; round < 10; round++) {
      session.acknowledgeAll()
      clock.advance(1_000)
    }
    expect(session.taken).toEqual(topics(100))
    expect(session.isOpen).toBe(true)
    expect(clock.pending()).toEqual([])
  })

  it('tells what holds by then of the device that it was at, and nothing of one that has gone', () => {
    let state = 'awake'
    const told: (string | Uint8Array)[] = []
    const telling: Telling = () => (state === '' ? [] : [{ ...birth(0), payload: state }])
    let room = false
    const clock = new SimulatedClock()
    const publishFirst = ({ payload }: Publication): boolean => room && told.push(payload) > 0
    new Announcement({ publishFirst, lost: () => {}, open: () => {} }, [telling, telling], clock).proceed()
    state = 'offline'
    room = true
    clock.advance(1_000)
    expect(told).toEqual(['offline', 'offline'])
  })

  it('comes to its end although there is never room for all of one device', () => {
    const device: Telling = () => Array.from({ length: 30 }, (_, index) => birth(index))
    const { session, clock } = announce([device], 10)
    for (let round = 0; round < 8; round++) {
      session.acknowledgeAll()
      clock.advance(1_000)
    }
    expect(session.isOpen).toBe(true)
    expect(new Set(session.taken)).toEqual(new Set(topics(30)))
    expect(clock.pending()).toEqual([])
  })

  it('hands over all of one device at once, so that nothing newer comes before it', () => {
    const device = (from: number): Telling => {
      return () => Array.from({ length: 200 }, (_, index) => birth(from + index))
    }
    const { session } = announce([device(0), device(200), device(400)])
    expect(session.taken).toEqual(topics(400))
  })

  it('says what there was no room for, and leaves out later what was taken', () => {
    const told: string[] = []
    const device: Telling = () => told.map((payload, index) => ({ ...birth(index), payload }))
    told.push('a', 'b', 'c')
    const { session, clock } = announce([device], 1)
    expect(session.taken).toEqual(['t/0'])
    expect(session.refused).toEqual(['t/1', 't/2'])
    told[0] = 'changed'
    told[1] = 'changed'
    session.room = 9
    clock.advance(1_000)
    expect(session.taken).toEqual(['t/0', 't/0', 't/1', 't/2'])
    expect(session.isOpen).toBe(true)
  })

  it('goes on in a loop where all is settled at once, and lets others have their turn', () => {
    const clock = new SimulatedClock()
    const taken: string[] = []
    const session: BirthSession = {
      publishFirst: ({ topic }, done) => {
        taken.push(topic)
        done()
        return true
      },
      lost: () => {},
      open: () => taken.push('open'),
    }
    new Announcement(session, fleet(50_000), clock).proceed()
    expect(taken).toHaveLength(1_000)
    clock.advance(0)
    for (let turn = 0; turn < 60; turn++) clock.advance(1)
    expect(taken).toHaveLength(50_001)
    expect(taken.at(-1)).toBe('open')
  })

  it('ends with what it is told for, and opens nothing then', () => {
    const { session, clock, announcement } = announce(fleet(300))
    session.room = 0
    session.acknowledge()
    announcement.end()
    session.room = 999
    session.acknowledgeAll()
    clock.advance(10_000)
    expect(session.taken.length).toBe(256)
    expect(session.isOpen).toBe(false)
    expect(clock.pending()).toEqual([])
  })
})

describe('all announcements', () => {
  it('births end with their connection, and begin anew with the next', () => {
    const clock = new SimulatedClock()
    const announcements = new Announcements(clock)
    const first = new Session()
    first.room = 1
    announcements.tell('births', first, fleet(3))
    announcements.disconnected()
    expect(clock.pending()).toEqual([])
    const second = new Session()
    announcements.tell('births', second, fleet(3))
    expect(second.taken).toEqual(topics(3))
  })

  it('a reload takes the place of one that is not through', () => {
    const clock = new SimulatedClock()
    const announcements = new Announcements(clock)
    const session = new Session()
    session.room = 0
    for (const count of [2, 3]) announcements.tell('devices', session, fleet(count))
    expect(clock.pending()).toEqual(['announcement'])
    session.room = 9
    clock.advance(1_000)
    expect(session.taken).toEqual(topics(3))
  })

  it('messages have 16 at a time, and another one when one is through', () => {
    const clock = new SimulatedClock()
    const announcements = new Announcements(clock)
    const session = new Session()
    session.room = 0
    const asked = Array.from({ length: 17 }, () => announcements.asked(session, () => fleet(1)))
    expect(asked.filter((isTaken) => isTaken)).toHaveLength(16)
    session.room = 99
    clock.advance(1_000)
    expect(session.taken).toHaveLength(16)
    expect(announcements.asked(session, () => fleet(1))).toBe(true)
    session.room = 0
    announcements.asked(session, () => fleet(1))
    announcements.stop()
    expect(clock.pending()).toEqual([])
  })

  it('what messages have asked for is asked anew by another mapping', () => {
    const clock = new SimulatedClock()
    const announcements = new Announcements(clock)
    const session = new Session()
    session.room = 0
    let mapping = [birth(1)]
    announcements.asked(session, () => [() => mapping])
    mapping = [birth(2), birth(3)]
    announcements.renewAsked(session)
    session.room = 9
    clock.advance(1_000)
    expect(session.taken).toEqual(['t/2', 't/3'])
    expect(clock.pending()).toEqual([])
  })
})
