import { SluiceError } from '../../domain/errors.ts'
import type { Command } from '../../systems/handles.ts'
import { isRead } from './read-commands.ts'

/**
 * Commands that change data in keys that they name, and what workers need: to wait for jobs, to tell others, and to name
 * and wake their own sockets. What changes a server, all of its data, its users or other clients is not among them.
 */
const writes = new Set(
  `EVAL EVALSHA MULTI EXEC
  DEL UNLINK RENAME RESTORE EXPIRE EXPIREAT PEXPIRE PEXPIREAT PERSIST
  SET SETEX PSETEX INCR INCRBY
  LPUSH RPUSH LPOP RPOP LREM LSET LTRIM LINSERT RPOPLPUSH LMOVE BLMOVE BLPOP BRPOP BRPOPLPUSH
  HSET HSETNX HMSET HDEL HINCRBY
  SADD SREM SPOP
  ZADD ZREM ZINCRBY ZPOPMIN ZREMRANGEBYRANK ZREMRANGEBYSCORE BZPOPMIN
  XADD XTRIM XDEL
  PUBLISH`.split(/\s+/),
)

/** Commands of which only some subcommands are let through. */
const writeSubcommands: Readonly<Record<string, string>> = {
  CLIENT: 'SETNAME UNBLOCK',
}

/**
 * A command as a Writer may send it; throws READ_ONLY for any that is not in the list: a list of what may pass, not of what may
 * not, so that no slip of ours, and no key that somebody named cunningly, becomes a FLUSHALL. Scripts are our own text;
 * what they call is read out of them by the test of engine/permissions, which lets none of those through either.
 */
export function asWrite(command: Command): Command {
  const [name, first] = command
  const upper = name.toUpperCase()
  if (writes.has(upper) || isRead(command)) return command
  if (writeSubcommands[upper]?.split(' ').includes(String(first).toUpperCase())) return command
  throw new SluiceError('READ_ONLY', `Sluice never sends ${upper} to a Redis.`)
}
