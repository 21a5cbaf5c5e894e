/** How many slots a cluster spreads its keys over. */
export const slotCount = 16_384

/**
 * The slot of a key, as Redis reckons it: CRC16 (XMODEM) of the key, or of what stands between its first `{` and the next
 * `}` where that is not empty.
 */
export function slotOf(key: string | Buffer): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key
  const open = bytes.indexOf(brace.open)
  const close = open < 0 ? -1 : bytes.indexOf(brace.close, open + 1)
  const [from, to] = close > open + 1 ? [open + 1, close] : [0, bytes.length]
  let crc = 0
  for (let i = from; i < to; i++) {
    crc = ((crc << 8) & 0xffff) ^ (table[((crc >> 8) ^ (bytes[i] as number)) & 0xff] as number)
  }
  return crc % slotCount
}

/** Whether all keys lie in one slot, so that one script may have them all; true for no keys. */
export function inOneSlot(keys: readonly (string | Buffer)[]): boolean {
  const [first, ...rest] = keys
  if (first === undefined) return true
  const slot = slotOf(first)
  return rest.every((key) => slotOf(key) === slot)
}

const brace = { open: 0x7b, close: 0x7d }

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc & 0xffff
})
