import { surveyFailures } from '../../../src/engine/failures/survey-failures.ts'
import { plainList } from '../../../src/systems/plain-list/index.ts'
import type { Found } from '../../pool/measurement.ts'
import { measured } from '../seed.ts'
import { cpuSince } from './cpu.ts'
import { MemoryWatch } from './memory.ts'
import { open } from './open.ts'

/** How long it takes to group all dead letters, and how much memory. */
export async function measureGroup(port: number, budget: number, warm: () => Promise<void>): Promise<Found> {
  const connection = await open(port)
  await warm()
  const memory = new MemoryWatch()
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  let found = { scanned: 0, groupCount: 0, redisMs: 0 }
  for await (const told of surveyFailures({
    connections: [connection],
    queues: () => [measured],
    systems: [plainList],
    budget,
  })) {
    found = told
  }
  const [ms, cpuMs] = [performance.now() - start, cpuSince(cpu)]
  return { ms, cpuMs, jobs: found.scanned, groups: found.groupCount, redisMs: found.redisMs, memory: memory.stop() }
}
