/**
 * Which folder of src/ may import which others, and which packages. Data flows device -> transport -> coap -> lwm2m
 * -> mapping -> mqtt; imports point towards the device and downwards.
 */
export interface FolderRule {
  /** Besides itself. */
  readonly folders: readonly string[]
  /** From npm. */
  readonly packages: readonly string[]
  /** Modules of Node, besides those that do no I/O (`pureBuiltins`). */
  readonly builtins: readonly string[]
}

const ANY = ['*'] as const

/** Modules of Node that every folder may use. */
export const pureBuiltins: readonly string[] = ['node:buffer']

const SOUTH = ['lib', 'coap', 'dtls', 'store', 'transport', 'lwm2m'] as const

/** By folder; files directly in src/ are `main`. */
export const rules: Readonly<Record<string, FolderRule>> = {
  lib: { folders: [], packages: ['ajv', 'pino', 'yaml'], builtins: ['node:crypto'] },
  config: { folders: ['lib'], packages: ['yaml'], builtins: ['node:fs', 'node:net', 'node:path'] },
  // Sans-IO: clock, randomness and sockets are handed in.
  coap: { folders: ['lib'], packages: [], builtins: [] },
  dtls: { folders: ['lib'], packages: [], builtins: ['node:crypto'] },
  store: { folders: ['lib'], packages: [], builtins: ['node:sqlite', 'node:worker_threads'] },
  transport: {
    folders: ['lib', 'coap', 'dtls', 'store'],
    packages: [],
    builtins: ['node:dgram', 'node:dns/promises', 'node:net', 'node:tls'],
  },
  lwm2m: {
    folders: ['lib', 'coap', 'dtls', 'store', 'transport'],
    packages: ['cborg', 'fast-xml-parser'],
    builtins: [],
  },
  // Pure: no I/O, hashes at most, and of lwm2m only types.
  mapping: {
    folders: ['lib', 'lwm2m'],
    packages: ['@marcbachmann/cel-js', 'ajv'],
    builtins: ['node:crypto'],
  },
  mqtt: {
    folders: ['lib', 'dtls', 'store', 'transport', 'lwm2m', 'mapping'],
    packages: ['aedes', 'mqtt'],
    builtins: ['node:net', 'node:stream', 'node:tls'],
  },
  admin: { folders: [...SOUTH, 'mapping', 'mqtt'], packages: [], builtins: ['node:http'] },
  gateway: { folders: [...SOUTH, 'mapping', 'mqtt', 'admin', 'config'], packages: [], builtins: ANY },
  // The devices' side: an implementation of its own, on the package `coap`.
  simulator: { folders: ['lib', 'lwm2m'], packages: ['coap'], builtins: ANY },
  cli: {
    folders: [...SOUTH, 'mapping', 'mqtt', 'admin', 'config', 'gateway', 'simulator'],
    packages: ['mqtt'],
    builtins: ANY,
  },
  main: { folders: ['lib', 'cli'], packages: [], builtins: ANY },
}

/** Imports that must be `import type`, by importing folder. */
export const typesOnly: Readonly<Record<string, readonly string[]>> = { mapping: ['lwm2m'] }
