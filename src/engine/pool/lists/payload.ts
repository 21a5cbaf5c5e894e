/** The bytes of a payload, within those of a whole load: nothing is copied until it is asked for. */
export class Payload {
  constructor(
    private readonly bytes: Buffer,
    private readonly start = 0,
    private readonly end = bytes.length,
  ) {}

  get raw(): Buffer {
    return this.bytes.subarray(this.start, this.end)
  }

  /** As UTF-8; what is none becomes U+FFFD. */
  get text(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }
}

/** Where the strings of a MessagePack array stand, as Redis' cmsgpack.pack writes it: start and end of each, in turn. */
export function stringsIn(bytes: Buffer): number[] {
  const first = bytes[0] ?? 0x90
  // An empty Lua table may also be packed as a map.
  const count = first === 0xdc ? bytes.readUInt16BE(1) : first === 0xdd ? bytes.readUInt32BE(1) : first & 0x0f
  let at = first === 0xdc ? 3 : first === 0xdd ? 5 : 1
  const places = new Array<number>(2 * count)
  for (let i = 0; i < count; i++) {
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
    places[2 * i] = at
    at += length
    places[2 * i + 1] = at
  }
  return places
}
