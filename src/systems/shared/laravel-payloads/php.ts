/** A property of a PHP object as text for a person. */
export interface PhpProperty {
  readonly name: string
  readonly value: string
}

/** Deeper than this nothing is read, so that no payload can exhaust the stack. */
const deepest = 24
/** Of a longer text only the beginning is read. */
const mostCharacters = 1_000_000
/** Properties that a person is shown, and the length of each value. */
const mostProperties = 60
const longestValue = 300

/**
 * The top-level properties of an object in PHP's serialize() text, as Laravel keeps a job's command. Only reads: no
 * class is ever made. Text that was cut off, or that is no such object, gives the properties up to there.
 */
export function phpProperties(serialized: string): { className: string; properties: PhpProperty[] } | null {
  const reader = new PhpReader(Buffer.from(serialized.slice(0, mostCharacters), 'utf8'))
  return reader.object()
}

class Malformed extends Error {}

/** Reads one value after the other; lengths in this format count bytes, so it works on bytes. */
class PhpReader {
  #at = 0
  constructor(private readonly bytes: Buffer) {}

  object(): { className: string; properties: PhpProperty[] } | null {
    const properties: PhpProperty[] = []
    let className: string
    let count: number
    try {
      this.#expect('O:')
      className = this.#quoted()
      this.#expect(':')
      count = this.#number(':')
      this.#expect('{')
    } catch {
      return null
    }
    try {
      for (let i = 0; i < count && properties.length < mostProperties; i++) {
        const name = this.#key()
        const value = this.#value(1)
        properties.push({ name: plainName(name), value: cut(value) })
      }
    } catch {
      // Cut off or damaged: what came before is still true.
    }
    return { className, properties }
  }

  #value(depth: number): string {
    if (depth > deepest) throw new Malformed()
    const type = this.#take(1)
    if (type === 'N') {
      this.#expect(';')
      return 'null'
    }
    this.#expect(':')
    switch (type) {
      case 'b':
        return this.#matching(/^[01]$/) === '1' ? 'true' : 'false'
      case 'i':
        return this.#matching(/^[+-]?\d{1,20}$/)
      case 'd':
        return this.#matching(/^(NAN|-?INF|[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/)
      case 'r':
      case 'R':
        return `reference ${this.#matching(/^\d{1,9}$/)}`
      case 's': {
        const text = this.#quoted()
        this.#expect(';')
        return text
      }
      case 'E': {
        const name = this.#quoted()
        this.#expect(';')
        return name.replace(':', '::')
      }
      case 'a':
        return this.#entries(depth, '[', ']', (key, value) => (/^\d+$/.test(key) ? value : `${key}: ${value}`))
      case 'O': {
        const className = this.#quoted()
        this.#expect(':')
        return `${className} ${this.#entries(depth, '{', '}', (key, value) => `${plainName(key)}: ${value}`)}`
      }
      case 'C': {
        const className = this.#quoted()
        this.#expect(':')
        const length = this.#number(':')
        this.#expect('{')
        this.#skip(length)
        this.#expect('}')
        return className
      }
      default:
        throw new Malformed()
    }
  }

  /** The name of a property or an entry: text or a whole number, nothing else. */
  #key(): string {
    const type = this.bytes[this.#at]
    if (type !== 0x73 && type !== 0x69) throw new Malformed() // s, i
    return this.#value(0)
  }

  #entries(depth: number, open: string, close: string, entry: (key: string, value: string) => string): string {
    const count = this.#number(':')
    this.#expect('{')
    let text = ''
    for (let i = 0; i < count; i++) {
      const key = this.#key()
      const value = this.#value(depth + 1)
      if (text.length <= longestValue) text += `${i > 0 ? ', ' : ''}${entry(key, value)}`
    }
    this.#expect('}')
    return open + text + close
  }

  /** A quoted text, of which more than a person is shown is stepped over. */
  #quoted(): string {
    const length = this.#number(':')
    this.#expect('"')
    const from = this.#at
    this.#skip(length)
    const shown = this.bytes.toString('utf8', from, Math.min(this.#at, from + 4 * (longestValue + 1)))
    this.#expect('"')
    return shown
  }

  #matching(pattern: RegExp): string {
    const text = this.#until(';')
    if (!pattern.test(text)) throw new Malformed()
    return text
  }

  #number(end: string): number {
    const digits = this.#until(end)
    if (!/^\d{1,9}$/.test(digits)) throw new Malformed()
    return Number(digits)
  }

  #until(end: string): string {
    const to = this.bytes.indexOf(end, this.#at)
    if (to < 0 || to - this.#at > 64) throw new Malformed()
    const text = this.bytes.toString('utf8', this.#at, to)
    this.#at = to + end.length
    return text
  }

  #take(length: number): string {
    const from = this.#at
    this.#skip(length)
    return this.bytes.toString('utf8', from, this.#at)
  }

  #skip(length: number): void {
    if (this.#at + length > this.bytes.length) throw new Malformed()
    this.#at += length
  }

  #expect(text: string): void {
    if (this.#take(text.length) !== text) throw new Malformed()
  }
}

/** PHP writes protected properties as NUL * NUL name, and private ones as NUL class NUL name. */
function plainName(name: string): string {
  return name.slice(name.lastIndexOf('\0') + 1)
}

function cut(value: string): string {
  return value.length > longestValue ? `${value.slice(0, longestValue)}…` : value
}
