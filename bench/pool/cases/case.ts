import type { Report } from '../../report.ts'

/** Measures one thing and reports it; `program` is what the processes of the bench run. */
export type Case = (report: Report, program: string) => Promise<void>
