import { SluiceError } from '../src/domain/errors.ts'
import { type Profile, usualProfile } from '../src/domain/profile.ts'
import { type OpenConnection, openConnection } from '../src/engine/redis/open-connection.ts'
import { reachOf } from '../src/engine/redis/reach/reach.ts'
import { type CountingReader, countingReader } from './reader.ts'
import type { TestRedis } from './redis.ts'

/** A profile that leads to a test server; what a test cares about it sets itself. */
export function testProfile(server: Pick<TestRedis, 'url'>, changes: Partial<Profile> = {}): Profile {
  return {
    id: 'test',
    name: 'Test',
    url: server.url,
    ...usualProfile,
    ...changes,
  }
}

/** A real connection whose reads are counted. */
export interface TestConnection extends OpenConnection {
  readonly reader: CountingReader
}

const noSsh = { dial: () => Promise.reject(new SluiceError('SSH_FAILED')) }

/** Opens a real connection to a test server, or with the topology of a test cluster to that, ready to use; whoever opens it closes it. */
export async function openTestConnection(
  server: Pick<TestRedis, 'url'>,
  changes: Partial<Profile> = {},
  password: string | null = null,
): Promise<TestConnection> {
  const profile = testProfile(server, changes)
  const connection = openConnection({
    profile,
    reach: reachOf({ profile, secret: async (name) => (name === 'password' ? password : null), ssh: noSsh }),
    heartbeat: { everyMs: 500, timeoutMs: 2000 },
  })
  const reader = countingReader(connection.reader)
  await connection.tried
  return Object.defineProperty(connection, 'reader', { value: reader }) as TestConnection
}

/** Makes an ACL user and opens a connection as that user. `rules` as for ACL SETUSER: `'+@all', '-info'`. */
export async function openAsUser(
  server: TestRedis,
  rules: readonly string[],
  changes: Partial<Profile> = {},
): Promise<TestConnection> {
  await server.client.call('ACL', 'SETUSER', 'limited', 'reset', 'on', '>secret', '~*', '&*', '+@all', ...rules)
  const url = server.url.replace('redis://', 'redis://limited@')
  return openTestConnection(server, { url, ...changes }, 'secret')
}
