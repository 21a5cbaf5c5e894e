/** The strings of a MessagePack array of strings, as Redis' cmsgpack.pack writes it: views into the same bytes. */
export function unpackTexts(bytes: Buffer): Buffer[] {
  const first = bytes[0] ?? 0x90
  // An empty Lua table may also be packed as a map.
  const count = first === 0xdc ? bytes.readUInt16BE(1) : first === 0xdd ? bytes.readUInt32BE(1) : first & 0x0f
  let at = first === 0xdc ? 3 : first === 0xdd ? 5 : 1
  const texts: Buffer[] = new Array(count)
  for (let place = 0; place < count; place++) {
    const kind = bytes[at] ?? 0
    let length: number
    if (kind === 0xd9) {
      length = bytes[at + 1] ?? 0
      at += 2
    } else if (kind === 0xda) {
      length = bytes.readUInt16BE(at + 1)
      at += 3
    } else if (kind === 0xdb) {
      length = bytes.readUInt32BE(at + 1)
      at += 5
    } else {
      length = kind & 0x1f
      at += 1
    }
    texts[place] = bytes.subarray(at, at + length)
    at += length
  }
  return texts
}
