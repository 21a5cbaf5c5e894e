/** Characters by their code units, as ranges that rise. */
export type Ranges = readonly (readonly [number, number])[]

export type Assertion = 'begin' | 'end' | 'boundary' | 'no-boundary'

export type PatternNode =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'all' | 'any'; readonly of: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly of: PatternNode; readonly least: number; readonly most: number }
  | { readonly kind: 'assert'; readonly what: Assertion }

export class PatternProblem extends Error {}

const last = 0xffff
const digit: Ranges = [[0x30, 0x39]]
const word: Ranges = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]] // biome-ignore format: ranges read best in one row
const space: Ranges = [[0x09, 0x0d], [0x20, 0x20], [0xa0, 0xa0], [0x2028, 0x2029], [0xfeff, 0xfeff]] // biome-ignore format: ranges read best in one row
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 }
const deepest = 50
const mostRepeats = 1000

/**
 * Reads a pattern: the part of regular expressions that can be looked for in one pass over a text. Characters, `.`,
 * [classes], \d \w \s \b, groups, |, and * + ? {2,5}; (?i) at the beginning for any case. What needs a look back or ahead
 * is none of it. Throws PatternProblem, which says what is not understood.
 */
export function parsePattern(text: string): PatternNode {
  const anyCase = text.startsWith('(?i)')
  return new PatternReader(anyCase ? text.slice(4) : text, anyCase).whole()
}

class PatternReader {
  #at = 0
  #depth = 0

  constructor(
    private readonly text: string,
    private readonly anyCase: boolean,
  ) {}

