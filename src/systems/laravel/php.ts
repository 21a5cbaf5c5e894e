/** A property of a PHP object as text for a person. */
export interface PhpProperty {
  readonly name: string
  readonly value: string
}

/** Deeper than this nothing is read, so that no payload can exhaust the stack. */
const deepest = 24
/** Properties that a person is shown, and the length of each value. */
const mostProperties = 60
const longestValue = 300

/**
 * The top-level properties of an object in PHP's serialize() text, as Laravel keeps a job's command. Only reads: no
 * class is ever made. Text that was cut off, or that is no such object, gives the properties up to there.
 */
export function phpProperties(serialized: string): { className: string; properties: PhpProperty[] } | null {
  const reader = new PhpReader(Buffer.from(serialized, 'utf8'))
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
        const name = this.#value(1)
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
        return this.#until(';') === '1' ? 'true' : 'false'
      case 'i':
      case 'd':
        return this.#until(';')
      case 'r':
      case 'R':
        return `reference ${this.#until(';')}`
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
        this.#take(length)
        this.#expect('}')
        return className
      }
      default:
        throw new Malformed()
    }
  }

  #entries(depth: number, open: string, close: string, entry: (key: string, value: string) => string): string {
    const count = this.#number(':')
    this.#expect('{')
    let text = ''
    for (let i = 0; i < count; i++) {
      const key = this.#value(depth + 1)
      const value = this.#value(depth + 1)
      if (text.length <= longestValue) text += `${i > 0 ? ', ' : ''}${entry(key, value)}`
    }
    this.#expect('}')
    return open + text + close
  }

  #quoted(): string {
    const length = this.#number(':')
    this.#expect('"')
    const text = this.#take(length)
    this.#expect('"')
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
    if (this.#at + length > this.bytes.length) throw new Malformed()
    const text = this.bytes.toString('utf8', this.#at, this.#at + length)
    this.#at += length
    return text
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
