import { takePart } from '../part.ts'
import { listen, startGateway } from './gateway.ts'

const PATH = '/3303/0/5700'

/** Commands to devices: each is read again as soon as it has answered, with `window` reads under way in all. */
export async function roundtrip(sinkPort: number, window: number): Promise<void> {
  const gateway = await startGateway({ sinkPort, qos: 1, observe: [] })
  const { server } = gateway
  const port = await listen(gateway)
  let isRunning = false
  let completed = 0
  let wrong = 0
  let serial = 0
  const ask = (names: readonly string[], index: number): void => {
    const endpointName = names[index % names.length] ?? ''
    const command = { id: `${serial++}`, endpoint: endpointName, operation: 'read', path: PATH } as const
    server.commands.accept(command, {
      sent() {},
      done({ status }) {
        if (status === 'ok') completed++
        else wrong++
        if (isRunning) ask(names, index + window)
      },
    })
  }
  takePart(
    { port },
    {
      counts: () => ({ completed, wrong }),
      go() {
        const names = [...server.devices()].map(({ registration }) => registration?.endpoint ?? '')
        isRunning = true
        for (let index = 0; index < window; index++) ask(names, index)
      },
      pause() {
        isRunning = false
      },
    },
  )
}
