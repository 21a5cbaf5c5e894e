import { SluiceError } from '../../domain/errors.ts'
import type { Command } from '../../systems/handles.ts'

/** Commands that change nothing, whatever their arguments, and that do not block. */
const reads = new Set(
  `PING ECHO TIME DBSIZE INFO LASTSAVE ROLE LOLWUT TYPE TTL PTTL EXPIRETIME PEXPIRETIME EXISTS SCAN RANDOMKEY DUMP
  GET MGET STRLEN GETRANGE SUBSTR GETBIT BITCOUNT BITPOS BITFIELD_RO LCS
  LLEN LRANGE LINDEX LPOS
  HGET HMGET HGETALL HLEN HKEYS HVALS HSCAN HSTRLEN HEXISTS HRANDFIELD HTTL HPTTL
  SCARD SMEMBERS SISMEMBER SMISMEMBER SRANDMEMBER SSCAN SINTER SUNION SDIFF SINTERCARD
  ZCARD ZCOUNT ZLEXCOUNT ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZRANK ZREVRANK
  ZSCORE ZMSCORE ZSCAN ZRANDMEMBER
  XLEN XRANGE XREVRANGE XPENDING SORT_RO EVAL_RO EVALSHA_RO FCALL_RO`.split(/\s+/),
)

/** Commands of which only some subcommands are reads. */
const readSubcommands: Readonly<Record<string, string>> = {
  ACL: 'WHOAMI DRYRUN CAT GETUSER LIST USERS',
  CLIENT: 'LIST INFO ID GETNAME',
  CLUSTER: 'INFO NODES SLOTS SHARDS MYID KEYSLOT',
  COMMAND: 'COUNT INFO DOCS LIST',
  CONFIG: 'GET',
  FUNCTION: 'LIST STATS',
  LATENCY: 'LATEST HISTORY DOCTOR',
  MEMORY: 'USAGE STATS DOCTOR',
  OBJECT: 'ENCODING FREQ IDLETIME REFCOUNT',
  PUBSUB: 'CHANNELS NUMSUB NUMPAT',
  SLOWLOG: 'GET LEN',
  XINFO: 'STREAM GROUPS CONSUMERS',
}

/**
 * Whether a command can only read. A list of what may pass, not of what may not: a command that Redis gets tomorrow is a
 * write until somebody looked at it.
 */
export function isRead([name, first]: Command): boolean {
  const command = name.toUpperCase()
  if (reads.has(command)) return true
  return readSubcommands[command]?.split(' ').includes(String(first).toUpperCase()) ?? false
}

/**
 * A command as a Reader may send it; throws READ_ONLY for any that could write. Scripts that read go as EVAL_RO, where
 * Redis itself refuses their writes.
 */
export function asRead(command: Command): Command {
  const [name, ...args] = command
  if (name.toUpperCase() === 'EVAL') return ['EVAL_RO', ...args]
  if (!isRead(command)) {
    throw new SluiceError('READ_ONLY', `${name.toUpperCase()} may write, and this is a handle for reading.`)
  }
  return command
}
