import type { Profile } from '../src/domain/profile.ts'
import { type OpenConnection, openConnection } from '../src/engine/redis/open-connection.ts'
import { type CountingReader, countingReader } from './reader.ts'
import type { TestRedis } from './redis.ts'

/** A profile that leads to a test server; what a test cares about it sets itself. */
export function testProfile(server: Pick<TestRedis, 'url'>, changes: Partial<Profile> = {}): Profile {
  return {
    id: 'test',
    name: 'Test',
    url: server.url,
    colour: 'blue',
    environment: 'local',
    readOnly: false,
    hints: [],
    trackedPrefix: 'local_request:',
    privateTargets: true,
    trashLimitMb: 256,
    builtIn: false,
    hasSecret: false,
    ...changes,
  }
}

/** A real connection whose reads are counted. */
export interface TestConnection extends OpenConnection {
  readonly reader: CountingReader
}

/** Opens a real connection to a test server, ready to use; whoever opens it closes it. */
export async function openTestConnection(
  server: Pick<TestRedis, 'url'>,
  changes: Partial<Profile> = {},
  password: string | null = null,
): Promise<TestConnection> {
  const connection = openConnection({
    profile: testProfile(server, changes),
    password: async () => password,
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
