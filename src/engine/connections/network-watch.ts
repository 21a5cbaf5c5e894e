import { networkInterfaces } from 'node:os'

const everyMs = 3_000

/**
 * Calls back when this computer has other addresses than a moment ago: another network, a VPN that came or went. A socket
 * over the old one would stay open and silent. Returns how to stop. It looks every 3 s, and asks no network anything.
 */
export function watchNetwork(onChange: () => void, addresses: () => object = networkInterfaces): () => void {
  const look = () => JSON.stringify(addresses())
  let before = look()
  const timer = setInterval(() => {
    const now = look()
    if (now === before) return
    before = now
    onChange()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
