import { coapPost } from './subjects/coap-post.ts'
import { echo } from './subjects/echo.ts'
import { mapAlone } from './subjects/map-alone.ts'
import { handwritten, presets } from './subjects/mappings.ts'
import { memory } from './subjects/memory.ts'
import { naive } from './subjects/naive.ts'
import { notify, registrations } from './subjects/notify.ts'
import { roundtrip } from './subjects/roundtrip.ts'
import { stay } from './subjects/stay.ts'

/** What is measured, one in a process: `subject.ts NAME SINK_PORT [NUMBER]`. */
const subjects: Readonly<Record<string, (sinkPort: number, number: number) => void | Promise<void>>> = {
  echo,
  'coap-post': coapPost,
  notify: (sinkPort, qos) => notify(sinkPort, qos === 0 ? 0 : 1),
  'map-handwritten': (sinkPort) => notify(sinkPort, 1, handwritten()),
  'map-plain': (sinkPort) => notify(sinkPort, 1, presets(['plain'])),
  'map-emqx': (sinkPort) => notify(sinkPort, 1, presets(['emqx'])),
  'map-homeassistant': (sinkPort) => notify(sinkPort, 1, presets(['homeassistant'])),
  'map-handwritten-alone': () => mapAlone(handwritten()),
  'map-plain-alone': () => mapAlone(presets(['plain'])),
  naive: (sinkPort, qos) => naive(sinkPort, qos === 0 ? 0 : 1),
  registrations,
  roundtrip,
  memory,
  stay,
}

const [name = '', sinkPort, number] = process.argv.slice(2)
await subjects[name]?.(Number(sinkPort), Number(number))
