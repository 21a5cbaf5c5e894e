import { console as consoleBench } from './console.ts'
import { flood } from './flood.ts'
import { Report } from './report.ts'

const benches: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  async console(report) {
    await consoleBench(report)
    await flood(report)
  },
  flood,
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (bench === undefined) {
  process.stderr.write(`npm run bench -- NAME, where NAME is one of: ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
const report = new Report(name)
await bench(report)
report.table()
process.exit(0)
