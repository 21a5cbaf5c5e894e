import { type Profile, usualProfile } from '../src/domain/profile.ts'
import type { PoolTiming } from '../src/engine/pool/lists/pool-timing.ts'
import { type OpenConnection, openConnection } from '../src/engine/redis/open-connection.ts'
import { plainReach } from '../src/engine/redis/reach/plain-reach.ts'

/** Opens a Redis as a local profile, writable and ready. */
export async function openTestConnection(url: string, changes: Partial<Profile> = {}): Promise<OpenConnection> {
  const profile: Profile = {
    id: 'test',
    name: 'Test',
    url,
    ...usualProfile,
    ...changes,
  }
  const connection = openConnection({ profile, reach: plainReach(profile.url) })
  await connection.tried
  return connection
}

/** Times that let a test see leases run out without waiting for long. */
export const quick: Partial<PoolTiming> = {
  leaseMs: 800,
  beatMs: 200,
  sweepMs: 150,
  orphanSweepMs: 150,
  aloneAfterMs: 150,
}

/** Resolves once `check` is true; for states of Redis, which tells nobody when they come about. */
export async function eventually(what: string, check: () => Promise<boolean> | boolean, ms = 60_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`never came about: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
