import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { seen, seenIn } from '../expression/seen.ts'
import { DeviceScope, type KnownDevice } from './device.ts'
import { EventScope, type Occasion, type Surroundings } from './event.ts'

/** A message as expressions see it: plain data, kept until its command is answered. */
export interface MessageFacts {
  readonly topic: string
  /** Levels by their names in the filter. */
  readonly levels: Readonly<Record<string, string>>
  /** JSON where it is JSON, else text. */
  readonly payload: JsonValue
  readonly text: string
  readonly properties: Readonly<Record<string, string>>
  readonly retained: boolean
}

/** The variables of a message whose device is not known yet. */
export class RequestScope extends EventScope implements MessageFacts {
  readonly topic: string
  readonly levels: Readonly<Record<string, string>>
  readonly payload: JsonValue
  readonly text: string
  readonly properties: Readonly<Record<string, string>>
  readonly retained: boolean

  constructor(surroundings: Surroundings, occasion: Occasion, message: MessageFacts) {
    super(surroundings, occasion)
    this.topic = message.topic
    this.levels = seen(message.levels)
    this.payload = seenIn(message.text, message.payload)
    this.text = message.text
    this.properties = seen(message.properties)
    this.retained = message.retained
  }
}

/** The variables of a message to a device. */
export class OrderScope extends DeviceScope implements MessageFacts {
  readonly topic: string
  readonly levels: Readonly<Record<string, string>>
  readonly payload: JsonValue
  readonly text: string
  readonly properties: Readonly<Record<string, string>>
  readonly retained: boolean

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, message: MessageFacts) {
    super(surroundings, occasion, device)
    this.topic = message.topic
    this.levels = seen(message.levels)
    this.payload = seenIn(message.text, message.payload)
    this.text = message.text
    this.properties = seen(message.properties)
    this.retained = message.retained
  }
}

/** The variables of a step in a command's life. */
export class LifeScope extends DeviceScope {
  readonly command: JsonObject

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, command: JsonObject) {
    super(surroundings, occasion, device)
    this.command = seen(command)
  }
}

/** How a command ended. */
export interface Ended {
  readonly command: JsonObject
  readonly result: JsonObject
  readonly context: JsonValue
}

/** The variables of the end of a command. */
export class ResponseScope extends LifeScope {
  readonly result: JsonObject
  readonly context: JsonValue

  constructor(surroundings: Surroundings, occasion: Occasion, device: KnownDevice, ended: Ended) {
    super(surroundings, occasion, device, ended.command)
    this.result = seen(ended.result)
    this.context = seen(ended.context)
  }
}

/** The variables of an answer. */
export class AnswerScope extends OrderScope {
  readonly command: JsonObject
  readonly result: JsonObject
  readonly context: JsonValue

  constructor(
    surroundings: Surroundings,
    occasion: Occasion,
    device: KnownDevice,
    message: MessageFacts,
    ended: Ended,
  ) {
    super(surroundings, occasion, device, message)
    this.command = seen(ended.command)
    this.result = seen(ended.result)
    this.context = seen(ended.context)
  }
}
