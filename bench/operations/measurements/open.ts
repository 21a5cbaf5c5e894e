import { type OpenConnection, openConnection } from '../../../src/engine/redis/open-connection.ts'
import { plainReach } from '../../../src/engine/redis/reach/plain-reach.ts'
import { testProfile } from '../../../test/connection.ts'

/** A connection as the console opens it. */
export async function open(port: number): Promise<OpenConnection> {
  const profile = testProfile({ url: `redis://127.0.0.1:${port}` })
  const connection = openConnection({ profile, reach: plainReach(profile.url) })
  await connection.tried
  return connection
}
