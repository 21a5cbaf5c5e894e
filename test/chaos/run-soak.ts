/**
 * `npm run soak`: works for ten minutes (`--minutes N`) under all faults at once, on both layouts and both ways to keep
 * the AOF in turns, then cuts one step at each of its bytes. Prints one JSON line a figure and what was survived; ends with 1 when anything was lost.
 * `--worker seed` or `--worker batch` runs a worker that does lose jobs; `--seed N` repeats the faults of another run.
 */
import { parseArgs } from 'node:util'
import { Report } from '../../bench/report.ts'
import type { ListSystem } from '../../src/domain/pool.ts'
import { openTestConnection } from '../pool.ts'
import { startProxy } from '../proxy.ts'
import { startRedis } from '../redis.ts'
import { cutEverywhere } from './byte-cut.ts'
import type { Pace } from './faults.ts'
import type { WorkerKind } from './runner-options.ts'
import { type SoakResult, soak } from './soak.ts'
import { buildRunner } from './worker-process.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    worker: { type: 'string', default: 'pool' },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
const kinds: readonly WorkerKind[] = ['pool', 'seed', 'batch']
const worker = kinds.find((kind) => kind === values.worker)
if (!(minutes > 0) || !Number.isInteger(seed) || worker === undefined) {
  process.stderr.write('npm run soak -- [--minutes 10] [--seed 1] [--worker pool|seed|batch]\n')
  process.exit(2)
}

const turns: readonly { system: ListSystem; fsync: 'everysec' | 'always' }[] = [
  { system: 'plain-list', fsync: 'everysec' },
  { system: 'http-jobs', fsync: 'always' },
  { system: 'http-jobs', fsync: 'everysec' },
  { system: 'plain-list', fsync: 'always' },
]
// Redis stays up for the others: they know no way to come back from its end.
const pace: Pace = { kill: 280, cut: 70, freeze: 8000, redisKill: worker === 'pool' ? 4000 : null }

const report = new Report('soak')
const program = await buildRunner()
console.log(`seed ${seed}`)
const results: SoakResult[] = []
let failed = false
for (const [i, turn] of turns.entries()) {
  const seconds = (minutes * 60) / turns.length
  const name = `${turn.system} ${turn.fsync}`
  try {
    const result = await soak({ program, seed: seed + i, worker, seconds, pace, ...turn })
    results.push(result)
    figures(name, result)
    for (const breach of result.breaches) console.log(`${name}: ${breach}`)
    for (const id of result.lostIds) console.log(`${name}: lost ${id}`)
    if (result.lost + result.surplus + result.breaches.length > 0) failed = true
  } catch (error) {
    failed = true
    console.log(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}
program.close()
const byteCuts = worker === 'pool' ? await cutAllBytes() : 0
report.table()
summary()
process.exit(failed ? 1 : 0)

/** Each byte of one step on both layouts; returns the number of cuts. */
async function cutAllBytes(): Promise<number> {
  const redis = await startRedis()
  const proxy = await startProxy(redis.port)
  const direct = await openTestConnection(redis.url)
  const connection = await openTestConnection(`redis://127.0.0.1:${proxy.port}`)
  let cuts = 0
  for (const system of ['plain-list', 'http-jobs'] as const) {
    try {
      const made = await cutEverywhere(redis, direct, connection, proxy, system, 1)
      report.add({ case: `${system} step`, metric: 'cuts, one after each byte', value: made, unit: 'cuts' })
      cuts += made
    } catch (error) {
      failed = true
      console.log(`a cut within a step, ${system}: ${error instanceof Error ? error.message : error}`)
    }
  }
  connection.close()
  direct.close()
  await proxy.close()
  await redis.stop()
  return cuts
}

function figures(name: string, result: SoakResult): void {
  const add = (metric: string, value: number, unit: string) => report.add({ case: name, metric, value, unit })
  add('jobs', result.pushed, 'jobs')
  add('lost', result.lost, 'jobs')
  add('worker kills', result.kills, 'kills')
  add('connection cuts', result.cuts, 'cuts')
  add('redis kills', result.redisKills, 'kills')
  add('workers frozen', result.freezes, 'times')
  add('duplicates a kill', result.duplicates / Math.max(1, result.kills + result.freezes + result.redisKills), 'runs')
  add('dead letters', result.dead, 'jobs')
  add('pushes without an answer', result.unsure, 'jobs')
  add('audits', result.audits, 'audits')
}

function summary(): void {
  const sum = (of: (result: SoakResult) => number) => results.reduce((total, result) => total + of(result), 0)
  const n = (value: number) => value.toLocaleString('en-US')
  const faults = `${n(sum((r) => r.kills))} worker kills, ${n(sum((r) => r.cuts) + byteCuts)} connection cuts, ${n(sum((r) => r.redisKills))} Redis kills, ${n(sum((r) => r.freezes))} frozen workers`
  const breaches = sum((r) => r.breaches.length)
  console.log(`\n${failed ? 'FAILED' : 'Survived'}: ${faults}.`)
  console.log(
    `${n(sum((r) => r.pushed))} jobs, ${n(sum((r) => r.lost))} lost, ${n(sum((r) => r.duplicates))} run again, ${n(sum((r) => r.audits))} audits, ${n(breaches)} that did not add up.`,
  )
}
