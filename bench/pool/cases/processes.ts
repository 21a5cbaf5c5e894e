import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import { BenchProcess } from '../bench-process.ts'
import { baseOf } from '../engines/list.ts'
import { jobsOf } from '../job.ts'
import type { Found, ShareOrder } from '../measurement.ts'
import { Findings, rounds, shuffled } from '../rounds.ts'
import type { Case } from './case.ts'

const counts = [1, 2, 4, 8]

interface Load {
  readonly case: string
  readonly concurrency: number
  readonly handlerMs: number
  jobsFor(processes: number): number
}

const loads: readonly Load[] = [
  { case: 'drain, c=10', concurrency: 10, handlerMs: 0, jobsFor: () => 100_000 },
  { case: 'handler of 10 ms, c=100', concurrency: 100, handlerMs: 10, jobsFor: (processes) => 10_000 * processes },
]

interface Cell {
  readonly load: Load
  readonly processes: number
  readonly found: Found[]
}

/** What several worker processes do together, against one of them. */
export const processes: Case = async (report, program) => {
  const cells = loads.flatMap((load) => counts.map((count): Cell => ({ load, processes: count, found: [] })))
  for (let round = 0; round < rounds; round++) await measureAll(program, cells)
  for (const { load, processes: count, found } of cells) {
    const one = cells.find((cell) => cell.load === load && cell.processes === 1) as Cell
    const findings = new Findings(found)
    const compared =
      count === 1 ? {} : { peer: 'one process', ratio: findings.ratioTo(new Findings(one.found), 'jobsPerSecond') }
    const of = `${load.case}, ${count} ${count === 1 ? 'process' : 'processes'}`
    report.add({ case: of, metric: 'done', value: findings.median('jobsPerSecond'), unit: 'jobs/s', ...compared })
  }
}

/** One round: new processes on a new Redis, of which as many work as a cell asks for. */
async function measureAll(program: string, cells: readonly Cell[]): Promise<void> {
  const redis = await startRedis()
  const most = Math.max(...counts)
  const start = () => new BenchProcess(program, redis.port, { kind: 'share', engine: 'sluice' })
  const workers = Array.from({ length: most }, start)
  try {
    await Promise.all(workers.map((worker) => worker.hear()))
    for (const [n, cell] of shuffled(cells).entries()) {
      const jobsPerSecond = await measure(redis, workers.slice(0, cell.processes), cell, `measured-${n}`)
      cell.found.push({ jobsPerSecond })
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await redis.stop()
  }
}

/** From the moment that all workers are told to begin until the queue is empty and nothing runs. */
async function measure(redis: TestRedis, workers: readonly BenchProcess[], { load }: Cell, queue: string) {
  const { concurrency, handlerMs } = load
  const tell = (order: ShareOrder) =>
    Promise.all(
      workers.map((worker) => {
        worker.tell(order)
        return worker.hear()
      }),
    )
  const jobs = load.jobsFor(workers.length)
  await fill(redis, queue, jobs)
  await tell({ kind: 'open', queue })
  const began = performance.now()
  const started = tell({ kind: 'work', concurrency, handlerMs })
  await untilEmpty(redis, queue)
  const seconds = (performance.now() - began) / 1000
  await started
  await tell({ kind: 'close' })
  return jobs / seconds
}

async function fill({ client }: TestRedis, queue: string, count: number): Promise<void> {
  const payloads = jobsOf(count).map((job) => JSON.stringify(job))
  for (let from = 0; from < count; from += 1000) {
    await client.rpush(baseOf(queue), ...payloads.slice(from, from + 1000))
  }
}

async function untilEmpty({ client }: TestRedis, queue: string): Promise<void> {
  const base = baseOf(queue)
  for (;;) {
    const [waiting, running] = await Promise.all([client.llen(base), client.scard(`${base}:processing`)])
    if (waiting + running === 0) return
    await sleep(3)
  }
}
