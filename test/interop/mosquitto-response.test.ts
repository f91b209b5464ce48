import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payloadOf } from '../support/mqtt-clients.ts'
import { device, Scene, STATE } from '../support/mqtt-scene.ts'
import { findPeers } from '../support/peers.ts'

const peers = findPeers('mosquitto', 'mosquitto_sub', 'mosquitto_pub', 'mosquitto_rr')

describe.skipIf(peers.areMissing)(`Response Topic, properties and expiry of MQTT 5${peers.remark}`, () => {
  const REQUEST = '{"operation":"read","path":"/3/0/0"}'
  const property = (...words: string[]): string[] => ['-D', 'publish', ...words]
  let scene: Scene

  beforeAll(async () => {
    scene = await Scene.open(5)
  })
  afterAll(() => scene?.close())

  it.each([device('response/mine'), 'lwm2m/reply/42'])(
    'mosquitto_rr gets its answer on %s',
    async (topic) => {
      const mark = scene.all.mark
      const answer = await scene.clients.ask(
        device('do/request'),
        REQUEST,
        topic,
        ...property('correlation-data', 'c-77'),
      )
      expect(answer.topic).toBe(topic)
      expect(payloadOf(answer)).toMatchObject({
        status: 'ok',
        code: '2.05',
        content: 'Open Mobile Simulations',
      })
      expect(payloadOf(answer).id).toBe(Buffer.from('c-77').toString('base64url'))
      expect(answer.properties).toMatchObject({
        'correlation-data': 'c-77',
        'content-type': 'application/json',
      })
      await scene.ask({ operation: 'read', path: '/3/0/1' })
      const others = scene.all.messages.slice(mark).filter((message) => message.topic === device('response'))
      expect(others.map(payloadOf)).not.toContainEqual(expect.objectContaining({ path: '/3/0/0' }))
    },
  )

  it.each([
    ['outside of mqtt.responseTopics', 'elsewhere/42'],
    ['that is a topic of commands', device('do/read/3/0')],
    ['that is the state of the gateway', STATE],
    ['with a wildcard', 'lwm2m/reply/#'],
  ])('a Response Topic %s is refused, and nothing is carried out', async (_what, topic) => {
    const mark = scene.all.mark
    const path = '/3303/0/5605'
    const id = `answer to ${topic}`
    const execute = JSON.stringify({ id, operation: 'execute', path })
    await scene.clients.publish(device('do/request'), execute, ...property('response-topic', topic))
    const answer = await scene.all.payload(device('response'), (body) => body.id === id, mark)
    expect(answer).toMatchObject({ status: 'error', error: { code: 'response_topic_refused' } })
    await scene.ask({ operation: 'read', path: '/3/0/0' })
    expect(scene.devices.stdout.all.join()).not.toContain(`executed ${path}`)
  })

  it('every publication says its type and its id', async () => {
    await scene.ask({ operation: 'read', path: '/3/0/0' })
    const published = scene.all.messages.filter(({ topic }) => !topic.includes('/do/'))
    expect(published.length).toBeGreaterThan(10)
    for (const { topic, payload, properties } of published) {
      const id = properties?.['user-properties']?.id
      // The gateway's state counts each time, also as the Will: it must not pass for a repetition.
      if (topic === STATE) expect(id).toBeUndefined()
      else expect(id).toMatch(/^[\w./:%-]+$/)
      if (payload !== '') expect(properties?.['content-type']).toBe('application/json')
    }
  })

  it('a deadline that has passed ends the command as expired, unsent', async () => {
    const answer = await scene.ask({ operation: 'read', path: '/3/0/0', deadline: 1000 })
    expect(answer).toMatchObject({ status: 'error', error: { code: 'command_expired' } })
    const states = scene.all.on(device('command')).map(payloadOf)
    expect(states.filter(({ id }) => id === answer.id).map(({ state }) => state)).toEqual([
      'queued',
      'expired',
    ])
  })

  it('commands that came while the gateway was away are carried out when it is back', async () => {
    await scene.gateway.program.kill('SIGKILL')
    await scene.clients.publish(device('do/request'), '{"id":"waited","operation":"read","path":"/3/0/0"}')
    await scene.restartGateway()
    const answer = await scene.all.payload(device('response'), ({ id }) => id === 'waited')
    expect(answer).toMatchObject({ status: 'error', error: { code: 'endpoint_unknown' } })
  })

  it('no two publications of one topic have the same id, also across a restart', () => {
    const ids = scene.all.messages
      .filter(({ topic }) => !topic.includes('/do/') && topic !== STATE)
      .map(({ topic, properties }) => `${topic} ${properties?.['user-properties']?.id}`)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })
})

describe.skipIf(peers.areMissing)(`where every topic may be a Response Topic${peers.remark}`, () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await Scene.open(5, ['responseTopics: ["#"]'])
  })
  afterAll(() => scene?.close())

  it('one that is a topic of commands is refused all the same: an answer would be a command', async () => {
    const read = '{"id":"loop","operation":"read","path":"/3/0/0"}'
    const topic = device('do/write/3/0/15')
    const mark = scene.all.mark
    await scene.clients.publish(device('do/request'), read, '-D', 'publish', 'response-topic', topic)
    const answer = await scene.all.payload(device('response'), ({ id }) => id === 'loop', mark)
    expect(answer).toMatchObject({ status: 'error', error: { code: 'response_topic_refused' } })
    expect(scene.all.on(topic)).toEqual([])
  })

  it('any other one is taken', async () => {
    const read = '{"operation":"read","path":"/3/0/0"}'
    const answer = await scene.clients.ask(device('do/request'), read, 'elsewhere/42')
    expect(payloadOf(answer)).toMatchObject({ status: 'ok', content: 'Open Mobile Simulations' })
  })
})
