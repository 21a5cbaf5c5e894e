import { connections, connectionsCases } from './connections/connections.ts'
import { console as consoleBench } from './console.ts'
import { operations, operationsCases } from './operations/operations.ts'
import { pool, poolCases } from './pool/pool.ts'
import { Report } from './report.ts'
import { systems, systemsCases } from './systems/systems.ts'
import { flood } from './window/flood.ts'
import { idle } from './window/idle.ts'
import { survey } from './window/survey.ts'
import { workers, workersCases } from './workers/workers.ts'

interface Bench {
  /** Measures all of it, or the cases that are named. */
  run(report: Report, only: readonly string[]): Promise<void>
  readonly cases: readonly string[]
}

const benches: Readonly<Record<string, Bench>> = {
  connections: { run: connections, cases: connectionsCases },
  console: {
    async run(report) {
      await consoleBench(report)
      await flood(report)
    },
    cases: [],
  },
  flood: { run: flood, cases: [] },
  operations: { run: operations, cases: operationsCases },
  pool: { run: pool, cases: poolCases },
  idle: { run: idle, cases: [] },
  survey: { run: survey, cases: [] },
  systems: { run: systems, cases: systemsCases },
  workers: { run: workers, cases: workersCases },
}

const [name = '', ...only] = process.argv.slice(2)
const bench = benches[name]
/** `drain` stands for `drain-1`, `drain-10` and so on. */
const casesOf = (one: string) => bench?.cases.filter((each) => each === one || each.startsWith(`${one}-`)) ?? []
if (bench === undefined || only.some((one) => casesOf(one).length === 0)) {
  const known = Object.entries(benches).map(([each, { cases }]) => `  ${[each, cases.join(' | ')].join(' ').trim()}\n`)
  process.stderr.write(`npm run bench -- NAME [CASE...], where NAME and CASE are of:\n${known.join('')}`)
  process.exit(2)
}
const report = new Report(name)
await bench.run(report, only.flatMap(casesOf))
report.table()
process.exit(0)
