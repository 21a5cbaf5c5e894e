/** A line of two texts that are compared. `mark` is the stretch in which it differs from its counterpart. */
export type DiffLine =
  | { readonly type: 'same'; readonly text: string }
  | { readonly type: 'gone' | 'new'; readonly text: string; readonly mark: readonly [from: number, to: number] | null }
  | { readonly type: 'skipped'; readonly lines: number }

/** Equal lines shown around what changed. */
const context = 2
/** Above this many pairs of lines the middle is told as all gone and all new: nobody reads more, and it would take long. */
const mostPairs = 1_000_000

/** The lines of two texts: what is gone, what is new, and a little of what is around it. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [one, other] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < one.length && head < other.length && one[head] === other[head]) head++
  let tail = 0
  while (
    tail < one.length - head &&
    tail < other.length - head &&
    one[one.length - 1 - tail] === other[other.length - 1 - tail]
  ) {
    tail++
  }
  const same = (text: string): DiffLine => ({ type: 'same', text })
  const middle = between(one.slice(head, one.length - tail), other.slice(head, other.length - tail))
  const all = [...one.slice(0, head).map(same), ...middle, ...one.slice(one.length - tail).map(same)]
  return folded(all)
}

/** The shortest way from some lines to others, by the longest common subsequence. */
function between(one: readonly string[], other: readonly string[]): DiffLine[] {
  if (one.length * other.length > mostPairs) return paired(one, other)
  const width = other.length + 1
  const longest = new Uint32Array((one.length + 1) * width)
  for (let a = one.length - 1; a >= 0; a--) {
    for (let b = other.length - 1; b >= 0; b--) {
      longest[a * width + b] =
        one[a] === other[b]
          ? (longest[(a + 1) * width + b + 1] ?? 0) + 1
          : Math.max(longest[(a + 1) * width + b] ?? 0, longest[a * width + b + 1] ?? 0)
    }
  }
  const lines: DiffLine[] = []
  let gone: string[] = []
  let fresh: string[] = []
  const flush = () => {
    lines.push(...paired(gone, fresh))
    gone = []
    fresh = []
  }
  let [a, b] = [0, 0]
  while (a < one.length || b < other.length) {
    if (a < one.length && b < other.length && one[a] === other[b]) {
      flush()
      lines.push({ type: 'same', text: one[a] as string })
      a++
      b++
    } else if (
      b >= other.length ||
      (a < one.length && (longest[(a + 1) * width + b] ?? 0) >= (longest[a * width + b + 1] ?? 0))
    ) {
      gone.push(one[a++] as string)
    } else fresh.push(other[b++] as string)
  }
  flush()
  return lines
}

/** Lines that are gone, then the new ones in their place; those that stand for each other are marked where they differ. */
function paired(gone: readonly string[], fresh: readonly string[]): DiffLine[] {
  const marks = gone.slice(0, fresh.length).map((text, index) => difference(text, fresh[index] as string))
  return [
    ...gone.map((text, index): DiffLine => ({ type: 'gone', text, mark: marks[index]?.[0] ?? null })),
    ...fresh.map((text, index): DiffLine => ({ type: 'new', text, mark: marks[index]?.[1] ?? null })),
  ]
}

type Stretch = readonly [number, number]

/** Where two lines differ, in whole words and numbers; null where they have nothing in common but blanks. */
function difference(one: string, other: string): [Stretch, Stretch] | null {
  let head = 0
  while (head < one.length && head < other.length && one[head] === other[head]) head++
  while (head > 0 && joins(one, head)) head--
  let tail = 0
  while (
    tail < one.length - head &&
    tail < other.length - head &&
    one[one.length - 1 - tail] === other[other.length - 1 - tail]
  ) {
    tail++
  }
  while (tail > 0 && joins(one, one.length - tail)) tail--
  const common = one.slice(0, head) + one.slice(one.length - tail)
  if (common.trim() === '') return null
  return [
    [head, one.length - tail],
    [head, other.length - tail],
  ]
}

const inWord = /^[\p{L}\p{N}\p{M}_.+-]{2}$/u
/** Whether what stands before and after a place belongs together: one word, one number, one pair of surrogates. */
function joins(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 0xdc00 && code < 0xe000) || inWord.test(text.slice(at - 1, at + 1))
}

/** Long stretches of equal lines are told by their number. */
function folded(lines: readonly DiffLine[]): DiffLine[] {
  const near = new Uint8Array(lines.length)
  for (const [index, { type }] of lines.entries()) {
    if (type === 'same') continue
    for (let at = Math.max(0, index - context); at <= Math.min(lines.length - 1, index + context); at++) near[at] = 1
  }
  const shown: DiffLine[] = []
  let skipped = 0
  const skip = () => {
    if (skipped > 0) shown.push({ type: 'skipped', lines: skipped })
    skipped = 0
  }
  for (const [index, line] of lines.entries()) {
    if (near[index] === 1) {
      skip()
      shown.push(line)
    } else skipped++
  }
  skip()
  return shown
}
