// Generated from config/lwm2mqtt.schema.json by `npm run generate`: do not edit.

/** The validated configuration, defaults filled in. */
export interface Configuration {
  /** The gateway itself. */
  readonly gateway: {
    /** Name of this gateway in topics, and its MQTT client id at mqtt.url. Two gateways on one broker need different ids. */
    readonly id: string
    /** Where people read about this gateway, such as a page of your own. Mappings see it as `gateway.url`; Home Assistant shows it beside each device. */
    readonly url?: string
  }
  /** The broker, and how messages go to it. */
  readonly mqtt: {
    /** Address of the broker: mqtt:// or mqtts:// (TLS), host, port. The word `embedded` starts a broker inside the gateway, reachable from this machine only. User name and password have keys of their own. */
    readonly url: string
    /** First part of every topic. One base belongs to one gateway. */
    readonly base: string
    /** User name at the broker. Without it the gateway connects anonymously. */
    readonly username?: string
    /** File that holds the password at the broker and nothing else; a line break at its end does not count. */
    readonly password_file?: string
    /** Content of password_file. */
    readonly password?: string
    /** TLS towards an mqtts:// broker. */
    readonly tls: {
      /** PEM file with the certificates of the authorities to trust. Without it the usual public authorities are trusted. */
      readonly ca_file?: string
      /** Content of ca_file. */
      readonly ca?: string
      /** PEM file with the gateway's own certificate, for brokers that ask for one. Needs key_file. */
      readonly cert_file?: string
      /** Content of cert_file. */
      readonly cert?: string
      /** PEM file with the private key of cert_file. */
      readonly key_file?: string
      /** Content of key_file. */
      readonly key?: string
      /** Accept any certificate from the broker. For experiments: anyone on the way can then read and change everything. */
      readonly insecure: boolean
    }
    /** Seconds of silence after which the gateway pings the broker; 0 never pings. */
    readonly keepalive: number
    /** Version of MQTT: 5, 4 (which is 3.1.1), or auto: 5, and 4 where the broker refuses 5. */
    readonly protocol: 'auto' | 5 | 4
    /** Topic filters that a request's Response Topic (MQTT 5) must match. `{base}` stands for mqtt.base. */
    readonly responseTopics: readonly string[]
    /** Messages that wait in memory while the broker is slow or away. A full queue takes no more values: devices then keep theirs. */
    readonly queue: {
      /** Most messages that wait. */
      readonly messages: number
      /** Most bytes of topics and payloads that wait. */
      readonly bytes: number
    }
    /** Most messages on their way to the broker without its acknowledgement. The broker's own limit (Receive Maximum) holds where it is lower. */
    readonly inFlight: number
    /** More connections to brokers, by names of your own, for mapping files that name one of them (`connection: cloud`). A connection has the keys of mqtt, with the same meaning. */
    readonly connections: { readonly [name: string]: {
      /** Address of the broker: mqtt:// or mqtts:// (TLS), host, port. User name and password have keys of their own. */
      readonly url: string
      /** MQTT client id. Without it the gateway's id, a hyphen and the name of the connection. */
      readonly clientId?: string
      /** User name at the broker. Without it the gateway connects anonymously. */
      readonly username?: string
      /** File that holds the password at the broker and nothing else; a line break at its end does not count. */
      readonly password_file?: string
      /** Content of password_file. */
      readonly password?: string
      /** TLS towards an mqtts:// broker. */
      readonly tls: {
        /** PEM file with the certificates of the authorities to trust. Without it the usual public authorities are trusted. */
        readonly ca_file?: string
        /** Content of ca_file. */
        readonly ca?: string
        /** PEM file with the gateway's own certificate, for brokers that ask for one. Needs key_file. */
        readonly cert_file?: string
        /** Content of cert_file. */
        readonly cert?: string
        /** PEM file with the private key of cert_file. */
        readonly key_file?: string
        /** Content of key_file. */
        readonly key?: string
        /** Accept any certificate from the broker. For experiments: anyone on the way can then read and change everything. */
        readonly insecure: boolean
      }
      /** Seconds of silence after which the gateway pings the broker; 0 never pings. */
      readonly keepalive: number
      /** Version of MQTT: 5, 4 (which is 3.1.1), or auto: 5, and 4 where the broker refuses 5. */
      readonly protocol: 'auto' | 5 | 4
      /** Highest quality of service for what is published there; what a mapping publishes with a higher one is lowered. At 0 a value counts as delivered once it was written to the socket. */
      readonly maxQoS: 0 | 1
      /** Topic filters that a request's Response Topic (MQTT 5) must match. `{base}` stands for mqtt.base. */
      readonly responseTopics: readonly string[]
      /** Messages that wait in memory while the broker is slow or away. A full queue takes no more values: devices then keep theirs. */
      readonly queue: {
        /** Most messages that wait. */
        readonly messages: number
        /** Most bytes of topics and payloads that wait. */
        readonly bytes: number
      }
      /** Most messages on their way to the broker without its acknowledgement. The broker's own limit (Receive Maximum) holds where it is lower. */
      readonly inFlight: number
      /** What a device waits for where a value of it goes over this connection. `broker`: that this broker, too, has acknowledged it; `received`: that it waits in the gateway's memory for this broker; `none`: nothing, and what the queue has no room for is dropped. Without it: what delivery.acknowledge says. */
      readonly acknowledge?: 'broker' | 'received' | 'none'
    } }
    /** The broker inside the gateway, where mqtt.url is `embedded`. */
    readonly embedded: {
      /** Its TCP port on 127.0.0.1; 0 takes a free one. */
      readonly port: number
    }
  }
  /** The LwM2M server that devices register with. */
  readonly lwm2m: {
    /** Addresses to listen on for devices. A coap:// listener has no security (NoSec): whoever reaches it may register as any device. The default is reachable from this machine only; listing another address, such as coap://0.0.0.0:5683, is the switch that opens NoSec to a network. Port 0 takes a free one; without a port it is 5683. */
    readonly listeners: readonly string[]
    /** Refuse a Register or Update whose binding does not fit its LwM2M version (`UQ` belongs to 1.0, `UT` to 1.1). Some old modems mix them: false lets them in. */
    readonly strictBinding: boolean
    /** Seconds that a registration outlives its lifetime. The default is the time that an Update which was sent in time may spend in retransmissions (MAX_TRANSMIT_SPAN of RFC 7252). */
    readonly grace: number
    /** What to observe on each device that registers, as far as it has it: /object, /object/instance, /object/instance/resource or /object/instance/resource/resourceInstance. `*` in place of an instance is each one that the device has; in place of an object, each one that has such a readable resource. An entry is such a path, or a group: the path with notification attributes, and with the devices that it is for. Where several entries mean the same path of a device, the first one counts. The default: battery level and error codes of the device, and the sensor value (5700) of every object that has one. */
    readonly observe: readonly (string | {
      /** The path to observe. */
      readonly path: string
      /** When the device is to notify (LwM2M Core, 7.3.2). From LwM2M 1.2 they go with the Observe, else by a Write-Attributes before it. What a device does not take is told by an event `attributes-refused`, and observed without. */
      readonly attributes?: {
        /** Seconds between two notifications, at least. */
        readonly pmin?: number
        /** Seconds between two notifications, at most. */
        readonly pmax?: number
        /** Notify when the value rises above this, or falls below it again. Of numeric resources alone. */
        readonly gt?: number
        /** Notify when the value falls below this, or rises above it again. Of numeric resources alone. */
        readonly lt?: number
        /** Notify when the value has changed by this since the last notification. Of numeric resources alone. */
        readonly st?: number
        /** Seconds between two measurements, at least. From LwM2M 1.1. */
        readonly epmin?: number
        /** Seconds between two measurements, at most. From LwM2M 1.1. */
        readonly epmax?: number
        /** Notify when a boolean becomes true (1) or false (0), alone. From LwM2M 1.2. */
        readonly edge?: number
        /** Notify by confirmable messages (1) or not (0). From LwM2M 1.2. */
        readonly con?: number
        /** Values that the device keeps, at most, while it cannot send them. From LwM2M 1.2. */
        readonly hqmax?: number
      }
      /** The devices that it is for: those for which all of this holds. Without it, all devices. */
      readonly match?: {
        /** Name of the device (`*` is any characters), or a list of which one fits. */
        readonly endpoint?: string | readonly string[]
        /** LwM2M version that the device registered with. */
        readonly version?: '1.0' | '1.1' | '1.2'
        /** Ids of objects that the device has, all of them. */
        readonly objects?: readonly number[]
        /** Manufacturer, as the device gives it in /3/0/0 (`*` is any characters), or a list of which one fits. It is read at the registration, once. */
        readonly manufacturer?: string | readonly string[]
        /** Model number, as the device gives it in /3/0/1 (`*` is any characters), or a list of which one fits. It is read at the registration, once. */
        readonly model?: string | readonly string[]
      }
    })[]
    /** Most requests in a second that lwm2m.observe causes, at all devices together: when a whole fleet registers at once, the network gets them at this rate. A repetition of one takes the place of another. A device that got one goes to the end of the line. At the default, 10,000 devices with three paths each are observed within 30 seconds. */
    readonly observeRate: number
    /** Folder with object definitions of your own, as OMA publishes them: XML files, one or more objects each. They win over the built-in ones of the same object and version. The folder is watched: a new or changed file holds at once, a broken one is refused in the log, and what it said before holds on. A relative path starts at the folder of this file. */
    readonly models?: string
  }
  /** Transmission towards devices (RFC 7252, 4.8). The defaults are the standard's. */
  readonly coap: {
    /** Seconds until a request that is not acknowledged is sent again (ACK_TIMEOUT); each further wait is twice as long. */
    readonly ackTimeout: number
    /** The first wait is ackTimeout times a random factor from 1 to this (ACK_RANDOM_FACTOR). */
    readonly ackRandomFactor: number
    /** How often a request is sent again before the device counts as silent (MAX_RETRANSMIT). */
    readonly maxRetransmit: number
    /** Most requests to one device at a time (NSTART). */
    readonly nstart: number
    /** Seconds to wait for the response to a request that the device has acknowledged. */
    readonly responseTimeout: number
  }
  /** What one device, and all together, may use. docs/reference/limits.md tells what happens at each limit. A device is an address here: IP address and port. */
  readonly limits: {
    /** Most devices registered at once. One more is refused with 5.03 and Max-Age. */
    readonly registrations: number
    /** Most bytes of memory for all registrations together: 1 KiB each, and what the device decides the length of. What would go above that is refused with 5.03 and Max-Age. */
    readonly registrationsBytes: number
    /** Most devices registered at once from one IP address, as far as they have no credential. One more is refused with 5.03 and Max-Age. */
    readonly registrationsPerAddress: number
    /** Seconds after which a device that was refused for lack of room may try again (Max-Age of 5.03). */
    readonly retryAfter: number
    /** Most addresses of which something is remembered, such as messages that must not be handled twice. Those that were silent longest are forgotten first. */
    readonly peers: number
    /** Messages that one address may send in a second, in bursts of four seconds. More are dropped. Acknowledgements do not count. */
    readonly datagramsPerSecond: number
    /** The same for all addresses together; acknowledgements count. */
    readonly datagramsPerSecondInAll: number
    /** Requests (such as Register and Update) that one address may send in a second, in bursts of four seconds. More are refused with 4.29 and Max-Age. The later blocks of a body do not count. */
    readonly requestsPerSecond: number
    /** Most requests to all devices that are under way or wait. One more fails with coap_overload. */
    readonly exchanges: number
    /** Most requests to one address that are under way or wait. One more fails with coap_overload. */
    readonly exchangesPerDevice: number
    /** Memory for received messages that must not be handled twice. The oldest are forgotten first; where all are in work, new ones are dropped. */
    readonly messageBytes: number
    /** Most bodies that devices send or fetch in blocks at once. One more ends the one that has been idle longest. */
    readonly transfers: number
    /** The same for one address. */
    readonly transfersPerDevice: number
    /** Longest body in blocks, in bytes. A longer one is refused with 4.13 and Size1, or fails with coap_body_too_large where we asked for it. */
    readonly bodyBytes: number
    /** Memory for all bodies in blocks, in bytes. To make room the one that has been idle longest ends; where that is not enough, 5.03. */
    readonly bodiesBytes: number
  }
  /** When a device hears that its value has arrived. */
  readonly delivery: {
    /** A confirmable notification is acknowledged when the broker has acknowledged all that came of it (`broker`), or as soon as that waits in the gateway's memory (`received`: faster, but a crash loses what waits). */
    readonly acknowledge: 'broker' | 'received'
  }
  /** The durable store. */
  readonly store: {
    /** File of the durable store. Reserved: it is checked and kept for the store to come, and nothing is written there yet. */
    readonly path: string
  }
  /** The mappings that are in force, in their order: names of presets (`plain`, `emqx`, `homeassistant`), or mapping files, relative to this file. A changed file takes over without a restart. docs/guides/mapping.md leads to a file of your own. */
  readonly mappings: readonly string[]
  /** The log on standard output. */
  readonly log: {
    /** The least important lines to write. */
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
    /** Lines for people (true) or one JSON object a line (false); auto: for people where the output is a terminal. */
    readonly pretty: 'auto' | true | false
  }
}
