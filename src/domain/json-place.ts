import { items, members, removeFields, setField } from './json-text.ts'

/** Where a value stands in a JSON text. */
export interface Place {
  readonly start: number
  readonly end: number
}

export type JsonType = 'object' | 'list' | 'text' | 'number' | 'boolean' | 'null'

/** The type of a raw value, by its first character. */
export function typeOf(raw: string): JsonType {
  switch (raw.trimStart()[0]) {
    case '{':
      return 'object'
    case '[':
      return 'list'
    case '"':
      return 'text'
    case 't':
    case 'f':
      return 'boolean'
    case 'n':
      return 'null'
    default:
      return 'number'
  }
}

/** The place of the whole value of a text, without the blanks around it. */
export function wholePlace(json: string): Place {
  const start = json.length - json.trimStart().length
  return { start, end: json.trimEnd().length }
}

/** The index that a step means in a list; null for one that is none, as `-` or `01`. */
export function indexOf(step: string): number | null {
  return /^(0|[1-9]\d{0,8})$/.test(step) ? Number(step) : null
}

/** The place of a member of the object, or of an item of the list, that stands at `parent`; null where there is none. */
export function childOf(json: string, parent: Place, step: string): Place | null {
  const text = json.slice(parent.start, parent.end)
  let found: Place | undefined
  if (typeOf(text) === 'list') {
    const index = indexOf(step)
    found = index === null ? undefined : items(text)[index]
  } else {
    const member = members(text).findLast(({ key }) => key === step)
    found = member && { start: member.valueStart, end: member.valueEnd }
  }
  return found ? { start: parent.start + found.start, end: parent.start + found.end } : null
}

/** The place at the end of a path; null where it leads nowhere. */
export function placeAt(json: string, path: readonly string[]): Place | null {
  let place: Place | null = wholePlace(json)
  for (const step of path) {
    if (place === null) return null
    place = childOf(json, place, step)
  }
  return place
}

/** The raw value at a place. */
export function rawAt(json: string, place: Place): string {
  return json.slice(place.start, place.end)
}

/** The text with another raw value at a place. Every other byte stays. */
export function put(json: string, place: Place, raw: string): string {
  return json.slice(0, place.start) + raw + json.slice(place.end)
}

/** The text with a member set in the object at `parent`, at its end where it is new. Every other byte stays. */
export function setMember(json: string, parent: Place, name: string, raw: string): string {
  return put(json, parent, setField(rawAt(json, parent), name, raw))
}

/** The text without a member of the object at `parent`. */
export function removeMember(json: string, parent: Place, name: string): string {
  return put(json, parent, removeFields(rawAt(json, parent), [name]))
}

/** How many items the list at `parent` has. */
export function lengthOf(json: string, parent: Place): number {
  return items(rawAt(json, parent)).length
}

/** The text with a value put before the item `index` of the list at `parent`; `index` is its length for the end. */
export function insertItem(json: string, parent: Place, index: number, raw: string): string {
  const list = rawAt(json, parent)
  const all = items(list)
  const before = all[index]
  const last = all.at(-1)
  const at = before ? before.start : last ? last.end : list.indexOf('[') + 1
  const inserted = before ? `${raw},` : last ? `,${raw}` : raw
  return put(json, parent, list.slice(0, at) + inserted + list.slice(at))
}

/** The text without the item `index` of the list at `parent`. */
export function removeItem(json: string, parent: Place, index: number): string {
  const list = rawAt(json, parent)
  const all = items(list)
  const item = all[index]
  if (item === undefined) return json
  const next = all[index + 1]
  const from = next || index === 0 ? item.start : (all[index - 1] as Place).end
  return put(json, parent, list.slice(0, from) + list.slice(next ? next.start : item.end))
}
