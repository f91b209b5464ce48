import { createSocket } from 'node:dgram'
import { takePart } from '../part.ts'

/** What Node can do at best: a socket that sends back what it gets, without a name look-up for each datagram. */
export function echo(): void {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 * 1024 * 1024,
    lookup: (address, _options, callback) => callback(null, address, 4),
  })
  const sent = (): void => {}
  socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address, sent))
  socket.bind(0, '127.0.0.1', () => takePart({ port: socket.address().port }))
}
