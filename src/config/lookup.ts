/** Where the configuration is looked for when nobody names a file; the first that exists counts. */
export const configurationFiles = ['lwm2mqtt.yaml', '/etc/lwm2mqtt/lwm2mqtt.yaml'] as const

/** The configuration file to use without `--config`; undefined where there is none. */
export function findConfiguration(exists: (path: string) => boolean): string | undefined {
  return configurationFiles.find(exists)
}
