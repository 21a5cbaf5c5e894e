import { Redis } from 'ioredis'
import { startRedis } from '../redis.ts'

/*
 * node --import tsx test/peers/record-server.ts: prints what the redis-server or valkey-server that stands first in the
 * PATH answers to what Sluice asks, and how it refuses, as one entry of servers.json. Servers of other versions are
 * not on every machine; their answers are.
 */

const server = await startRedis('--lua-time-limit', '50')
const { client, url } = server

const plain = { protocol: 2, enableReadyCheck: false, disableClientInfo: true } as const

/** The reply as text, an error as its message. */
async function answer(asked: Redis, name: string, ...args: (string | number)[]): Promise<string> {
  try {
    const reply = await asked.call(name, ...args)
    return Array.isArray(reply) ? JSON.stringify(reply) : String(reply)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function as(options: { username?: string; password?: string }, ...command: string[]): Promise<string> {
  const user = new Redis(url, { ...plain, ...options, lazyConnect: true, retryStrategy: () => null })
  user.on('error', () => {})
  try {
    await user.connect()
    return await answer(user, command[0] ?? 'PING', ...command.slice(1))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    user.disconnect()
  }
}

const limited = { username: 'limited', password: 'secret' }
await client.call('ACL', 'SETUSER', 'limited', 'on', '>secret', '~app:*', '+get', '+ping', '+publish')
await answer(client, 'ACL', 'SETUSER', 'limited', 'resetchannels') // Redis 6.0 has no channels in its rules
await client.rpush('list', 'a')

const answers: Record<string, string> = {
  info: await answer(client, 'INFO'),
  role: await answer(client, 'ROLE'),
  user: await answer(client, 'ACL', 'WHOAMI'),
  'may run': await answer(client, 'ACL', 'DRYRUN', 'default', 'EVAL', 'return 1', 0),
  'may not run': await answer(client, 'ACL', 'DRYRUN', 'limited', 'RPUSH', 'app:list', 'a'),
  'may not reach': await answer(client, 'ACL', 'DRYRUN', 'limited', 'GET', 'other'),
  'reading script': await answer(client, 'EVAL_RO', 'return 1', 0),
}
const refusals: Record<string, string> = {
  'no permission for the command': await as(limited, 'RPUSH', 'app:list', 'a'),
  'no permission for the key': await as(limited, 'GET', 'other'),
  'no permission for the channel': await as(limited, 'PUBLISH', 'news', 'x'),
  'wrong password': await answer(client, 'AUTH', 'limited', 'other'),
  'unknown command': await answer(client, 'NONSENSE', 'secret argument'),
  'wrong type': await answer(client, 'GET', 'list'),
  'no such database': await answer(client, 'SELECT', 99_999),
  'no such script': await answer(client, 'EVALSHA', '0'.repeat(40), 0),
  'not a cluster': await answer(client, 'CLUSTER', 'SLOTS'),
}

const other = new Redis(url, plain)
const busy = client.call('EVAL', 'while true do end', 0).catch(() => {})
do refusals.busy = await answer(other, 'GET', 'list')
while (!refusals.busy.startsWith('BUSY'))
await other.call('SCRIPT', 'KILL')
await busy
other.disconnect()

await client.call('CONFIG', 'SET', 'maxmemory', '1')
refusals.full = await answer(client, 'SET', 'a', 'b')
await client.call('CONFIG', 'SET', 'maxmemory', '0')
await client.call('REPLICAOF', '127.0.0.1', '1')
refusals.replica = await answer(client, 'SET', 'a', 'b')
await client.call('CONFIG', 'SET', 'replica-serve-stale-data', 'no')
refusals['master away'] = await answer(client, 'GET', 'a')
await client.call('REPLICAOF', 'NO', 'ONE')
await client.call('CONFIG', 'SET', 'requirepass', 'secret')
refusals['no password'] = await as({}, 'PING')
await client.call('CONFIG', 'SET', 'requirepass', '')
await client.call('CONFIG', 'SET', 'maxclients', '1')
refusals['too many clients'] = await as({}, 'PING')

console.log(JSON.stringify({ answers, refusals }, null, 2))
await server.stop()
