/**
 * Keeps a name from leading into one's own network.
 *
 * The addresses that a name stands for are looked at when the connection is
 * made, and the connection goes to one of those: a name that changes its mind
 * between the look and the connection gains nothing. An address written in the
 * configuration itself is the operator's own word.
 *
 * Source: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890).
 *
 * Imports nothing.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIPv6 } from 'node:net'

const PRIVATE = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6')
}

/** Whether an address is one's own machine's, network's, or nobody's. IPv4 written as IPv6 counts as IPv4. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Refused because of where it would have gone. */
export class PrivateAddressError extends Error {
  constructor(name: string, address: string) {
    super(
      `${name} stands for ${address}, a private address; write the address itself into the url, or set allowPrivate: true`,
    )
  }

  override get name(): string {
    return 'PrivateAddressError'
  }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/** `dns.lookup`, but a name with a private address among its own is an error. */
export function publicLookup(name: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const own = addresses.find(({ address }) => isPrivateAddress(address))
    if (own) return callback(new PrivateAddressError(name, own.address), [])
    if (options.all) return callback(null, addresses)
    const [first] = addresses
    callback(null, first?.address ?? '', first?.family)
  })
}
