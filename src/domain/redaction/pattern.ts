import { type Assertion, type PatternNode, PatternProblem, parsePattern, type Ranges } from './parse-pattern.ts'

/** Where a pattern was found in a text. */
export interface Match {
  readonly start: number
  readonly end: number
}

export interface Pattern {
  /** All that is found, from left to right, each as long as can be; at most 1,000 characters each, and never nothing. */
  matches(text: string): Match[]
}

/** A state of the machine: two ways on, a character to read, a place to be at, or the end. */
type State =
  | { readonly kind: 'split'; ways: number[] }
  | { readonly kind: 'set'; readonly ranges: Ranges; next: number }
  | { readonly kind: 'assert'; readonly what: Assertion; next: number }
  | { readonly kind: 'found' }

/** What stands before a place: nothing, a character of a word, or another one. */
type Before = 0 | 1 | 2

interface Node {
  readonly states: readonly number[]
  readonly before: Before
  /** By the next character: whether something was found up to it, and where it leads; the first 128 are kept here. */
  readonly steps: (Step | undefined)[]
  readonly otherSteps: Map<number, Step>
}

interface Step {
  readonly found: boolean
  readonly node: Node | null
}

const mostStates = 5000
const mostNodes = 2000
const longest = 1000
const end = -1

const isWord = (code: number) =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a)

/**
 * Makes a pattern ready to be looked for, or says what is wrong with it. A person's pattern meets texts of megabytes, and
 * the engine of JavaScript may take for ever over some: it tries one way after the other. This one follows all ways at
 * once, so a text without a match takes one pass, and no pattern can make it hang.
 */
export function patternOf(text: string): Pattern | { problem: string } {
  try {
    return new Machine(parsePattern(text))
  } catch (error) {
    if (error instanceof PatternProblem) return { problem: error.message }
    throw error
  }
}

class Machine implements Pattern {
  readonly #states: State[] = []
  readonly #first: number
  /** Nodes that were made so far, by their states; forgotten when they become too many. */
  #nodes = new Map<string, Node>()

  constructor(node: PatternNode) {
    if (mayBeNothing(node)) throw new PatternProblem('it would also find nothing at all')
    const found = this.#add({ kind: 'found' })
    this.#first = this.#compile(node, found)
  }

  matches(text: string): Match[] {
    const found: Match[] = []
    let from = 0
    while (from < text.length && this.#occurs(text, from)) {
      let match: Match | null = null
      for (; from < text.length && match === null; from++) match = this.#matchAt(text, from)
      if (match === null) break
      found.push(match)
      from = match.end
    }
    return found
  }

  /** Whether anything is found at all from here on: one pass, in which a match may begin at every character. */
  #occurs(text: string, from: number): boolean {
    let node: Node | null = this.#node([this.#first], beforeAt(text, from))
    for (let at = from; ; at++) {
      const code = at < text.length ? text.charCodeAt(at) : end
      const step: Step = this.#step(node, code, true)
      if (step.found) return true
      if (code === end || step.node === null) return false
      node = step.node
    }
  }

  #matchAt(text: string, start: number): Match | null {
    let node: Node | null = this.#node([this.#first], beforeAt(text, start))
    let longestEnd = -1
    for (let at = start; node !== null && at - start <= longest; at++) {
      const code = at < text.length ? text.charCodeAt(at) : end
      const step: Step = this.#step(node, code, false)
      if (step.found && at > start) longestEnd = at
      node = step.node
    }
    return longestEnd < 0 ? null : { start, end: longestEnd }
  }

  #step(node: Node, code: number, anywhere: boolean): Step {
    const slot = (code + 1) * 2 + (anywhere ? 1 : 0)
    const known = slot < 256 ? node.steps[slot] : node.otherSteps.get(slot)
    if (known !== undefined) return known
    const { found, next } = this.#advance(node, code)
    if (anywhere && !next.includes(this.#first)) next.push(this.#first)
    const step = {
      found,
      node: code === end || next.length === 0 ? null : this.#node(next, isWord(code) ? 1 : 2),
    }
    if (slot < 256) node.steps[slot] = step
    else if (node.otherSteps.size < mostNodes) node.otherSteps.set(slot, step)
    return step
  }

  /** Follows all ways that need no character, with what stands on both sides known, and then those that take this one. */
  #advance(node: Node, code: number): { found: boolean; next: number[] } {
    const seen = new Set<number>()
    const next = new Set<number>()
    const open = [...node.states]
    let found = false
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      const state = this.#states[id] as State
      if (state.kind === 'found') found = true
      else if (state.kind === 'split') open.push(...state.ways)
      else if (state.kind === 'assert') {
        if (holds(state.what, node.before, code)) open.push(state.next)
      } else if (code !== end && state.ranges.some(([low, high]) => code >= low && code <= high)) next.add(state.next)
    }
    return { found, next: [...next] }
  }

  #node(states: number[], before: Before): Node {
    const name = `${before}:${states.sort((a, b) => a - b).join()}`
    const known = this.#nodes.get(name)
    if (known) return known
    if (this.#nodes.size >= mostNodes) this.#nodes = new Map()
    const made = { states, before, steps: [], otherSteps: new Map() }
    this.#nodes.set(name, made)
    return made
  }

  #add(state: State): number {
    if (this.#states.length >= mostStates) throw new PatternProblem('it is too large')
    return this.#states.push(state) - 1
  }

  /** Adds the states of a part that goes on to `next`, and says where it begins. */
  #compile(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.#add({ kind: 'set', ranges: node.ranges, next })
      case 'assert':
        return this.#add({ kind: 'assert', what: node.what, next })
      case 'all':
        return node.of.reduceRight((after, part) => this.#compile(part, after), next)
      case 'any':
        return this.#add({ kind: 'split', ways: node.of.map((part) => this.#compile(part, next)) })
      case 'repeat': {
        let after = next
        if (node.most === Number.POSITIVE_INFINITY) {
          const again: Extract<State, { kind: 'split' }> = { kind: 'split', ways: [next] }
          after = this.#add(again)
          again.ways.push(this.#compile(node.of, after))
        } else {
          for (let i = node.least; i < node.most; i++) {
            after = this.#add({ kind: 'split', ways: [next, this.#compile(node.of, after)] })
          }
        }
        for (let i = 0; i < node.least; i++) after = this.#compile(node.of, after)
        return after
      }
    }
  }
}

function beforeAt(text: string, at: number): Before {
  if (at === 0) return 0
  return isWord(text.charCodeAt(at - 1)) ? 1 : 2
}

function holds(what: Assertion, before: Before, code: number): boolean {
  if (what === 'begin') return before === 0
  if (what === 'end') return code === end
  const boundary = (before === 1) !== (code !== end && isWord(code))
  return boundary === (what === 'boundary')
}

/** Whether a part can be found where there is no character of its own. */
function mayBeNothing(node: PatternNode): boolean {
  switch (node.kind) {
    case 'set':
      return false
    case 'assert':
      return true
    case 'all':
      return node.of.every(mayBeNothing)
    case 'any':
      return node.of.some(mayBeNothing)
    case 'repeat':
      return node.least === 0 || mayBeNothing(node.of)
  }
}
