import { randomUUID } from 'node:crypto'
import { type OpenConnection, openConnection } from '../../../src/engine/redis/open-connection.ts'
import { plainReach } from '../../../src/engine/redis/reach/plain-reach.ts'
import { systemOf } from '../../../src/systems/registry.ts'
import type { QueueSystem, Run, WriteActions } from '../../../src/systems/system.ts'
import { testProfile } from '../../../test/connection.ts'
import { freeRun } from '../../../test/free-run.ts'

/** Our way to BullMQ, over a connection as the console opens it. */
export async function openSluice(
  port: number,
): Promise<{ connection: OpenConnection; system: QueueSystem; write: Required<WriteActions> }> {
  const profile = testProfile({ url: `redis://127.0.0.1:${port}` })
  const connection = openConnection({ profile, reach: plainReach(profile.url) })
  await connection.tried
  const system = systemOf('bullmq')
  return { connection, system, write: system.write as Required<WriteActions> }
}

/** A place in the trash of its own. */
export const trash = () => ({ key: `sluice:trash:${randomUUID()}`, ttlMs: 3_600_000 })

/** A run that nobody cancels; `onStep` hears how many jobs are behind it. */
export function runOf(onStep: (done: number) => void = () => {}): Run {
  return { ...freeRun, progress: onStep }
}
