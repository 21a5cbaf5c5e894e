import { sameJson } from '../json-equal.ts'
import {
  indexOf,
  insertItem,
  lengthOf,
  type Place,
  placeAt,
  put,
  rawAt,
  removeItem,
  removeMember,
  setMember,
  typeOf,
} from '../json-place.ts'
import { elements, isJson, jsonScalar, members } from '../json-text.ts'
import { type Notes, nameOf } from './notes.ts'
import { Refusal } from './refusal.ts'

/** One operation of a JSON Patch; values are raw text, so that their digits stay. */
interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  readonly path: readonly string[]
  readonly from: readonly string[]
  readonly value: string
}

const kinds = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const
/** Each reads the whole payload: more would take long for large ones. */
const mostOperations = 500

/**
 * What applies a JSON Patch (RFC 6902) to the text of a payload: all operations or none. Bytes that none of them is about
 * stay, and so do the digits of numbers. Throws Refusal for a text that is no patch.
 */
export function patcherOf(text: string): (payload: string, notes: Notes) => string {
  if (!isJson(text)) throw new Refusal('This is not JSON.')
  if (typeOf(text) !== 'list') throw new Refusal('A JSON Patch is a list of operations.')
  const operations = elements(text).map(operationOf)
  if (operations.length === 0) throw new Refusal('There are no operations.')
  if (operations.length > mostOperations) throw new Refusal(`At most ${mostOperations} operations fit in one change.`)
  return (payload, notes) =>
    operations.reduce((json, operation, i) => {
      try {
        return applied(json, operation, notes)
      } catch (error) {
        if (error instanceof Refusal) throw new Refusal(`Operation ${i + 1} (${operation.op}): ${error.message}`)
        throw error
      }
    }, payload)
}

function operationOf(raw: string, i: number): Operation {
  const wrong = (problem: string) => new Refusal(`Operation ${i + 1}: ${problem}`)
  if (typeOf(raw) !== 'object') throw wrong('it is no object.')
  const fields = new Map(members(raw).map(({ key, valueStart, valueEnd }) => [key, raw.slice(valueStart, valueEnd)]))
  const op = kinds.find((kind) => JSON.stringify(kind) === fields.get('op'))
  if (op === undefined) throw wrong(`its "op" is none of ${kinds.join(', ')}.`)
  const pointer = (name: string): string[] => {
    const text = jsonScalar(fields.get(name) ?? 'null')
    if (typeof text !== 'string') throw wrong(`"${name}" is missing.`)
    const path = pathOf(text)
    if (path === null) throw wrong(`"${name}" is no JSON Pointer: it is empty or begins with /, and ~ is written ~0.`)
    return path
  }
  const value = fields.get('value')
  if (value === undefined && (op === 'add' || op === 'replace' || op === 'test')) throw wrong('"value" is missing.')
  const path = pointer('path')
  const from = op === 'move' || op === 'copy' ? pointer('from') : []
  if (op === 'move' && from.length < path.length && from.every((step, at) => path[at] === step)) {
    throw wrong('a value cannot be moved into itself.')
  }
  return { op, path, from, value: value ?? '' }
}

/** The steps of a JSON Pointer (RFC 6901); null for text that is none. */
function pathOf(pointer: string): string[] | null {
  if (pointer === '') return []
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return null
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function applied(json: string, { op, path, from, value }: Operation, notes: Notes): string {
  switch (op) {
    case 'add':
      return added(json, path, value, notes)
    case 'remove':
      return removed(json, path)
    case 'replace': {
      const place = placeOf(json, path)
      notes.set(path, rawAt(json, place), value)
      return put(json, place, value)
    }
    case 'move': {
      const moved = rawAt(json, placeOf(json, from))
      if (sameSteps(from, path)) return json
      return added(removed(json, from), path, moved, notes)
    }
    case 'copy':
      return added(json, path, rawAt(json, placeOf(json, from)), notes)
    case 'test':
      if (!sameJson(rawAt(json, placeOf(json, path)), value)) throw new Refusal(`${nameOf(path)} is another value.`)
      return json
  }
}

const sameSteps = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((s, i) => s === b[i])

function placeOf(json: string, path: readonly string[]): Place {
  const place = placeAt(json, path)
  if (place === null) throw new Refusal(`${nameOf(path)} is not there.`)
  return place
}

function parentOf(json: string, path: readonly string[]): { parent: Place; type: 'object' | 'list'; step: string } {
  const above = path.slice(0, -1)
  const parent = placeOf(json, above)
  const type = typeOf(rawAt(json, parent))
  if (type !== 'object' && type !== 'list') throw new Refusal(`${nameOf(above)} is neither an object nor a list.`)
  return { parent, type, step: path.at(-1) as string }
}

function added(json: string, path: readonly string[], value: string, notes: Notes): string {
  if (path.length === 0) return replacedWhole(json, value, notes)
  const { parent, type, step } = parentOf(json, path)
  if (type === 'object') {
    const before = placeAt(json, path)
    notes.set(path, before && rawAt(json, before), value)
    return setMember(json, parent, step, value)
  }
  const length = lengthOf(json, parent)
  const index = step === '-' ? length : indexOf(step)
  if (index === null || index > length) throw new Refusal(`${step} is no place of a list of ${length}.`)
  return insertItem(json, parent, index, value)
}

function replacedWhole(json: string, value: string, notes: Notes): string {
  const place = placeOf(json, [])
  notes.set([], rawAt(json, place), value)
  return put(json, place, value)
}

function removed(json: string, path: readonly string[]): string {
  if (path.length === 0) throw new Refusal('a payload cannot be removed from its job.')
  placeOf(json, path)
  const { parent, type, step } = parentOf(json, path)
  return type === 'object' ? removeMember(json, parent, step) : removeItem(json, parent, Number(step))
}
