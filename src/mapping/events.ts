import type { Kind } from './variables.ts'

/** The words that `on` takes, and what expressions know of each. */
export const events = {
  value: { kind: 'value', description: 'Each value, whether it came by notification, Send or a read.' },
  notify: { kind: 'notification', description: 'The values of a notification.' },
  observe: { kind: 'notification', description: 'The values of the first answer to an observation.' },
  read: { kind: 'notification', description: 'The values that a read brought.' },
  send: {
    kind: 'notification',
    description: 'The values that the device sent by itself (Send). Not yet: the gateway takes no Send.',
  },
  late: { kind: 'value', description: 'A value that a newer one had overtaken: history.' },
  registered: { kind: 'lifecycle', description: 'A device registered.' },
  're-registered': {
    kind: 'lifecycle',
    description: 'A device registered again before its registration had ended.',
  },
  updated: { kind: 'lifecycle', description: 'A device updated its registration.' },
  deregistered: { kind: 'lifecycle', description: 'A device deregistered.' },
  expired: { kind: 'lifecycle', description: 'A registration expired.' },
  presence: { kind: 'presence', description: 'A device came, went, or fell asleep.' },
  connected: {
    kind: 'presence',
    description: 'The broker is (again) there: once for each registered device.',
  },
  command: {
    kind: 'life',
    description: "A step in the life of a command that came over the file's connection.",
  },
  response: {
    kind: 'response',
    description:
      "A command that came over the file's connection ended: once for each, beside the answer that its asker gets. A message that gave no command has none.",
  },
  observed: { kind: 'incident', description: 'An observation stands.' },
  'observation-ended': { kind: 'incident', description: 'An observation ended.' },
  'observation-failed': { kind: 'incident', description: 'A path could not be observed.' },
  'attributes-refused': { kind: 'incident', description: 'The device did not take notification attributes.' },
  'body-lost': { kind: 'incident', description: 'A value in blocks was lost on its way.' },
  undecodable: { kind: 'incident', description: 'A payload that could not be decoded.' },
  message: { kind: 'message', description: 'A message of another topic: written as `{message: FILTER}`.' },
  online: { kind: 'gateway', description: 'The gateway is connected to the broker.' },
  offline: {
    kind: 'gateway',
    description: "The gateway is gone: the connection's Will, and an orderly end.",
  },
  refused: { kind: 'stranger', description: 'A device was refused.' },
  'refusals-suppressed': {
    kind: 'stranger',
    description: 'More devices were refused than are told one by one.',
  },
  'mapping-failed': { kind: 'stranger', description: 'A rule of a mapping failed.' },
  'mapping-clash': { kind: 'stranger', description: 'Two devices have the same name in a mapping.' },
  'mapping-loaded': { kind: 'stranger', description: 'A changed mapping file took over.' },
  'mapping-refused': {
    kind: 'stranger',
    description: 'A changed mapping file was refused; the old one goes on.',
  },
} as const satisfies Record<string, { readonly kind: Kind; readonly description: string }>

export type EventName = keyof typeof events

export const eventNames = Object.keys(events) as readonly EventName[]
