import net from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Publication } from '../../src/mapping/publication.ts'
import { SimulatedClock } from '../support/clock.ts'
import { type Mosquitto, OldBroker, publishWith, Subscriber, startMosquitto } from '../support/mosquitto.ts'
import { type Incoming, last, ObservedSession, WILL } from '../support/observed-session.ts'
import { findPeers } from '../support/peers.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub')

describe.skipIf(peers.areMissing).each(['5', '3.1.1'] as const)(
  `mosquitto, MQTT %s${peers.remark}`,
  (protocol) => {
    let mosquitto: Mosquitto
    let old: OldBroker
    let observed: ObservedSession
    const subscribers: Subscriber[] = []

    beforeEach(async () => {
      mosquitto = await startMosquitto()
      old = await OldBroker.start(mosquitto.port)
      observed = new ObservedSession(protocol === '5' ? mosquitto.url : old.url)
    })

    afterEach(async () => {
      await observed.session.stop([], 100)
      for (const subscriber of subscribers.splice(0)) await subscriber.stop()
      await old.stop()
      await mosquitto.stop()
    })

    async function subscribe(filter: string, ...more: string[]): Promise<Subscriber> {
      const subscriber = await Subscriber.start(mosquitto.port, filter, ...more)
      subscribers.push(subscriber)
      return subscriber
    }

    it('carries publications in order, and their retain flags', async () => {
      const live = await subscribe('lwm2m/#')
      await observed.up()
      expect(observed.session.status.protocol).toBe(protocol === '5' ? 5 : 4)
      // A broker may let QoS 0 overtake QoS 1: each has a topic of its own.
      for (let index = 0; index < 500; index++) {
        void observed.publish(`lwm2m/live/${index % 2}`, `${index}`, { qos: index % 2 === 0 ? 0 : 1 })
      }
      expect(await observed.publish('lwm2m/kept', 'kept', { retain: true })).toBeUndefined()
      await live.until((received) => last(received) === 'kept')
      for (const parity of [0, 1]) {
        const values = live.received.filter(({ topic }) => topic === `lwm2m/live/${parity}`)
        const expected = Array.from({ length: 250 }, (_, index) => `${2 * index + parity}`)
        expect(values.map(({ payload }) => payload)).toEqual(expected)
      }
      const late = await subscribe('lwm2m/#')
      await late.until((received) => received.length >= 2)
      expect(late.received).toContainEqual({ topic: 'lwm2m/kept', payload: 'kept', retain: true, qos: 1 })
      expect(late.received).toContainEqual({ topic: WILL.topic, payload: 'online', retain: true, qos: 1 })
      await observed.publish('lwm2m/kept', '', { retain: true })
      const later = await subscribe('lwm2m/#')
      await observed.publish('lwm2m/end', 'end')
      await later.until((received) => last(received) === 'end')
      expect(later.received.map(({ topic }) => topic)).toEqual([WILL.topic, 'lwm2m/end'])
    })

    it('publishes the Will when the session is cut off, and not when it stops', async () => {
      const state = await subscribe(WILL.topic)
      const streams: net.Socket[] = []
      const port = protocol === '5' ? mosquitto.port : old.port
      observed = new ObservedSession('mqtt://127.0.0.1', {
        reconnect: { first: 60_000, longest: 60_000 },
        openStream: () => {
          const stream = net.connect(port, '127.0.0.1')
          streams.push(stream)
          return stream
        },
      })
      await observed.up()
      await state.until((received) => last(received) === 'online')
      streams.at(-1)?.resetAndDestroy()
      await state.until((received) => last(received) === 'offline')

      const second = new ObservedSession(protocol === '5' ? mosquitto.url : old.url, { clientId: 'second' })
      await second.up()
      await state.until((received) => last(received) === 'online')
      await second.session.stop([{ ...WILL, payload: 'bye' }], 30_000)
      await state.until((received) => last(received) === 'bye')
      const probe = await subscribe('probe')
      publishWith(mosquitto.port, 'probe', 'x')
      await probe.until((received) => received.length > 0)
      expect(last(state.received)).toBe('bye')
    })

    it('delivers everything, in order, when the broker is killed in the middle and comes back', async () => {
      const clock = new SimulatedClock()
      observed = new ObservedSession(protocol === '5' ? mosquitto.url : old.url, { clock })
      await observed.up()
      const settled: number[] = []
      const publish = (index: number): void => {
        const publication: Publication = { topic: 'lwm2m/value', payload: `${index}`, qos: 1, retain: false }
        observed.session.publish(publication, (error) => {
          expect(error).toBeUndefined()
          settled.push(index)
        })
      }
      for (let index = 0; index < 1500; index++) publish(index)
      // Killed while publications are in flight: after the first PUBACKs, long before the last.
      while (settled.length < 300) await new Promise((resolve) => setImmediate(resolve))
      await mosquitto.kill()
      await observed.until(() => observed.downs.length > 0)
      const before = settled.length
      expect(before).toBeLessThan(1500)
      for (let index = 1500; index < 2000; index++) publish(index)

      await mosquitto.start()
      const subscriber = await subscribe('lwm2m/value')
      clock.advance(100)
      await subscriber.until((received) => last(received) === '1999')
      const arrived = subscriber.received.map(({ payload }) => Number(payload))
      const firstTimes = [...new Set(arrived)]
      expect(firstTimes).toEqual(Array.from({ length: 2000 - before }, (_, index) => before + index))
      await observed.until(() => observed.ups === 2)
      await observed.publish('lwm2m/end', '')
      expect(settled).toEqual(Array.from({ length: 2000 }, (_, index) => index))
    })

    it('receives commands, also those that came while it was away, until they are acknowledged', async () => {
      await observed.up()
      publishWith(mosquitto.port, 'lwm2m/device/ep/do/read/3/0', 'first')
      await observed.until(() => observed.incoming.length === 1)
      observed.incoming[0]?.done(true)
      publishWith(mosquitto.port, 'lwm2m/device/ep/do/read/3/0', 'unanswered')
      await observed.until(() => observed.incoming.length === 2)
      await observed.session.stop([], 1000)
      publishWith(mosquitto.port, 'lwm2m/device/ep/do/read/3/0', 'meanwhile')

      observed = new ObservedSession(protocol === '5' ? mosquitto.url : old.url)
      await observed.up()
      await observed.until(() => observed.incoming.length === 2)
      const texts = observed.incoming.map(({ message }) => Buffer.from(message.payload).toString())
      expect(texts).toEqual(['unanswered', 'meanwhile'])
    })

    it('tells retained commands from others as far as the version can', async () => {
      publishWith(mosquitto.port, 'lwm2m/device/old/do/read/3/0', 'stored', '-r')
      await observed.up()
      publishWith(mosquitto.port, 'lwm2m/device/ep/do/read/3/0', 'live', '-r')
      const isLive = ({ message }: Incoming): boolean => Buffer.from(message.payload).toString() === 'live'
      await observed.until(() => observed.incoming.some(isLive))
      const flags = observed.incoming.map(({ message }) => [
        Buffer.from(message.payload).toString(),
        message.retain,
      ])
      if (protocol === '5') expect(flags).toEqual([['live', true]])
      else
        expect(flags).toEqual([
          ['stored', true],
          ['live', false],
        ])
    })
  },
)
