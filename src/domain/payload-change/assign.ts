import {
  indexOf,
  insertItem,
  lengthOf,
  placeAt,
  put,
  rawAt,
  removeItem,
  removeMember,
  setMember,
  typeOf,
} from '../json-place.ts'
import { evaluate } from './evaluate.ts'
import { type Notes, nameOf } from './notes.ts'
import { type Assignment, parseAssignment } from './parse-assignment.ts'
import { Refusal } from './refusal.ts'

/** Each reads the whole payload: more would take long for large ones. */
const mostLines = 500

/**
 * What makes assignments of lines, one after the other; each sees what those before it did. All lines are done or none. A
 * field may be new; what it stands in must be there. Throws Refusal for a text that does not say what to do.
 *
 *   attempts = 0                               data.ref = "r-" + text(data.id)
 *   data.user.email = lower(data.user.email)   items[0].price = items[0].price * 2
 *   priority = amount > 1000 ? "high" : "low"  delete data["old name"]
 *   tenant = data.tenant ?? "none"             retried_at = now()
 */
export function assignerOf(text: string, now: number): (payload: string, notes: Notes) => string {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
  if (lines.length === 0) throw new Refusal('There is nothing to assign.')
  if (lines.length > mostLines) throw new Refusal(`At most ${mostLines} lines fit in one change.`)
  const assignments = lines.map(({ line, number }) => ({
    number,
    assignment: inLine(number, () => parseAssignment(line)),
  }))
  return (payload, notes) =>
    assignments.reduce(
      (json, { number, assignment }) => inLine(number, () => assigned(json, assignment, now, notes)),
      payload,
    )
}

function inLine<T>(number: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(`Line ${number}: ${error.message}`)
    throw error
  }
}

function assigned(json: string, assignment: Assignment, now: number, notes: Notes): string {
  const { path } = assignment
  const above = path.slice(0, -1)
  const step = path.at(-1) as string
  const place = placeAt(json, path)
  const parent = placeAt(json, above)
  const type = parent && typeOf(rawAt(json, parent))
  if (parent === null) throw new Refusal(`${nameOf(above)} is not there.`)
  if (type !== 'object' && type !== 'list') throw new Refusal(`${nameOf(above)} is neither an object nor a list.`)
  if (assignment.kind === 'delete') {
    if (place === null) return json // it is as it was to become
    return type === 'object' ? removeMember(json, parent, step) : removeItem(json, parent, Number(step))
  }
  const raw = evaluate(assignment.value, json, now)
  if (raw === undefined) throw new Refusal('the value is not there; ?? gives another one.')
  notes.set(path, place && rawAt(json, place), raw)
  if (place !== null) return put(json, place, raw)
  if (type === 'object') return setMember(json, parent, step, raw)
  const length = lengthOf(json, parent)
  if (indexOf(step) !== length) throw new Refusal(`${nameOf(path)} is behind the end of a list of ${length}.`)
  return insertItem(json, parent, length, raw)
}
