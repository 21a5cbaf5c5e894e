import { isJson } from '../json-text.ts'
import { argumentsOf, type BinaryOperator, type Expression, functionNames, levels } from './expression.ts'
import { Refusal } from './refusal.ts'

/** What one line does: sets the value at a path, or takes it away. */
export type Assignment =
  | { readonly kind: 'set'; readonly path: readonly string[]; readonly value: Expression }
  | { readonly kind: 'delete'; readonly path: readonly string[] }

/** Deeper than anybody types; a pasted text must not end the stack. */
const deepest = 100

const blanks = /\s*/y
const namePattern = /[\p{L}_$][\p{L}\p{N}_$]*/uy
const numberPattern = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const doubleQuoted = /"(?:[^"\\]|\\.)*"/y
const singleQuoted = /'(?:[^'\\]|\\.)*'/y
const indexPattern = /\[(0|[1-9]\d{0,8})\]/y
const operatorPattern = /\?\?|==|!=|<=|>=|[=<>+\-*/%]/y

/**
 * Reads one line: `path = expression` or `delete path`. A path is `data.user.id`, `items[0].price` or
 * `data["first name"]`. Throws Refusal, which says what is wrong and at which character.
 */
export function parseAssignment(line: string): Assignment {
  return new LineReader(line).assignment()
}

class LineReader {
  #at = 0
  #depth = 0

  constructor(private readonly line: string) {}

  assignment(): Assignment {
    const path = this.#path()
    if (path.length === 1 && path[0] === 'delete' && !this.#sees('=')) {
      const target = this.#path()
      this.#end()
      return { kind: 'delete', path: target }
    }
    if (!this.#takes('=')) throw this.#wrong('= is expected')
    const value = this.#choice()
    this.#end()
    return { kind: 'set', path, value }
  }

  #choice(): Expression {
    if (++this.#depth > deepest) throw this.#wrong('this is nested too deeply')
    let expression = this.#binary(0)
    if (!this.#sees('??') && this.#takes('?')) {
      const yes = this.#choice()
      if (!this.#takes(':')) throw this.#wrong(': is expected')
      expression = { kind: 'choice', test: expression, yes, no: this.#choice() }
    }
    this.#depth--
    return expression
  }

  #binary(level: number): Expression {
    const operators = levels[level]
    if (operators === undefined) return this.#signed()
    let left = this.#binary(level + 1)
    for (let length = 0; ; length++) {
      const before = this.#at
      const found = this.#match(operatorPattern)
      const operator = (found === '==' ? '=' : found) as BinaryOperator | null
      if (operator === null || !operators.includes(operator)) {
        this.#at = before
        return left
      }
      // A chain of operators is a chain of objects, which is walked down when it is worked out.
      if (length >= deepest) throw this.#wrong('this is too long')
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
  }

  #signed(): Expression {
    if (!this.#takes('-')) return this.#one()
    const number = this.#match(numberPattern)
    if (number !== null) return { kind: 'json', raw: `-${number}` }
    if (++this.#depth > deepest) throw this.#wrong('this is nested too deeply')
    const right = this.#signed()
    this.#depth--
    return { kind: 'binary', operator: '-', left: { kind: 'json', raw: '0' }, right }
  }

  #one(): Expression {
    if (this.#takes('(')) {
      const inner = this.#choice()
      if (!this.#takes(')')) throw this.#wrong(') is expected')
      return inner
    }
    const raw = this.#match(numberPattern) ?? this.#string() ?? this.#container()
    if (raw !== null) return { kind: 'json', raw }
    const start = this.#at
    const name = this.#match(namePattern)
    if (name === 'true' || name === 'false' || name === 'null') return { kind: 'json', raw: name }
    if (name !== null && this.#sees('(')) return this.#call(name)
    this.#at = start
    return { kind: 'path', path: this.#path() }
  }

  #call(word: string): Expression {
    const name = functionNames.find((known) => known === word)
    if (name === undefined) throw this.#wrong(`there is no function ${word}; there are ${functionNames.join(', ')}`)
    this.#takes('(')
    const of: Expression[] = []
    if (!this.#takes(')')) {
      do of.push(this.#choice())
      while (this.#takes(','))
      if (!this.#takes(')')) throw this.#wrong(') is expected')
    }
    const [least, most] = argumentsOf[name]
    if (of.length < least || of.length > most) {
      throw this.#wrong(`${name} takes ${least === most ? least : `${least} to ${most}`} values`)
    }
    return { kind: 'call', name, of }
  }

  /** A JSON object or list, whole: its values are constants. */
  #container(): string | null {
    const rest = this.line.slice(this.#at)
    const start = rest.length - rest.trimStart().length
    if (rest[start] !== '{' && rest[start] !== '[') return null
    const length = bracketed(rest.slice(start))
    if (length === 0) throw this.#wrong('this is not closed')
    const raw = rest.slice(start, start + length)
    if (!isJson(raw)) throw this.#wrong('this is not JSON')
    this.#at += start + length
    return raw
  }

  #string(): string | null {
    const start = this.#at
    const double = this.#match(doubleQuoted)
    if (double !== null) {
      if (isJson(double)) return double
      this.#at = start
      throw this.#wrong('this text is not written as in JSON')
    }
    const single = this.#match(singleQuoted)
    return single === null ? null : JSON.stringify(single.slice(1, -1).replace(/\\(.)/gs, '$1'))
  }

  #path(): string[] {
    this.#at = this.#skipped()
    const first = this.#match(namePattern)
    const path = first === null ? [] : [first]
    if (first === null && this.line[this.#at] !== '[') throw this.#wrong('a path or a value is expected')
    for (;;) {
      if (this.line[this.#at] === '.') {
        this.#at++
        const name = this.#match(namePattern)
        if (name === null) throw this.#wrong('a name is expected after the dot')
        path.push(name)
      } else if (this.line[this.#at] === '[') {
        path.push(this.#bracket())
      } else return path
    }
  }

  #bracket(): string {
    const index = this.#match(indexPattern)
    if (index !== null) return index.slice(1, -1)
    this.#at++
    const name = this.#string()
    if (name === null || !this.#takes(']')) throw this.#wrong('[0] or ["name"] is expected')
    return JSON.parse(name) as string
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#skipped()
    const found = pattern.exec(this.line)
    if (found === null) return null
    this.#at = pattern.lastIndex
    return found[0]
  }

  #skipped(): number {
    blanks.lastIndex = this.#at
    blanks.exec(this.line)
    return Math.max(this.#at, blanks.lastIndex)
  }

  #sees(word: string): boolean {
    return this.line.startsWith(word, this.#skipped())
  }

  #takes(word: string): boolean {
    if (!this.#sees(word)) return false
    this.#at = this.#skipped() + word.length
    return true
  }

  #end(): void {
    if (this.#skipped() < this.line.length) throw this.#wrong('this is one too many')
  }

  #wrong(what: string): Refusal {
    return new Refusal(`${what}, at character ${this.#skipped() + 1}.`)
  }
}

/** Length of the text from its first bracket to the one that closes it, outside of strings; 0 where none does. */
function bracketed(text: string): number {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    if (depth === 0) return index + 1
  }
  return 0
}