  whole(): PatternNode {
    const node = this.#any()
    if (this.#at < this.text.length) throw new PatternProblem('a bracket was not opened')
    return node
  }

  #any(): PatternNode {
    if (++this.#depth > deepest) throw new PatternProblem('it is nested too deeply')
    const of = [this.#all()]
    while (this.#takes('|')) of.push(this.#all())
    this.#depth--
    return of.length === 1 ? (of[0] as PatternNode) : { kind: 'any', of }
  }

  #all(): PatternNode {
    const of: PatternNode[] = []
    while (this.#at < this.text.length && this.text[this.#at] !== '|' && this.text[this.#at] !== ')') {
      of.push(this.#repeated(this.#one()))
    }
    return { kind: 'all', of }
  }

  #one(): PatternNode {
    const c = this.text[this.#at++] as string
    switch (c) {
      case '(': {
        if (this.#takes('?') && !this.#takes(':')) throw new PatternProblem('(?...) is not understood, but for (?:...)')
        const inner = this.#any()
        if (!this.#takes(')')) throw new PatternProblem('a bracket is not closed')
        return inner
      }
      case '[':
        return this.#class()
      case '.':
        return { kind: 'set', ranges: inverted([[10, 10], [13, 13]]) } // biome-ignore format: ranges read best in one row
      case '^':
        return { kind: 'assert', what: 'begin' }
      case '$':
        return { kind: 'assert', what: 'end' }
      case '*':
      case '+':
      case '?':
        throw new PatternProblem(`there is nothing before ${c} to repeat`)
      case '\\': {
        if (this.#takes('b')) return { kind: 'assert', what: 'boundary' }
        if (this.#takes('B')) return { kind: 'assert', what: 'no-boundary' }
        return { kind: 'set', ranges: this.#cased(this.#escape()) }
      }
      default:
        return { kind: 'set', ranges: this.#cased(only(c.charCodeAt(0))) }
    }
  }

  #repeated(node: PatternNode): PatternNode {
    const [least, most] = this.#counts()
    if (least < 0) return node
    if (node.kind === 'assert') throw new PatternProblem('a place cannot be repeated')
    if (most < least) throw new PatternProblem(`{${least},${most}} is no range`)
    if (Math.max(least, most === Number.POSITIVE_INFINITY ? 0 : most) > mostRepeats) {
      throw new PatternProblem(`at most ${mostRepeats} repetitions can be counted`)
    }
    if (this.#takes('?'))
      throw new PatternProblem('the longest text is always found: ? behind a repetition means nothing')
    return { kind: 'repeat', of: node, least, most }
  }

  #counts(): [number, number] {
    if (this.#takes('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#takes('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#takes('?')) return [0, 1]
    const [found, least, comma, most] =
      /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.text.slice(this.#at, this.#at + 12)) ?? []
    if (found === undefined) return [-1, -1]
    this.#at += found.length
    return [Number(least), comma === '' ? Number(least) : most === '' ? Number.POSITIVE_INFINITY : Number(most)]
  }

  #escape(): Ranges {
    const c = this.text[this.#at++]
    if (c === undefined) throw new PatternProblem('something is missing behind the last \\')
    const lower = c.toLowerCase()
    const known = lower === 'd' ? digit : lower === 'w' ? word : lower === 's' ? space : null
    if (known !== null) return c === lower ? known : inverted(known)
    const control = controls[c]
    if (control !== undefined) return only(control)
    if (c === 'x' || c === 'u') {
      const length = c === 'x' ? 2 : 4
      const hex = this.text.slice(this.#at, this.#at + length)
      if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length < length) throw new PatternProblem(`\\${c} needs ${length} digits`)
      this.#at += length
      return only(Number.parseInt(hex, 16))
    }
    if (/[0-9A-Za-z]/.test(c)) throw new PatternProblem(`\\${c} is not understood`)
    return only(c.charCodeAt(0))
  }

  #class(): PatternNode {
    const not = this.#takes('^')
    const ranges: [number, number][] = []
    while (!this.#takes(']')) {
      const from = this.#inClass()
      const single = from.length === 1 && from[0]?.[0] === from[0]?.[1]
      const dash = this.text[this.#at] === '-' && this.text[this.#at + 1] !== ']'
      if (single && dash) {
        this.#at++
        const to = this.#inClass()
        const [low, high] = [from[0]?.[0] as number, to[0]?.[1] as number]
        if (to.length !== 1 || to[0]?.[0] !== high || high < low) throw new PatternProblem('a range in [] is none')
        ranges.push([low, high])
      } else for (const [low, high] of from) ranges.push([low, high])
    }
    const all = this.#cased(ranges)
    return { kind: 'set', ranges: not ? inverted(all) : all }
  }

  #inClass(): Ranges {
    const c = this.text[this.#at]
    if (c === undefined) throw new PatternProblem('[ is not closed')
    this.#at++
    return c === '\\' ? this.#escape() : only(c.charCodeAt(0))
  }

  #cased(ranges: Ranges): Ranges {
    if (!this.anyCase) return joined(ranges)
    const shifted = (low: number, high: number, by: number) =>
      ranges.flatMap(([from, to]): [number, number][] => {
        const [a, b] = [Math.max(from, low), Math.min(to, high)]
        return a <= b ? [[a + by, b + by]] : []
      })
    return joined([...ranges, ...shifted(0x41, 0x5a, 32), ...shifted(0x61, 0x7a, -32)])
  }

  #takes(c: string): boolean {
    if (this.text[this.#at] !== c) return false
    this.#at++
    return true
  }
}

const only = (code: number): Ranges => [[code, code]]

function joined(ranges: Ranges): Ranges {
  const rising = [...ranges].sort((a, b) => a[0] - b[0])
  const out: [number, number][] = []
  for (const [low, high] of rising) {
    const before = out.at(-1)
    if (before !== undefined && low <= before[1] + 1) before[1] = Math.max(before[1], high)
    else out.push([low, high])
  }
  return out
}

function inverted(ranges: Ranges): Ranges {
  const out: [number, number][] = []
  let from = 0
  for (const [low, high] of joined(ranges)) {
    if (low > from) out.push([from, low - 1])
    from = high + 1
  }
  if (from <= last) out.push([from, last])
  return out
}
