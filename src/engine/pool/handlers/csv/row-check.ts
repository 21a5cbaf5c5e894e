export const columnTypes = ['text', 'integer', 'number', 'boolean', 'date', 'email'] as const
export type ColumnType = (typeof columnTypes)[number]

/** A row that passed, as one line of NDJSON; or in words why it did not. */
export type CheckedRow = { readonly line: string } | { readonly reason: string }

interface Column {
  readonly index: number
  readonly name: string
  /** The name as JSON, with its colon. */
  readonly key: string
  readonly type: ColumnType | null
  readonly required: boolean
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])

/** Tests the rows of one file against its columns, and turns them into JSON. */
export class RowCheck {
  readonly #columns: readonly Column[]

  constructor(
    private readonly width: number,
    columns: readonly { readonly index: number; readonly name: string }[],
    required: readonly string[],
    types: Readonly<Record<string, ColumnType>>,
  ) {
    this.#columns = columns.map(({ index, name }) => ({
      index,
      name,
      key: `${JSON.stringify(name)}:`,
      type: Object.hasOwn(types, name) ? (types[name] ?? null) : null,
      required: required.includes(name),
    }))
  }

  /**
   * An object of the columns. Text stays as it is; an empty field is "" without a type and null with one; numbers keep
   * their digits, since they are written as they stand.
   */
  check(row: readonly string[]): CheckedRow {
    if (row.length !== this.width) {
      return { reason: `It has ${row.length} ${row.length === 1 ? 'field' : 'fields'} in place of ${this.width}.` }
    }
    let line = '{'
    for (const { index, name, key, type, required } of this.#columns) {
      const value = row[index] ?? ''
      const trimmed = value.trim()
      if (required && trimmed === '') return { reason: `${name} is empty.` }
      const json = type === null ? JSON.stringify(value) : trimmed === '' ? 'null' : jsonOf(trimmed, type)
      if (json === null) return { reason: `${name} is no ${type}: ${shortened(value)}` }
      line += line.length === 1 ? key + json : `,${key}${json}`
    }
    return { line: `${line}}\n` }
  }
}

/** A value of that type as JSON; null where it is none. */
function jsonOf(value: string, type: ColumnType): string | null {
  switch (type) {
    case 'text':
      return JSON.stringify(value)
    case 'integer':
      return /^-?(0|[1-9]\d*)$/.test(value) ? value : null
    case 'number':
      return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? value : null
    case 'boolean': {
      const known = booleans.get(value.toLowerCase())
      return known === undefined ? null : String(known)
    }
    case 'date':
      return isDate(value) ? JSON.stringify(value) : null
    case 'email':
      return value.length <= 254 && /^[^\s@,;"]+@[^\s@.,;"]+(\.[^\s@.,;"]+)+$/.test(value)
        ? JSON.stringify(value)
        : null
  }
}

const isoDate =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** ISO 8601: a day that the calendar has, alone or with a time. */
function isDate(value: string): boolean {
  const [, year, month, day] = isoDate.exec(value) ?? []
  const most = daysIn(Number(year), Number(month))
  return Number(day) >= 1 && Number(day) <= most
}

/** 0 for a month that is none. */
function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  if (month === 4 || month === 6 || month === 9 || month === 11) return 30
  return month >= 1 && month <= 12 ? 31 : 0
}

const shortened = (value: string) => (value.length > 80 ? `${value.slice(0, 80)}…` : value)
