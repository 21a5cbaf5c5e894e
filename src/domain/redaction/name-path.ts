/** A step of a rule's path: any depth, any item of a list, or members by name. */
type Step = 'any-depth' | 'any-item' | ((name: string) => boolean)

/** Whether a path of names and indexes is one that a rule means. `steps` of lists are their indexes as text. */
export type PathTest = (path: readonly string[]) => boolean

/**
 * What a rule's path means: `data.user.email` as a filter names it, `items[].card` for any item, `items[0]` for one,
 * `data["first name"]` for odd names. `*` in a name is any part of it (`user.*`, `*token*`). `**.name` is a name at any
 * depth, whatever its case, and with or without - and _. `data.` may be left out or said in vain.
 */
export function pathTestOf(path: string): PathTest | { problem: string } {
  const steps = stepsOf(path)
  if (steps === null) return { problem: 'it is no path like data.user.email, items[].card or **.password' }
  const [first, name] = steps
  // Most rules are a name at any depth: then only the last name counts.
  if (first === 'any-depth' && typeof name === 'function' && steps.length === 2) {
    return (names) => names.length > 0 && name(names.at(-1) as string)
  }
  const short = path.startsWith('data.') ? steps.slice(1) : steps
  return (names) =>
    fits(steps, 0, names, 0) || fits(short, 0, names, 0) || (names[0] === 'data' && fits(steps, 0, names, 1))
}

function stepsOf(path: string): Step[] | null {
  const steps: Step[] = []
  let rest = path.trim()
  let loose = false
  while (rest !== '') {
    const [token, quoted, place, name] =
      /^\.?(?:\["((?:[^"\\]|\\.)*)"\]|\[(\d*)\]|([^.[\]\s][^.[\]]*))/.exec(rest) ?? []
    if (token === undefined || (steps.length > 0 && !/^[.[]/.test(token)) || token.startsWith('.[')) return null
    rest = rest.slice(token.length)
    if (quoted !== undefined) {
      const exact = quoted.replace(/\\(.)/g, '$1')
      steps.push((other) => other === exact)
    } else if (place !== undefined) steps.push(place === '' ? 'any-item' : (other) => other === place)
    else if (name === '**') {
      steps.push('any-depth')
      loose = true
    } else steps.push(nameTest(name as string, loose))
  }
  return steps.length > 0 && steps.at(-1) !== 'any-depth' ? steps : null
}

let tidied = { name: '', tidy: '' }

/** A name in lower case without - and _; all rules ask for the same one in turn. */
function tidy(name: string): string {
  if (tidied.name !== name) tidied = { name, tidy: name.toLowerCase().replace(/[-_ ]/g, '') }
  return tidied.tidy
}

function nameTest(glob: string, loose: boolean): (name: string) => boolean {
  const parts = (loose ? glob.toLowerCase().replace(/[-_ ]/g, '') : glob).split('*')
  return (name) => globFits(parts, loose ? tidy(name) : name)
}

/** Whether a text is made of the parts in this order, with anything between them. */
function globFits(parts: readonly string[], text: string): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

function fits(steps: readonly Step[], i: number, names: readonly string[], j: number): boolean {
  const step = steps[i]
  if (step === undefined) return j === names.length
  if (step === 'any-depth') {
    // Rules have one such step at most that matters: each is tried at every depth.
    for (let at = j; at < names.length; at++) if (fits(steps, i + 1, names, at)) return true
    return false
  }
  const name = names[j]
  if (name === undefined) return false
  return (step === 'any-item' ? /^\d+$/.test(name) : step(name)) && fits(steps, i + 1, names, j + 1)
}
