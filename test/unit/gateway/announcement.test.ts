import { describe, expect, it } from 'vitest'
import { Announcement, type BirthSession } from '../../../src/gateway/announcement.ts'
import type { Publication } from '../../../src/mapping/publication.ts'

const birth = (index: number): Publication => ({ topic: `t/${index}`, payload: '', qos: 1, retain: true })

/** A session with room for so many births at a time. */
class Session implements BirthSession {
  readonly taken: string[] = []
  readonly #open: (() => void)[] = []
  most = 0
  isOpen = false
  isGone = false

  publishFirst(publication: Publication, done: () => void): boolean {
    if (this.isGone) return false
    this.taken.push(publication.topic)
    this.#open.push(done)
    this.most = Math.max(this.most, this.#open.length)
    return true
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
}

function announce(count: number) {
  const session = new Session()
  new Announcement(
    session,
    Array.from({ length: count }, (_, index) => birth(index)),
  ).proceed()
  return session
}

describe('announcement', () => {
  it('opens at once where there is nothing to tell', () => {
    expect(announce(0).isOpen).toBe(true)
  })

  it('tells a whole fleet in order, never more at a time than there is room for', () => {
    const session = announce(1000)
    expect(session.isOpen).toBe(false)
    expect(session.taken.length).toBe(256)
    while (session.acknowledge());
    expect(session.taken).toEqual(Array.from({ length: 1000 }, (_, index) => `t/${index}`))
    expect(session.most).toBe(256)
    expect(session.isOpen).toBe(true)
  })

  it('ends with its connection, and opens nothing then', () => {
    const session = announce(300)
    session.isGone = true
    while (session.acknowledge());
    session.isGone = false
    expect(session.taken.length).toBe(256)
    expect(session.isOpen).toBe(false)
  })
})
