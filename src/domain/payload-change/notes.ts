import { type JsonType, typeOf } from '../json-place.ts'

/** More notes than anybody reads about one payload. */
const most = 20

const was: Record<JsonType, string> = {
  object: 'an object',
  list: 'a list',
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
}

/** What is odd about the changes of one payload, in sentences without a full stop: "attempts was a number and becomes text". */
export class Notes {
  readonly all: string[] = []

  /** A value takes the place of another, or of none (`before` is null then). */
  set(path: readonly string[], before: string | null, after: string): void {
    const name = nameOf(path)
    if (before === null) this.#add(`${name} is new`)
    else if (typeOf(before) !== typeOf(after))
      this.#add(`${name} was ${was[typeOf(before)]} and becomes ${was[typeOf(after)]}`)
  }

  #add(note: string): void {
    if (this.all.length < most && !this.all.includes(note)) this.all.push(note)
  }
}

/** A path for a sentence, as a filter names it. */
export function nameOf(path: readonly string[]): string {
  if (path.length === 0) return 'the payload'
  const name = path
    .map((step) =>
      /^\d+$/.test(step)
        ? `[${step}]`
        : /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(step)
          ? `.${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('')
  return name.startsWith('.') ? name.slice(1) : name
}
