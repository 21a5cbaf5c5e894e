import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestConnection, type TestConnection } from '../../../test/connection.ts'
import { startRedis, type TestRedis } from '../../../test/redis.ts'
import type { Command, Reader, Writer } from '../../systems/handles.ts'
import { asRead, isRead } from './read-commands.ts'
import { asWrite } from './write-commands.ts'

const harmful: Command[] = [
  ...['FLUSHALL', 'FLUSHDB', 'SHUTDOWN', 'MONITOR', 'SAVE', 'BGSAVE', 'BGREWRITEAOF', 'RESET', 'FAILOVER', 'SYNC'].map(
    (name): Command => [name],
  ),
  ['KEYS', '*'],
  ['CONFIG', 'SET', 'save', ''],
  ['CONFIG', 'RESETSTAT'],
  ['CONFIG', 'REWRITE'],
  ['SCRIPT', 'FLUSH'],
  ['SCRIPT', 'KILL'],
  ['FUNCTION', 'FLUSH'],
  ['DEBUG', 'SLEEP', 1],
  ['ACL', 'SETUSER', 'x'],
  ['ACL', 'DELUSER', 'x'],
  ['CLIENT', 'KILL', 'ID', 1],
  ['CLIENT', 'PAUSE', 1000],
  ['CLUSTER', 'RESET'],
  ['MODULE', 'LOAD', 'x'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['SLAVEOF', 'NO', 'ONE'],
  ['MIGRATE', 'host', 1, 'key', 0, 1],
  ['SWAPDB', 0, 1],
  ['SELECT', 1],
  ['MOVE', 'key', 1],
  ['COPY', 'a', 'b'],
  ['SORT', 'a', 'STORE', 'b'],
  ['SUBSCRIBE', 'x'],
  ['NOBODY', 'KNOWS'],
]

it('takes a type of its own to write', () => expect(aReaderCannotWrite).toBeTypeOf('function'))

describe('what a Writer may send', () => {
  let redis: TestRedis
  let connection: TestConnection
  beforeAll(async () => {
    redis = await startRedis()
    connection = await openTestConnection(redis)
  })
  afterAll(async () => {
    connection.close()
    await redis.stop()
  })

  it.each(harmful.map((command) => [command.join(' '), command] as const))(
    'is not %s, in any spelling',
    (_what, command) => {
      const [name, ...args] = command
      expect(() => asWrite(command)).toThrow(expect.objectContaining({ code: 'READ_ONLY' }))
      expect(() => asWrite([name.toLowerCase(), ...args.map((arg) => String(arg).toLowerCase())])).toThrow()
      expect(() => asRead(command)).toThrow()
    },
  )

  it('is checked before anything is sent, by each way to send', async () => {
    const writer = connection.writer()
    await writer.call('SET', 'kept', '1')
    const refused = { code: 'READ_ONLY' }
    await expect(writer.call('FLUSHALL')).rejects.toMatchObject(refused)
    await expect(writer.pipeline([['SET', 'other', '1'], ['FLUSHALL']])).rejects.toMatchObject(refused)
    const dedicated = await connection.dedicated('test')
    await expect(dedicated.call('FLUSHALL')).rejects.toMatchObject(refused)
    await expect(dedicated.pipeline([['FLUSHALL']])).rejects.toMatchObject(refused)
    await expect(dedicated.block(1, 'FLUSHALL')).rejects.toMatchObject(refused)
    dedicated.close()
    expect(await redis.client.keys('*')).toEqual(['kept'])
  })

  it('is every read, and what changes keys by their names', () => {
    for (const command of [
      ['GET', 'a'],
      ['RPUSH', 'a', 'b'],
      ['client', 'unblock', 1],
      ['Hset', 'a', 'b', 'c'],
    ] as Command[]) {
      expect(asWrite(command)).toBe(command)
    }
    expect(isRead(['RPUSH', 'a', 'b'])).toBe(false)
  })
})

/** Only compiled: that fails when a Reader becomes able to write, for then an error that is expected is missing. */
function aReaderCannotWrite(reader: Reader, connection: { readonly reader: Reader }): void {
  const script = { name: 'x', lua: 'return 1' }
  // @ts-expect-error a Reader has no way to run a script that writes
  void reader.run(script, [], [])
  // @ts-expect-error nor has the reader of a connection
  void connection.reader.run(script, [], [])
  // @ts-expect-error and it cannot stand where a Writer is wanted
  const writer: Writer = reader
  void writer
  const remove = (to: Writer) => to.call('DEL', 'key')
  // @ts-expect-error as an argument neither
  void remove(reader)
}
