import { networkInterfaces } from 'node:os'

type Interfaces = ReturnType<typeof networkInterfaces>

const EVERYWHERE: readonly string[] = ['0.0.0.0', '[::]']

/**
 * URIs that a device can be given: a listener on every address is named by this machine's own addresses, without
 * those that only the machine itself or its link can reach.
 */
export function deviceUris(
  listeners: readonly string[],
  interfaces: Interfaces = networkInterfaces(),
): string[] {
  return listeners.flatMap((uri) => {
    const { protocol, port, hostname } = new URL(uri.replace(/^coap/, 'http'))
    if (!EVERYWHERE.includes(hostname)) return [uri]
    const scheme = protocol.replace('http', 'coap')
    return addressesOf(interfaces, hostname === '[::]').map((address) => `${scheme}//${address}:${port}`)
  })
}

function addressesOf(interfaces: Interfaces, alsoIpv6: boolean): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const outer = all.filter(({ internal, family, address }) => {
    return !internal && (family === 'IPv4' || (alsoIpv6 && !address.startsWith('fe80')))
  })
  return outer.map(({ family, address }) => (family === 'IPv4' ? address : `[${address}]`))
}
