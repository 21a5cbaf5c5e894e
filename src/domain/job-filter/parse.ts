import { kinds } from '../queue.ts'
import { amountOf } from './amount.ts'

/**
 * What an operator types to find jobs:
 *
 *   timeout                          the words are somewhere in the job (payload or error), any case, or are its id
 *   "connection reset"               the same, with blanks in it
 *   data.user.id = 42                a field of the payload; [0] for the first of a list, [] for any, ["a b"] for odd names
 *   error ~ timeout                  `~` contains, any case; `!~` and `!=` the opposite
 *   age > 2h  attempts >= 3          how long ago it entered its state, tries, bytes; s, min, h, d and kb, mb may follow
 *   failed < 10min  created > 1d     the same of failed jobs alone; since it was made
 *   queue = email  state = dead      where it is; also kind = failed and system = bullmq
 *   data.tenant != missing           whether there is such a field at all; "missing" in quotes is the word
 *   signature = "No user <n>"        the group of its error, as the Failures screen makes them
 *   (a or b) and not c               `and` may be left out; `and` binds closer than `or`
 *
 * id, name, error, signature, age, failed, created, hour (0 to 23, when it entered its state, by the clock of this
 * computer), attempts, bytes, progress, queue, state, kind and system mean what Sluice shows of the job, all other paths
 * its payload; `payload.name` is the payload's own field of such a name.
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

/** The value that says that there is none, where it does not stand in quotes. */
export const missing = 'missing'

/** A member's name, a place in a list, or any place of it (null). */
export type PathStep = string | number | null

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
    checkValue(path, operator as Operator, right)
    return { kind: 'compare', path, operator: operator as Operator, value: right.text, quoted }
  }
}

const amounts = ['age', 'failed', 'created', 'hour', 'attempts', 'bytes', 'progress']

/** Says what is wrong with a value that its fact can never have: a misspelt kind would silently find nothing. */
function checkValue([fact, ...rest]: readonly PathStep[], operator: Operator, { kind, text, at }: Token): void {
  if (rest.length > 0 || (kind === 'word' && text === missing)) return
  if (fact === 'kind' && /^!?=$/.test(operator) && !kinds.some((one) => one === text))
    throw new Wrong(`There is no kind ${text}, only ${kinds.join(', ')}.`, at)
  if (amounts.includes(String(fact)) && amountOf(text) === null)
    throw new Wrong(`${String(fact)} is a number, maybe with a unit like 2h or 5kb.`, at)
}

const pathPattern = /^[^.[\]]+(\[(\d*|"([^"\\]|\\.)*")\])*(\.[^.[\]]+(\[(\d*|"([^"\\]|\\.)*")\])*)*$/s
const stepPattern = /\[(\d*)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.[\]]+)/gs

function pathOf({ kind, text, at }: Token): PathStep[] {
  if (kind === 'quoted') return [text]
  if (!pathPattern.test(text)) throw new Wrong(`${text} is no path like data.user.id.`, at)
  return Array.from(text.matchAll(stepPattern), ([, place, quoted, name]): PathStep => {
    if (place !== undefined) return place === '' ? null : Number(place)
    return quoted === undefined ? (name ?? '') : unquoted(quoted)
  })
}

const unquoted = (text: string) => text.replace(/\\(.)/gs, '$1')

function tokensOf(text: string): Token[] | FilterProblem {
  const tokens: Token[] = []
  const pattern =
    /\s+|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(!=|!~|>=|<=|=|~|>|<)|([()])|((?:\["(?:[^"\\]|\\.)*"\]|[^\s"'()=~<>!]|!(?![=~]))+)|(["'])/gs
  for (const match of text.matchAll(pattern)) {
    const [, double, single, operator, bracket, word, open] = match
    const at = match.index
    const quoted = double ?? single
    if (open !== undefined) return { problem: 'This quote is not closed.', at }
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: unquoted(quoted), at })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at })
    else if (bracket !== undefined) tokens.push({ kind: bracket as '(' | ')', text: bracket, at })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
  }
  return tokens
}
