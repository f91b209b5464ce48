import { createSocket } from 'node:dgram'
import { createServer, type IncomingMessage, type ObserveReadStream, request } from 'coap'
import { connect } from 'mqtt'
import { takePart } from '../part.ts'

/**
 * The bridge that anyone would knock together from the two packages `coap` and `mqtt`: a server for registrations,
 * an Observe for each device, and a publish for each notification.
 */
export async function naive(sinkPort: number, qos: 0 | 1): Promise<void> {
  const client = connect(`mqtt://127.0.0.1:${sinkPort}`)
  await new Promise((resolve) => client.once('connect', resolve))

  const observe = (endpoint: string, host: string, port: number): void => {
    const asked = request({ host, port, pathname: '/3303/0/5700', observe: true })
    asked.on('error', () => {})
    asked.on('response', (response: ObserveReadStream) => {
      response.on('data', (payload: Buffer) => {
        const body = JSON.stringify({ value: Number(payload.toString()), time: Date.now() })
        client.publish(`lwm2m/device/${endpoint}/value/3303/0/5700`, body, { qos, retain: true })
      })
    })
    asked.end()
  }

  const server = createServer((incoming: IncomingMessage, outgoing) => {
    const endpoint = new URLSearchParams(incoming.url.split('?')[1]).get('ep') ?? ''
    outgoing.code = '2.01'
    outgoing.setOption('Location-Path', [Buffer.from('rd'), Buffer.from(endpoint)])
    outgoing.end()
    observe(endpoint, incoming.rsinfo.address, incoming.rsinfo.port)
  })
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1', () => {
    server.listen(socket, () => takePart({ port: socket.address().port }))
  })
}
