import type { Report } from '../report.ts'
import { csv } from './csv.ts'
import { handlers } from './handlers.ts'
import { benchRequests } from './requests.ts'

const cases: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  handlers,
  csv,
  requests: (report) => benchRequests(report),
}

export const workersCases = Object.keys(cases)

/** What workers of this desktop cost, and what the live requests do. */
export async function workers(report: Report, only: readonly string[]): Promise<void> {
  for (const [name, measure] of Object.entries(cases)) {
    if (only.length === 0 || only.includes(name)) await measure(report)
  }
}
