/**
 * What an operator types to find jobs:
 *
 *   timeout                          the words are somewhere in the job (payload or error), any case
 *   "connection reset"               the same, with blanks in it
 *   data.user.id = 42                a field of the payload; [0] for the first of a list, [] for any of it
 *   error ~ timeout                  `~` contains, any case; `!~` and `!=` the opposite
 *   age > 2h  attempts >= 3          how long ago it entered its state, tries, bytes; s, min, h, d and kb, mb may follow
 *   (a or b) and not c               `and` may be left out; `and` binds closer than `or`
 *
 * id, name, error, age, attempts, bytes and progress mean what Sluice shows of the job, all other paths its payload;
 * `payload.name` is the payload's own field of such a name.
 */
export type JobFilter =
  | { readonly kind: 'all' | 'any'; readonly of: readonly JobFilter[] }
  | { readonly kind: 'not'; readonly of: JobFilter }
  | { readonly kind: 'text'; readonly text: string }
  | Comparison

export interface Comparison {
  readonly kind: 'compare'
  readonly path: readonly PathStep[]
  readonly operator: Operator
  readonly value: string
  /** The value stood in quotes: it is text, whatever it looks like. */
  readonly quoted: boolean
}

/** A member's name, a place in a list, or any place of it. */
export type PathStep = string | number | 'any-item'

export const operators = ['!=', '!~', '>=', '<=', '=', '~', '>', '<'] as const
export type Operator = (typeof operators)[number]

/** What is wrong with a filter, and where it begins, counted in characters from 0. */
export interface FilterProblem {
  readonly problem: string
  readonly at: number
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'operator' | '(' | ')'
  readonly text: string
  readonly at: number
}

/** The filter that a text means; null for an empty one, which every job passes. */
export function parseFilter(text: string): JobFilter | null | FilterProblem {
  const tokens = tokensOf(text)
  if ('problem' in tokens) return tokens
  if (tokens.length === 0) return null
  try {
    const parser = new Parser(tokens, text.length)
    return parser.whole()
  } catch (error) {
    if (error instanceof Wrong) return { problem: error.message, at: error.at }
    throw error
  }
}

class Wrong extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message)
  }
}

/** Deeper than anybody types; a pasted text must not end the stack. */
const deepest = 100

class Parser {
  #next = 0
  #depth = 0

  constructor(
    private readonly tokens: readonly Token[],
    private readonly end: number,
  ) {}

  whole(): JobFilter {
    const filter = this.#any()
    const rest = this.#peek()
    if (rest !== undefined) throw new Wrong('This bracket was not opened.', rest.at)
    return filter
  }

  #peek(): Token | undefined {
    return this.tokens[this.#next]
  }

  #word(...words: string[]): boolean {
    const token = this.#peek()
    if (token?.kind !== 'word' || !words.includes(token.text.toLowerCase())) return false
    this.#next++
    return true
  }

  #any(): JobFilter {
    const of = [this.#all()]
    while (this.#word('or')) of.push(this.#all())
    return of.length === 1 ? (of[0] as JobFilter) : { kind: 'any', of }
  }

  #all(): JobFilter {
    const of = [this.#not()]
    for (;;) {
      const token = this.#peek()
      if (token === undefined || token.kind === ')' || (token.kind === 'word' && token.text.toLowerCase() === 'or'))
        break
      this.#word('and')
      of.push(this.#not())
    }
    return of.length === 1 ? (of[0] as JobFilter) : { kind: 'all', of }
  }

  #not(): JobFilter {
    if (++this.#depth > deepest) throw new Wrong('This is nested too deeply.', this.#peek()?.at ?? this.end)
    const filter: JobFilter = this.#word('not') ? { kind: 'not', of: this.#not() } : this.#one()
    this.#depth--
    return filter
  }

  #one(): JobFilter {
    const token = this.#peek()
    if (token === undefined) throw new Wrong('Something is missing at the end.', this.end)
    this.#next++
    if (token.kind === '(') {
      const filter = this.#any()
      if (this.#peek()?.kind !== ')') throw new Wrong('This bracket is not closed.', token.at)
      this.#next++
      return filter
    }
    if (token.kind === 'operator') throw new Wrong(`What is to be compared stands before ${token.text}.`, token.at)
    if (token.kind === ')') throw new Wrong('This bracket was not opened.', token.at)
    if (this.#peek()?.kind !== 'operator') return { kind: 'text', text: token.text }
    return this.#comparison(token)
  }

  #comparison(left: Token): JobFilter {
    const { text: operator, at } = this.#peek() as Token
    const right = this.tokens[this.#next + 1]
    if (right?.kind !== 'word' && right?.kind !== 'quoted') throw new Wrong(`A value stands after ${operator}.`, at)
    this.#next += 2
    const path = pathOf(left)
    const quoted = right.kind === 'quoted'
    return { kind: 'compare', path, operator: operator as Operator, value: right.text, quoted }
  }
}

function pathOf({ kind, text, at }: Token): PathStep[] {
  if (kind === 'quoted') return [text]
  if (!/^[^.[\]]+(\[\d*\])*(\.[^.[\]]+(\[\d*\])*)*$/.test(text))
    throw new Wrong(`${text} is no path like data.user.id.`, at)
  return text.split('.').flatMap((part) => {
    const [name = '', ...places] = part.split('[')
    return [name, ...places.map((place): PathStep => (place === ']' ? 'any-item' : Number(place.slice(0, -1))))]
  })
}

function tokensOf(text: string): Token[] | FilterProblem {
  const tokens: Token[] = []
  const pattern =
    /\s+|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|!~|>=|<=|=|~|>|<)|([()])|((?:[^\s"'()=~<>!]|!(?![=~]))+)|(["'])/gs
  for (const match of text.matchAll(pattern)) {
    const [, double, single, operator, bracket, word, open] = match
    const at = match.index
    const quoted = double ?? single
    if (open !== undefined) return { problem: 'This quote is not closed.', at }
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replace(/\\(.)/gs, '$1'), at })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at })
    else if (bracket !== undefined) tokens.push({ kind: bracket as '(' | ')', text: bracket, at })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
  }
  return tokens
}
