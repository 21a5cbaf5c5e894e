import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { poolDefaults } from '../../src/domain/pool.ts'
import type { Job } from '../../src/engine/pool/handler.ts'
import { forkNodeProcess } from '../../src/engine/processes/fork-process.ts'
import { createHandlerProcesses } from '../../src/engine/processes/handler-processes.ts'
import { OutputLog } from '../../src/engine/processes/output-log.ts'
import { buildHandlerRunner } from '../../test/handler-runner.ts'
import { median, type Report } from '../report.ts'

const starts = 15
const idleProcesses = 20
const idleMs = 20_000
/** After a burst V8 tidies up for some seconds, on threads of its own. */
const settleMs = 15_000
/** What /proc counts the time of a processor in. */
const ticksPerSecond = 100

const job: Job = {
  ...{ id: '1', type: null, to: null, data: {}, body: '{}', attempts: 0, maxRetries: null, raw: '{}' },
}
const context = () => ({ signal: new AbortController().signal, attempt: 1, log: () => {}, progress: () => {} })

/** How long the first job of a new handler process takes, and what processes without jobs cost. */
export async function handlers(report: Report): Promise<void> {
  const runner = await buildHandlerRunner()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-handlers-'))
  try {
    for (const type of ['mjs', 'ts']) {
      const file = join(folder, `handler.${type}`)
      writeFileSync(
        file,
        'export async function handle() {\n  await new Promise((resolve) => setTimeout(resolve, 100))\n}\n',
      )
      const times: number[] = []
      for (let i = 0; i < starts; i++) times.push((await firstJob(runner, file)) - 100)
      report.add({ case: 'handlers', metric: `start to first job, .${type}`, value: median(times), unit: 'ms' })
    }
    if (process.platform === 'linux') await idle(report, runner, join(folder, 'handler.mjs'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(dirname(runner), { recursive: true, force: true })
  }
}

const processesFor = (runner: string, file: string) =>
  createHandlerProcesses({
    ...{ fork: forkNodeProcess, runner, target: { kind: 'file', file }, output: new OutputLog() },
    limits: poolDefaults.limits,
  })

async function firstJob(runner: string, file: string): Promise<number> {
  const began = performance.now()
  const processes = processesFor(runner, file)
  await processes.handler(job, context())
  const took = performance.now() - began
  await processes.close()
  return took
}

async function idle(report: Report, runner: string, file: string): Promise<void> {
  const all = Array.from({ length: idleProcesses }, () => processesFor(runner, file))
  try {
    await Promise.all(all.map(({ handler }) => handler(job, context())))
    const pids = [process.pid, ...all.flatMap((each) => each.pids)]
    const ticks = () => pids.reduce((sum, pid) => sum + ticksOf(pid), 0)
    await wait(settleMs)
    const before = ticks()
    await wait(idleMs)
    const share = (ticks() - before) / ticksPerSecond / (idleMs / 1000)
    const metric = `${idleProcesses} idle processes and Sluice`
    report.add({ case: 'handlers', metric, value: share * 100, unit: '% of a core' })
  } finally {
    await Promise.all(all.map((each) => each.close()))
  }
}

/** User and system time of a process, from /proc. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}
