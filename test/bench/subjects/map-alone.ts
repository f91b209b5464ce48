import type { DeviceSnapshot } from '../../../src/lwm2m/command.ts'
import type { ValuesFact } from '../../../src/lwm2m/fact.ts'
import { LastValues } from '../../../src/lwm2m/last-values.ts'
import { builtinModel } from '../../../src/lwm2m/model/builtin.ts'
import type { Mapping } from '../../../src/mapping/mapping.ts'
import { takePart } from '../part.ts'

const PATH = '/3303/0/5700'
const START = 1_764_000_000_000
const DEVICES = 500
/** Facts between two looks at what the benchmark asks for. */
const BATCH = 1_000
const STATE = {}

/** A notification of a thermometer, and who it is of. */
interface Notification {
  readonly fact: ValuesFact
  readonly device: DeviceSnapshot
}

export function notificationOf(serial: number): Notification {
  const endpoint = `device-${serial % DEVICES}`
  const fact: ValuesFact = {
    ...{ type: 'values', id: `fact-${serial}`, at: START + serial, endpoint, source: 'notify', path: PATH },
    ...{ samples: [{ path: PATH, type: 'float', value: 20 + (serial % 97) / 10 }], late: false },
    sequence: serial,
  }
  return { fact, device: thermometer(endpoint) }
}

function thermometer(endpoint: string): DeviceSnapshot {
  return {
    registration: {
      ...{ id: endpoint, endpoint, lifetime: 3600, version: '1.1', binding: 'U', queueMode: false },
      ...{ attributes: {}, alternatePath: '/', contentFormats: [], security: 'nosec' },
      objects: [{ id: 3303, version: '1.1', instances: [0] }],
      ...{ address: 'coap://127.0.0.1:5683', registeredAt: START, updatedAt: START },
    },
    object: (id) => builtinModel.object(id, '1.1'),
    resource: (object, resource) => builtinModel.object(object, '1.1')?.resources.get(resource),
    values: new LastValues(),
  }
}

/** The device registers: it gets its name. */
function introduce({ device }: Notification, mapping: Mapping): void {
  const { registration } = device
  if (registration === undefined) return
  const { id, endpoint } = registration
  mapping.up({ type: 'registered', id, at: START, endpoint, registration }, device, STATE)
}

/** The mapping by itself: facts in, texts of publications out. */
export function mapAlone(mapping: Mapping): void {
  const notifications = Array.from({ length: 4 * DEVICES }, (_, serial) => notificationOf(serial))
  for (const notification of notifications) introduce(notification, mapping)
  let isRunning = false
  let completed = 0
  let wrong = 0
  const proceed = (): void => {
    for (let count = 0; count < BATCH; count++) {
      const { fact, device } = notifications[completed % notifications.length] as Notification
      const [publication] = mapping.up(fact, device, STATE).publications
      completed++
      if (publication === undefined || publication.payload.length === 0) wrong++
    }
    if (isRunning) setImmediate(proceed)
  }
  takePart(
    { port: 0 },
    {
      counts: () => ({ completed, wrong }),
      go() {
        isRunning = true
        proceed()
      },
      pause() {
        isRunning = false
      },
    },
  )
}
