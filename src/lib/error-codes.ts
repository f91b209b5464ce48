/** One entry of the catalogue: what the code means, why it happens, and what a person can do. */
export interface ErrorEntry {
  readonly cause: string
  readonly fix: string
}

const entry = (cause: string, fix: string): ErrorEntry => ({ cause, fix })

/**
 * Every error code that the gateway gives, on MQTT, in the log and at the shell. docs/reference/errors.md is
 * generated from this table, and a test holds them together.
 */
export const errorCatalogue = {
  // --- CoAP: bytes and exchanges -------------------------------------------------------------------------
  coap_format: entry(
    'A datagram is no CoAP message (RFC 7252, 3): wrong version, reserved lengths, or cut short.',
    'Nothing, for a single one: it was dropped. Many from one device point to its CoAP stack or to a wrong port.',
  ),
  coap_no_ack: entry(
    'The device acknowledged none of the transmissions of a request: it is off, asleep, or not at this address any more.',
    'Ask again once the device has shown itself (Update or notification); raise the queue time for sleepy devices.',
  ),
  coap_no_response: entry(
    'The device acknowledged a request, but its response never came.',
    'The device took the request, so look at the state before repeating it; then look at the device.',
  ),
  coap_reset: entry(
    'The device answered a request with RST: it has no context for it, often after a reboot.',
    'Wait for the device to register again.',
  ),
  coap_cancelled: entry(
    'The request was given up before its answer: the device registered anew, deregistered, or the gateway stops.',
    'Send the command again if it is still wanted.',
  ),
  coap_peer_gone: entry(
    'The socket, connection or session to the device has closed.',
    'Wait for the device to come back; it will register or update.',
  ),
  coap_overload: entry(
    'More requests wait for one device, or for all, than the limits allow.',
    'Send commands more slowly, or raise the limit in the configuration.',
  ),
  coap_bad_response: entry(
    'A response or notification holds a critical option that is not understood here.',
    'Look at what the CoAP stack of the device sends, and at extensions that it has switched on.',
  ),
  coap_body_too_large: entry(
    'A body is too long: an answer in blocks is above the limit, or a value needs more blocks than can be numbered.',
    'Ask for less at once (a resource instead of an object); a device with tiny blocks takes no very large value.',
  ),
  coap_body_changed: entry(
    'An answer changed again and again while its blocks were fetched.',
    'Ask for less at once, or less often than the value changes.',
  ),
  coap_block_failed: entry(
    'The blocks of an answer, or those that the device acknowledged, do not fit together: a wrong number or size.',
    'Look at the blockwise transfer (RFC 7959) of the CoAP stack of the device.',
  ),
  coap_bad_option: entry(
    'A request was refused (4.02, or 5.05) since it holds a critical option that is not understood here.',
    'Look at what the CoAP stack of the device sends; the log line names the numbers of its critical options.',
  ),
  log_suppressed: entry(
    'More was refused in a short time than is told one by one; this line says how much.',
    'Look at the lines before it for who sends it: a faulty device, a scan, or an attack.',
  ),
  coap_handler_failed: entry(
    'A part of the gateway failed at a message from a device: a fault in the gateway.',
    'Report it, with the log line; the device was answered 5.00 or will repeat its message.',
  ),
  // --- Commands that come over MQTT --------------------------------------------------------------------------
  request_not_json: entry(
    'The payload of a request is no JSON object, or no UTF-8 text at all.',
    'Send an object such as {"id":"42","operation":"read","path":"/3/0"}.',
  ),
  operation_unknown: entry(
    'A request names no operation, or one that does not exist.',
    'Use one of those that the message names.',
  ),
  request_invalid: entry(
    'A field of a request is missing, of the wrong kind, or not known.',
    'Correct the field that the message names; docs/reference/mqtt-api.md lists them all.',
  ),
  device_registered: entry(
    'A command asks to forget a device that is registered: the next thing that it tells would bring it back.',
    'Let the device deregister, or switch it off and wait until its presence is offline; then forget it.',
  ),
  command_retained: entry(
    'A retained message stands on a command topic. It would be carried out again at every reconnect, so it is refused.',
    'Remove it by publishing an empty retained message there, and send commands without the retain flag.',
  ),
  response_topic_refused: entry(
    'A request asks for its answer on a topic that is not allowed for answers, holds a wildcard, or takes commands.',
    'Use a topic below {base}/device/{endpoint}/response or {base}/reply, or add yours to mqtt.responseTopics.',
  ),
  command_overload: entry(
    'More commands are under way than the gateway takes at once, or one was repeated too often before its answer.',
    'The command was not carried out: send it again, and commands more slowly if it happens often.',
  ),
  command_expired: entry(
    'The deadline of a command passed before its answer came.',
    'Give it a later deadline (or Message Expiry), or none.',
  ),
  listener_failed: entry(
    'A socket could not be opened, or failed later: the address is in use, not on this machine, or not permitted.',
    'Look for another process on the port (`ss -lunp`), and check the address in lwm2m.listeners.',
  ),
  // --- LwM2M -----------------------------------------------------------------------------------------------
  path_invalid: entry(
    'A path is not of the form /object/instance/resource/resourceInstance, with numbers from 0 to 65534.',
    'Write it like /3303/0/5700, without spaces, names or a trailing slash.',
  ),
  path_depth: entry(
    'An operation was asked for a path that is too short or too long for it, such as an execute of an instance.',
    'Give the path that the message names: read takes any depth, write an instance or deeper, execute a resource.',
  ),
  operation_not_allowed: entry(
    'The object model, in the version that the device registered, does not allow this operation at this path.',
    'Use what the message names; where the device knows better, repeat the request with "force":true.',
  ),
  attribute_invalid: entry(
    'A notification attribute is unknown, out of place, of the wrong kind, or contradicts another one.',
    'Correct what the message names; where the device knows better, repeat the request with "force":true.',
  ),
  endpoint_unknown: entry(
    'A command names an endpoint that is not registered: it was never seen, has expired, or is misspelt. Of `forget`: one of which the gateway has published nothing since its start.',
    'Look at the retained presence topics for the names that are registered; endpoint names are case-sensitive.',
  ),
  observation_unknown: entry(
    'A cancel names a path that is not observed.',
    'Nothing needs to be cancelled; observe events say which paths are observed.',
  ),
  observe_excess: entry(
    'The observation policy means more than 1,024 paths of one device: the first ones are observed, the rest is left out.',
    'Observe instances or objects instead of single resources, or narrow lwm2m.observe with match.',
  ),
  observe_unsupported: entry(
    'The device answered an Observe with a plain response: it serves the value, but does not observe it.',
    'Read the value when it is needed, or observe the instance or object above it.',
  ),
  device_moved: entry(
    'The device came back from another address before it had answered there; it may have carried the command out or not.',
    'Look at the state, for example by a read, before repeating the command.',
  ),
  device_refused: entry(
    'The device answered with an error response; its code stands beside it.',
    '4.04: the path is not there; 4.05: it cannot be done there; 4.01: the device keeps it to itself; 4.00: the value does not fit.',
  ),
  base_taken: entry(
    "Another gateway is online under the same base topic; the two would overwrite each other's topics.",
    'Give one of them another mqtt.base. If the other one is gone for good, remove its retained state topic by an empty retained message.',
  ),
  demo_failed: entry(
    'A step of `lwm2mqtt demo` did not come about in time, or failed.',
    'The message names the step; `lwm2mqtt run` with log.level debug tells more.',
  ),
  register_parameter: entry(
    'The query of a Register or Update has a parameter twice, too many of them, or a lifetime that is none.',
    'Correct the device: each parameter once, lt in whole seconds.',
  ),
  register_version: entry(
    'A device asked for an LwM2M version that this server does not speak.',
    'A newer client tries an older version by itself; else set the device to 1.0, 1.1 or 1.2.',
  ),
  register_endpoint: entry(
    'A Register without an endpoint name that could be used: missing without a credential, empty, or above 255 bytes.',
    'Set the endpoint name of the device (ep), or give it a credential that names it.',
  ),
  register_identity: entry(
    'A device acted for an endpoint or a registration that its identity does not stand for.',
    'Use the credential that belongs to this endpoint; if the endpoint has moved to a new credential, let the old registration end first.',
  ),
  register_binding: entry(
    'The binding (b, Q) has a form that the LwM2M version of the device does not know.',
    'Correct the device, or set lwm2m.strictBinding to false to take the forms of all versions.',
  ),
  register_profile: entry(
    'A device registered by a profile id (pid) alone, which this server cannot resolve.',
    'Nothing: the device sends its full object list next.',
  ),
  register_links: entry(
    'The payload of a Register or Update is no CoRE link format, names no object, or more than any device has.',
    'Correct the device: at least one link such as </3/0>, at most 1,024 objects and 4,096 instances.',
  ),
  register_format: entry(
    'The payload of a Register or Update has another Content-Format than 40, link format.',
    'Correct the device: Content-Format 40, or none.',
  ),
  register_location: entry(
    'An Update or Deregister for a location that is not (any more) registered: after an expiry, or a restart of the gateway.',
    'Nothing: the device registers anew.',
  ),
  register_method: entry(
    'A request to the registration interface with a method that is not used there.',
    'POST /rd registers, POST /rd/{id} updates, DELETE /rd/{id} deregisters.',
  ),
  register_overload: entry(
    'As many devices are registered as the limit allows.',
    'Raise the limit if the machine has the memory, or spread the devices over more gateways.',
  ),
  // --- LwM2M formats and values ------------------------------------------------------------------------------
  payload_malformed: entry(
    'A payload is not what its Content-Format says: cut short, wrong lengths, bad nesting, or text that is no UTF-8.',
    "Look at the place that the message names; a device's firmware has to be corrected, the payload is in the event.",
  ),
  payload_type: entry(
    "A value in a payload does not fit the resource's type in the object model.",
    "Compare the resource's type with the object definition in the version that the device registers.",
  ),
  payload_unsupported: entry(
    'The values cannot be written in the chosen format, such as several values in text/plain.',
    'Write the resources one by one, or let the gateway choose the format.',
  ),
  format_unsupported: entry(
    'The device sent, or offers only, a Content-Format that the gateway does not know.',
    'Configure the device for text, opaque, TLV, SenML JSON or SenML CBOR.',
  ),
  value_type: entry(
    "The JSON value of a write does not fit the resource's type.",
    'Send what the message names: a number, a string, true or false, base64 for opaque, "66:0" for an object link.',
  ),
  value_range: entry(
    'The value of a write lies outside what the type or the object definition allows.',
    'Send a value within the range that the message names.',
  ),
  // --- Object definitions --------------------------------------------------------------------------------------
  model_invalid: entry(
    'A file of the folder lwm2m.models is no object definition, or contradicts itself or another file there.',
    'Correct what the message names at the line that it names; until then, what was known before holds.',
  ),
  model_folder: entry(
    'The folder lwm2m.models cannot be read or watched, or holds more files than the gateway takes.',
    'Check the path and that the user who runs the gateway may read it; what was known before holds meanwhile.',
  ),
  path_version: entry(
    'A path names a version of an object that the device did not register, as /3_1.2/0/9 at a device with 1.1.',
    'Leave the version out, give the one that the device registered, or force it.',
  ),
  // --- MQTT: the broker and what goes through it -----------------------------------------------------------
  mqtt_url: entry(
    'The URL of the broker cannot be used: its scheme is unknown, or it holds a user, a password or a path.',
    'Write mqtt://host:1883 or mqtts://host:8883; user and password have keys of their own.',
  ),
  mqtt_unreachable: entry(
    'The connection to the broker could not be opened, or broke.',
    'Look whether the broker runs and whether its address and port are right; the gateway tries again by itself.',
  ),
  mqtt_tls: entry(
    'TLS with the broker failed: its certificate is not trusted, does not fit the name, or ours was refused.',
    "Set mqtt.tls.ca_file to the authority that signed the broker's certificate, and use the name that it holds.",
  ),
  mqtt_timeout: entry(
    'The broker took the connection, but its answer to CONNECT or SUBSCRIBE, or to a ping, never came.',
    'Look at the load of the broker and at what stands between; the gateway tries again by itself.',
  ),
  mqtt_protocol: entry(
    'The broker speaks neither MQTT 5 nor 3.1.1, or sent something that MQTT does not allow.',
    'Look whether the port is that of an MQTT broker; update the broker.',
  ),
  mqtt_unauthorized: entry(
    'The broker does not let the gateway in: user, password or client certificate are wrong or may not connect.',
    "Correct mqtt.username and the password's file, or the broker's access rules; the gateway tries again by itself.",
  ),
  mqtt_client_id: entry(
    'The broker refuses the client id, which is made of gateway.id.',
    "Choose another gateway.id, within the broker's rules for client ids.",
  ),
  mqtt_unavailable: entry(
    'The broker refused the connection for reasons of its own: busy, shutting down, quota, moved.',
    "Look at the broker's log; the gateway tries again by itself.",
  ),
  mqtt_taken_over: entry(
    'Another client connected with the same client id: a second gateway runs with the same gateway.id.',
    'Give each gateway an id of its own, or stop the other one.',
  ),
  mqtt_closed: entry(
    'The broker closed the connection.',
    "Look at the broker's log; the gateway connects again by itself. Again and again: perhaps a second gateway has the same gateway.id, which not every broker names (mosquitto 2.0.11 does not).",
  ),
  mqtt_subscription: entry(
    'The broker refused the subscription to the command topics, so that no commands arrive.',
    "Allow the gateway to subscribe to the command filter in the broker's access rules.",
  ),
  mqtt_refused: entry(
    'The broker refused a publication (PUBACK with a reason code of 0x80 or above).',
    "Allow the gateway to publish to its topics in the broker's access rules; look at its quotas.",
  ),
  mqtt_poison: entry(
    'The broker closed the connection three times over the same publication, so it was dropped.',
    "Allow the gateway to publish to this topic, or raise the broker's limit for the size of a message.",
  ),
  mqtt_too_large: entry(
    'A publication is larger than the packets that the broker takes.',
    "Raise the broker's maximum packet size, or observe smaller parts of the device.",
  ),
  mqtt_topic: entry(
    'A topic cannot be published to: it is empty, above 65535 bytes, or holds a wildcard or a NUL.',
    'Correct the base topic or the mapping that makes the topic.',
  ),
  mqtt_expired: entry(
    'The expiry of a publication passed while it waited for the broker.',
    'Nothing, if the value is of no use afterwards; else raise the expiry or make the broker reachable.',
  ),
  mqtt_queue_full: entry(
    'More publications wait for a broker than its queue may hold; what comes now is refused, or, where acknowledge of a connection is none, dropped.',
    'Make the broker reachable or faster, or raise mqtt.queue, or queue of the connection.',
  ),
  mqtt_connection_unused: entry(
    'No mapping file in force speaks over a connection of mqtt.connections. The gateway keeps it up all the same.',
    'Name it in a mapping file (`connection: NAME`), or take it out of the configuration.',
  ),
  mqtt_stopped: entry(
    'The gateway stopped before the broker had acknowledged the publication.',
    'Nothing: the device was not told that it arrived, and sends it again.',
  ),
  mqtt_embedded: entry(
    'The embedded broker cannot listen: its port is taken, or its address is not a loopback address.',
    'Choose another port for the embedded broker, or set mqtt.url to a broker that runs.',
  ),
  // --- Mappings -------------------------------------------------------------------------------------------
  mapping_unreadable: entry(
    'A mapping file, or the preset that it extends, cannot be read.',
    'Check the path, that the user who runs the gateway may read it, and the names of the presets.',
  ),
  mapping_syntax: entry(
    'A mapping file is not valid YAML, or no JSON.',
    'Look at the named line: often an expression that needs quotes, an indentation, or a key that stands there twice.',
  ),
  mapping_unknown_key: entry(
    'A mapping file has a key that does not exist.',
    'Correct or remove it; docs/reference/mapping.md lists every key.',
  ),
  mapping_invalid: entry(
    'Something in a mapping file is not what its key takes, or does not go together with the rest.',
    'Correct what the message names; `lwm2mqtt map check FILE` shows all faults at once.',
  ),
  mapping_expression: entry(
    'An expression of a mapping file cannot be understood: a misspelt variable, or types that do not go together.',
    'Correct it; docs/reference/mapping.md lists the variables and functions.',
  ),
  mapping_failed: entry(
    'A rule of a mapping failed on this event or message: a field is missing, or has another type than expected.',
    'Look at the input in the event, and use default(), has() or a key that ends in `?` for what may be missing.',
  ),
  mapping_budget: entry(
    'A rule of a mapping would take too long, or make too much, of one event.',
    'Go through shorter lists, or give the rule less to do; see the limits in docs/reference/limits.md.',
  ),
  mapping_clash: entry(
    'Two devices have the same name in a mapping; the second one keeps its endpoint name instead.',
    'Make `device` of the mapping tell them apart, for example by a part of the endpoint name.',
  ),
  // --- Configuration and command line -----------------------------------------------------------------------
  config_unreadable: entry(
    'A configuration file, or a file that a `*_file` key names, cannot be read.',
    'Check the path and that the user who runs the gateway may read it.',
  ),
  config_syntax: entry(
    'The configuration file is not valid YAML.',
    'Look at the named line: often an indentation, a missing quote, or a key that stands there twice.',
  ),
  config_unknown_key: entry(
    'The configuration has a key that does not exist.',
    'Correct or remove it; docs/reference/configuration.md lists every key.',
  ),
  config_invalid: entry(
    'A value of the configuration is not what its key takes, or does not go together with another.',
    'Correct what the message names; `lwm2mqtt check` shows all faults at once.',
  ),
  usage: entry(
    'A command line that cannot be understood: an unknown command or option, or an argument too few or too many.',
    'See `lwm2mqtt help COMMAND`.',
  ),
  // --- Simulated devices -----------------------------------------------------------------------------------
  simulator_no_answer: entry(
    'A simulated device sent a request and got no usable answer: silence, a reset, or no way to the host.',
    'Check that the server runs and the address and port after --server.',
  ),
  simulator_stopped: entry(
    'A simulated device was stopped before its request was answered.',
    'Nothing: it was asked to stop.',
  ),
  simulator_object: entry(
    'A simulated device was given an object that the model does not know, or a path that it does not have.',
    'Give the object with its own facts, or use a path of the device.',
  ),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorCatalogue
