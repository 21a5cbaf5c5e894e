/**
 * `npm run soak:connections`: twenty minutes (`--seconds N`) of faults, one each five seconds, at a standalone Redis, a
 * group with Sentinels and a cluster (`--sites standalone,sentinel`), while the engine polls, reads, searches and writes
 * numbered jobs. `--seed N` repeats the faults of another run. Prints one JSON line a figure; ends with 1 when a call hung,
 * a write was done twice, a status was not true, or memory grew.
 */
import { parseArgs } from 'node:util'
import { median, Report } from '../../../bench/report.ts'
import { type SiteName, soakConnections } from './soak.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    sites: { type: 'string', default: 'standalone,sentinel,cluster' },
  },
})
const seconds = Number(values.seconds)
const seed = Number(values.seed)
const known: readonly SiteName[] = ['standalone', 'sentinel', 'cluster']
const wanted = values.sites.split(',')
const sites = known.filter((site) => wanted.includes(site))
if (!(seconds > 0) || !Number.isInteger(seed) || sites.length !== wanted.length) {
  process.stderr.write(
    'npm run soak:connections -- [--seconds 1200] [--seed 1] [--sites standalone,sentinel,cluster]\n',
  )
  process.exit(2)
}
/**
 * What a heap may grow by from the first third of a run to the last one. The journal keeps what it can list in memory, and
 * each write that is tried is an entry of it.
 */
const mayGrow = (writes: number) => 8e6 + writes * (2 / 3) * 700

console.log(`seed ${seed}`)
const result = await soakConnections({ seconds, seed, sites })
const breaches = [...result.breaches]
const third = Math.floor(result.heap.length / 3)
const growth = median(result.heap.slice(-third)) - median(result.heap.slice(0, third))
const { done, unknown, refused } = result.writes
if (third >= 4 && growth > mayGrow(done + unknown + refused))
  breaches.push(`the heap grew by ${Math.round(growth / 1e6)} MB`)

const report = new Report('soak')
const of = `connections, ${seconds} s`
const add = (metric: string, value: number, unit: string) => report.add({ case: of, metric, value, unit })
for (const [name, count] of Object.entries(result.faults)) add(name, count, 'times')
add('pages read', result.reads, 'pages')
add('searches', result.searches, 'searches')
add('writes done', result.writes.done, 'writes')
add('writes of unknown outcome', result.writes.unknown, 'writes')
add('writes refused', result.writes.refused, 'writes')
for (const [code, count] of Object.entries(result.codes)) if (count > 0) add(code, count, 'times')
add('slowest call', result.slowestMs, 'ms')
add('longest standstill of the process', result.stoodStillMs, 'ms')
if (third > 0) add('heap, last third less first third', growth / 1e6, 'MB')
add('breaches', breaches.length, '')
report.table()
for (const breach of breaches.slice(0, 100)) console.log(breach)
console.log(breaches.length === 0 ? '\nSurvived.' : `\nFAILED: ${breaches.length} breaches.`)
process.exit(breaches.length === 0 ? 0 : 1)
