import { BlockList, isIP } from 'node:net'

/** Networks that nobody reaches over the internet, after the registries of special-purpose addresses (RFC 6890). */
const networks4: readonly (readonly [address: string, bits: number])[] = [
  ['0.0.0.0', 8], // this computer
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // behind a carrier's NAT
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local: where clouds answer with the credentials of a machine
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15], // between devices under test
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]
const networks6: readonly (readonly [address: string, bits: number])[] = [
  ['::', 96], // this computer: `::` and `::1`; IPv4 written the oldest way
  ['64:ff9b:1::', 48], // a network's own translation to IPv4
  ['100::', 64], // to be discarded
  ['2001::', 32], // tunnels that hold any IPv4 address: Teredo, and 6to4 below
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10], // link-local
  ['fec0::', 10], // site-local, as it was once
  ['ff00::', 8], // multicast
]

/** It sees through IPv4 addresses that are mapped into IPv6 by itself. */
const privates = new BlockList()
for (const [address, bits] of networks6) privates.addSubnet(address, bits, 'ipv6')
for (const [address, bits] of networks4) {
  privates.addSubnet(address, bits, 'ipv4')
  privates.addSubnet(`64:ff9b::${address}`, 96 + bits, 'ipv6') // the same, by way of NAT64
}

/**
 * Whether an IP address is this computer's or of a private network, in whatever form of IPv4 or IPv6; true for what is
 * no address at all.
 */
export function isPrivate(address: string): boolean {
  const version = isIP(address)
  return version === 0 || privates.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
