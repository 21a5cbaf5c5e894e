import { z } from 'zod'
import type { JobRecord } from '../../../../domain/job-record.ts'
import { parseJson } from '../../../parse-json.ts'

const resultSchema = z.object({
  imported: z.number(),
  bad: z.number(),
  report: z.string().nullable(),
  output: z.string().nullable(),
})

export interface ImportNotice {
  readonly level: 'info' | 'warning' | 'error'
  readonly title: string
  readonly text: string
}

const count = (rows: number) => `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`

/** What a person is told at the end of an import. */
export function importNotice(queueName: string, { id, failure, result }: JobRecord): ImportNotice {
  const which = `${queueName} ${id ?? ''}`.trim()
  if (failure !== null) return { level: 'error', title: `The import ${which} failed`, text: failure.message }
  const told = resultSchema.safeParse(parseJson(result ?? ''))
  if (!told.success) return { level: 'info', title: `The import ${which} is done`, text: '' }
  const { imported, bad, report, output } = told.data
  const where = output === null ? '' : ` They are in ${output}.`
  const rest = bad === 0 ? '' : ` ${count(bad)} could not be read${report === null ? '' : `: see ${report}`}.`
  return {
    level: bad === 0 ? 'info' : 'warning',
    title: `The import ${which} is done`,
    text: `${count(imported)} imported.${where}${rest}`,
  }
}
