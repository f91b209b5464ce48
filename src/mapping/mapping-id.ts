/** No name of a mapping or of a connection holds it. */
const AT = '@'

/**
 * What tells a mapping file from all others that are in force: its name, and the connection that it speaks over. A file
 * that chains of different connections extend is there once for each.
 * @param connection undefined for the main one
 */
export function mappingId(name: string, connection: string | undefined): string {
  return connection === undefined ? name : name + AT + connection
}

/** The connection of a mapping; undefined for the main one. */
export function connectionOf(id: string): string | undefined {
  const at = id.indexOf(AT)
  return at < 0 ? undefined : id.slice(at + 1)
}

/** The name of a mapping, as its file has it. */
export function nameOf(id: string): string {
  const at = id.indexOf(AT)
  return at < 0 ? id : id.slice(0, at)
}
