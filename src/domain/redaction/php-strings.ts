/** A text in PHP's serialize() format: where it stands, its own characters, and the name that it stands under. */
export interface PhpString {
  /** Bytes from the `s` of `s:5:"texts";` to the last quote. */
  readonly start: number
  readonly end: number
  readonly text: string
  /** Names of the properties and keys that lead to it, without PHP's marks of privacy. */
  readonly path: readonly string[]
}

/** Deeper than this nothing is read, so that no payload can exhaust the stack. */
const deepest = 100

/** Whether a text looks like a serialized PHP object or array, as Laravel keeps a job's command. */
export function looksLikePhp(text: string): boolean {
  return /^(O:\d+:"|a:\d+:\{)/.test(text)
}

/**
 * The texts in a value that PHP serialized, but for names; null where it cannot be read to its end. Lengths in this
 * format count bytes, so it is read, and changed, by bytes. Only reads: no class is ever made.
 */
export function phpStrings(bytes: Buffer): PhpString[] | null {
  const reader = new Reader(bytes)
  try {
    reader.value([])
    return reader.atEnd ? reader.found : null
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

/** A text as PHP serializes it, without the semicolon. */
export function phpString(text: string): string {
  return `s:${Buffer.byteLength(text)}:"${text}"`
}

class Unreadable extends Error {}

class Reader {
  readonly found: PhpString[] = []
  #at = 0

  constructor(private readonly bytes: Buffer) {}

  get atEnd(): boolean {
    return this.#at === this.bytes.length
  }

  value(path: readonly string[]): void {
    if (path.length > deepest) throw new Unreadable()
    const start = this.#at
    const type = this.#take(1)
    if (type === 'N') {
      this.#expect(';')
      return
    }
    this.#expect(':')
    switch (type) {
      case 'b':
      case 'i':
      case 'd':
      case 'r':
      case 'R':
        this.#until(';')
        return
      case 's': {
        const text = this.#quoted()
        this.found.push({ start, end: this.#at, text, path })
        this.#expect(';')
        return
      }
      case 'E':
        this.#quoted()
        this.#expect(';')
        return
      case 'a':
        this.#entries(path)
        return
      case 'O':
        this.#quoted()
        this.#expect(':')
        this.#entries(path)
        return
      default:
        throw new Unreadable() // a class with a format of its own
    }
  }

  #entries(path: readonly string[]): void {
    const count = this.#number()
    this.#expect('{')
    for (let i = 0; i < count; i++) this.value([...path, this.#key()])
    this.#expect('}')
  }

  #key(): string {
    const type = this.#take(2)
    if (type === 'i:') return this.#until(';')
    if (type !== 's:') throw new Unreadable()
    const name = this.#quoted()
    this.#expect(';')
    return name.slice(name.lastIndexOf('\0') + 1)
  }

  #quoted(): string {
    const length = this.#number()
    this.#expect('"')
    const text = this.#take(length)
    this.#expect('"')
    return text
  }

  #number(): number {
    const digits = this.#until(':')
    if (!/^\d{1,9}$/.test(digits)) throw new Unreadable()
    return Number(digits)
  }

  #until(end: string): string {
    const to = this.bytes.indexOf(end, this.#at)
    if (to < 0 || to - this.#at > 64) throw new Unreadable()
    const text = this.bytes.toString('utf8', this.#at, to)
    this.#at = to + end.length
    return text
  }

  #take(length: number): string {
    const from = this.#at
    if (from + length > this.bytes.length) throw new Unreadable()
    this.#at += length
    return this.bytes.toString('utf8', from, this.#at)
  }

  #expect(text: string): void {
    if (this.#take(text.length) !== text) throw new Unreadable()
  }
}
