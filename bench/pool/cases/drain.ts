import type { EngineName } from '../engines/open-engine.ts'
import { type Cell, inRounds } from '../rounds.ts'
import type { Case } from './case.ts'
import { compare } from './compare.ts'

interface Contestant {
  readonly engine: EngineName
  /** About what it does in a second. */
  readonly jobs: number
  /** Where it is measured at one concurrency only. */
  readonly at?: number
}

const contestants: readonly Contestant[] = [
  { engine: 'sluice', jobs: 100_000 },
  { engine: 'bullmq', jobs: 5_000 },
  { engine: 'bull', jobs: 5_000 },
  { engine: 'bee-queue', jobs: 10_000 },
  { engine: "the seed's loop", jobs: 12_000 },
  { engine: 'BLMOVE and LREM', jobs: 12_000, at: 10 },
  { engine: 'bare batch', jobs: 100_000 },
  { engine: 'bare LPOP', jobs: 200_000 },
]

const costPeers = ['sluice', 'bullmq', 'bare batch']
const costs = [
  { found: 'commands', metric: 'Redis commands a job', unit: '' },
  { found: 'roundTrips', metric: 'round trips a job', unit: '' },
  { found: 'redisMicros', metric: "Redis's processor a job", unit: 'us' },
  { found: 'nodeMicros', metric: "the worker's processor a job", unit: 'us' },
]

/** How fast waiting jobs are done when their handler returns at once, and what each of them costs. */
export const drain =
  (concurrency: number): Case =>
  async (report, program) => {
    const cells: Record<string, Cell> = {}
    for (const { engine, jobs, at = concurrency } of contestants) {
      if (at === concurrency) {
        cells[engine] = { measurement: { kind: 'drain', engine, concurrency, jobs, handlerMs: 0 } }
      }
    }
    const findings = await inRounds(program, cells)
    const of = `drain, c=${concurrency}`
    compare(report, { case: of, found: 'jobsPerSecond', metric: 'done', unit: 'jobs/s' }, findings)
    if (concurrency !== 10) return
    const compared = Object.fromEntries(Object.entries(findings).filter(([engine]) => costPeers.includes(engine)))
    for (const cost of costs) compare(report, { case: of, ...cost }, compared)
  }
