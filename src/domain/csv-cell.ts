/**
 * What a spreadsheet may take for the beginning of a formula: a cell that begins so (after apostrophes of its own) gets
 * one apostrophe more, and loses it again on the way back. Wide forms count too: some programs take them for the same.
 */
const mayBeFormula = /^'*[=+\-@\t\r\n＝＋－＠]/

export type CsvValue = string | number | boolean | null

/** A value as a cell of CSV (RFC 4180): quoted where it must be, and never a formula. Numbers stay numbers. */
export function csvCell(value: CsvValue): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = mayBeFormula.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The text that a cell stood for, its quotes taken off already: the way back from `csvCell`. */
export function textOfCsvCell(cell: string): string {
  return cell.startsWith("'") && mayBeFormula.test(cell) ? cell.slice(1) : cell
}

/** A line of CSV with its end. */
export function csvRow(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}
