/** How the value of a key is read and written back: whole as DUMP gives it, or piece by piece. */
export const forms = ['dump', 'list', 'zset', 'hash', 'set'] as const
export type Form = (typeof forms)[number]

/** A piece of the value of a key. `values` are what the command of its form takes; the last piece completes the key. */
export interface KeyPart {
  readonly key: string
  readonly form: Form
  readonly last: boolean
  readonly values: readonly Buffer[]
}

/** Frames of about this size are written, so that many small keys do not make as many frames. */
const frameBytes = 262_144

/** Parts as bytes: form and last (1 byte each), the number of texts, then each with its length; the key is the first. */
export function encodePart({ key, form, last, values }: KeyPart): Buffer {
  const texts = [Buffer.from(key), ...values]
  const start = Buffer.alloc(6)
  start.writeUInt8(forms.indexOf(form), 0)
  start.writeUInt8(last ? 1 : 0, 1)
  start.writeUInt32BE(texts.length, 2)
  const pieces: Buffer[] = [start]
  for (const text of texts) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    pieces.push(length, text)
  }
  return Buffer.concat(pieces)
}

/** The parts of a frame. Its bytes were authenticated, so they are what `encodePart` wrote. */
export function* decodeParts(frame: Buffer): Generator<KeyPart, void, void> {
  for (let at = 0; at < frame.length; ) {
    const form = forms[frame.readUInt8(at)] as Form
    const last = frame.readUInt8(at + 1) === 1
    let left = frame.readUInt32BE(at + 2)
    at += 6
    const texts: Buffer[] = []
    for (; left > 0; left--) {
      const length = frame.readUInt32BE(at)
      texts.push(frame.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    const [key, ...values] = texts
    yield { key: String(key), form, last, values }
  }
}

/** Parts as frames. */
export async function* framesOf(parts: AsyncIterable<KeyPart>): AsyncGenerator<Buffer, void, void> {
  let waiting: Buffer[] = []
  let bytes = 0
  for await (const part of parts) {
    const encoded = encodePart(part)
    waiting.push(encoded)
    bytes += encoded.length
    if (bytes < frameBytes) continue
    yield Buffer.concat(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}
