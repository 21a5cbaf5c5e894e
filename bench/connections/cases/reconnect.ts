import { onRedis } from '../../operations/on-redis.ts'
import { BenchProcess } from '../../pool/bench-process.ts'
import type { Case } from '../../pool/cases/case.ts'
import { median } from '../../report.ts'
import type { Measurement, Reconnected } from '../measurement.ts'
import { kills } from '../sizes.ts'

/** From a CLIENT KILL of all its connections to the first numbers read after it, while a window is watched. */
export const reconnect: Case = async (report, program) => {
  await onRedis(async (server) => {
    await server.client.rpush('queue:email', 'a job')
    const child = new BenchProcess(program, server.port, { kind: 'reconnect', kills } satisfies Measurement)
    try {
      await child.hear() // it is warm
      child.tell('go')
      const { ms } = JSON.parse(await child.hear()) as Reconnected
      const of = `${ms.length} kills of all connections`
      report.add({ case: of, metric: 'fresh numbers after', value: median(ms), unit: 'ms' })
      report.add({ case: of, metric: 'fresh numbers after, at worst', value: Math.max(...ms), unit: 'ms' })
    } finally {
      await child.kill()
    }
  })
}
