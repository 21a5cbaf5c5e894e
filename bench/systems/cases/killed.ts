import { startRedis } from '../../../test/redis.ts'
import { BenchProcess } from '../../pool/bench-process.ts'
import type { Case } from '../../pool/cases/case.ts'
import { measured } from '../measurement.ts'
import { seedFailed } from '../seed.ts'
import { keyOf } from './empty.ts'

const jobs = 100_000

/** A process that retries all failed jobs is killed at about the half, and another one goes on. */
export const killed: Case = async (report, program) => {
  const server = await startRedis()
  const begun: BenchProcess[] = []
  const begin = async () => {
    const child = new BenchProcess(program, server.port, { kind: 'steps' })
    begun.push(child)
    await child.hear()
    child.tell('go')
    return child
  }
  try {
    await seedFailed(server.client, measured, jobs, 500)
    const first = await begin()
    while (Number(await first.hear()) < jobs / 2);
    await first.kill()
    const behind = await server.client.llen(keyOf('wait'))
    const second = await begin()
    while (!(await second.hear()).startsWith('{'));
    const waiting = await server.client.lrange(keyOf('wait'), 0, -1)
    const left = await server.client.zcard(keyOf('failed'))
    const different = new Set(waiting).size
    const of = 'retry killed and resumed'
    report.add({ case: of, metric: 'retried when it was killed', value: behind, unit: 'jobs' })
    report.add({ case: of, metric: 'lost', value: jobs - different - left, unit: 'jobs' })
    report.add({ case: of, metric: 'twice', value: waiting.length - different, unit: 'jobs' })
    report.add({ case: of, metric: 'left failed', value: left, unit: 'jobs' })
  } finally {
    for (const child of begun) await child.kill()
    await server.stop()
  }
}
