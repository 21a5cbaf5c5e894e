import type { CsvJob } from './csv-job.ts'
import { CsvProblem } from './csv-problem.ts'

export interface FileColumns {
  readonly columns: readonly { readonly index: number; readonly name: string }[]
}

/**
 * The columns of a file from its first row. A header's empty names become `column_3`, and of a name that stands twice
 * the second becomes `name_2`. Throws a CsvProblem where the file and the job do not agree on them.
 */
export function columnsOf(
  row: readonly string[],
  job: Pick<CsvJob, 'columns' | 'hasHeader' | 'required' | 'types'>,
): FileColumns {
  const names = job.hasHeader ? uniqueNames(row) : (job.columns ?? row.map((_, index) => `column_${index + 1}`))
  if (names.length !== row.length) {
    throw new CsvProblem(`The job names ${names.length} columns, and the first row has ${row.length} fields.`)
  }
  const wanted = job.hasHeader && job.columns !== null ? job.columns : names
  const asked = [...wanted, ...job.required, ...Object.keys(job.types)]
  const missing = [...new Set(asked.filter((name) => !wanted.includes(name) || !names.includes(name)))]
  if (missing.length > 0) {
    throw new CsvProblem(`There is no column ${missing.join(', ')}; there are ${names.join(', ').slice(0, 500)}.`)
  }
  return { columns: wanted.map((name) => ({ index: names.indexOf(name), name })) }
}

function uniqueNames(row: readonly string[]): string[] {
  const used = new Set<string>()
  return row.map((cell, index) => {
    const name = cell.trim() || `column_${index + 1}`
    let unique = name
    for (let n = 2; used.has(unique); n++) unique = `${name}_${n}`
    used.add(unique)
    return unique
  })
}
