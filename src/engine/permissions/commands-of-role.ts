import type { Role } from '../../domain/permission.ts'

/**
 * The commands that Sluice sends for each role, or that its scripts call: each role has those of the one before it. The
 * test beside this file takes them out of the code, so that none is missing here. Behind each stands how many arguments
 * it takes at least: Redis says whether a user may run a command only when it is asked with a right number of them.
 */
const added: Readonly<Record<Role, string>> = {
  // All that a Reader sends: looking at queues, jobs, workers, memory, the trash.
  viewer: `PING 0 SELECT 1 INFO 0 TIME 0 DBSIZE 0 SCAN 1 TYPE 1 EXISTS 1 TTL 1 PTTL 1 DUMP 1
    GET 1 GETRANGE 3 STRLEN 1
    LLEN 1 LRANGE 3 LINDEX 2 LPOS 2
    HGET 2 HMGET 2 HGETALL 1 HLEN 1 HKEYS 1 HVALS 1 HSCAN 2 HSTRLEN 2 HEXISTS 2 HRANDFIELD 1
    SCARD 1 SMEMBERS 1 SISMEMBER 2 SRANDMEMBER 1 SSCAN 2
    ZCARD 1 ZCOUNT 3 ZRANGE 3 ZREVRANGE 3 ZRANGEBYSCORE 3 ZREVRANGEBYSCORE 3 ZRANK 2 ZREVRANK 2 ZSCORE 2 ZMSCORE 2
    XREVRANGE 3
    EVAL_RO 2 EVALSHA_RO 2 PSUBSCRIBE 1 PUNSUBSCRIBE 0
    ACL|WHOAMI 0 ACL|DRYRUN 2 CLIENT|LIST 0 CLIENT|SETNAME 1 MEMORY|USAGE 1`,
  // Acting on jobs: the scripts of the systems and of the machinery around them, tracked requests, the trash.
  operator: `EVAL 2 EVALSHA 2 SET 2 INCR 1 DEL 1 UNLINK 1 RENAME 2 RESTORE 3 EXPIRE 2 EXPIREAT 2 PEXPIRE 2 PERSIST 1
    LPUSH 2 RPUSH 2 LPOP 1 RPOP 1 LREM 3 LSET 3 LTRIM 3 LINSERT 4
    HSET 3 HSETNX 3 HDEL 2 HINCRBY 3
    SADD 2 SREM 2
    ZADD 3 ZREM 2 ZPOPMIN 1 ZREMRANGEBYRANK 3
    SORT 1 XADD 4 PUBLISH 2`,
  // Running workers here: ours, and the scripts and blocking commands of Bull and BullMQ.
  admin: `BLMOVE 5 CLIENT|ID 0 CLIENT|UNBLOCK 1 CLIENT|SETINFO 2 MULTI 0 EXEC 0 WATCH 1 UNWATCH 0 SCRIPT|LOAD 1
    SUBSCRIBE 1 UNSUBSCRIBE 0
    PSETEX 3 INCRBY 2 PEXPIREAT 2 RPOPLPUSH 2 BRPOPLPUSH 3 BZPOPMIN 2 HMSET 3
    ZRANGEBYLEX 3 ZLEXCOUNT 3 ZREMRANGEBYSCORE 3
    XLEN 1 XRANGE 3 XREAD 3 XTRIM 3 XDEL 2`,
}

/** What every role needs besides in a cluster: to know its masters, and to follow a slot that moves. */
const inCluster = 'CLUSTER|SLOTS 0 CLUSTER|INFO 0 ASKING 0'

/** The commands that came with a version of Redis: an older one does not know them, and does without. */
const since: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  EVAL_RO: [7, 0],
  EVALSHA_RO: [7, 0],
  'ACL|DRYRUN': [7, 0],
  'CLIENT|SETINFO': [7, 2],
}

/** What a server is: which commands it knows. */
export interface ServerVersion {
  readonly major: number
  readonly minor: number
  /** It is a node of a cluster. */
  readonly cluster?: boolean
}

/** A command as an ACL names it, with a subcommand behind a bar, and how many arguments it takes at least. */
export interface RoleCommand {
  readonly name: string
  readonly args: number
}

/** The commands that a role has more than the one before it. */
export function commandsAdded(role: Role, version: ServerVersion): RoleCommand[] {
  const words = (version.cluster && role === 'viewer' ? `${added[role]} ${inCluster}` : added[role]).split(/\s+/)
  const commands: RoleCommand[] = []
  for (let i = 0; i < words.length; i += 2) commands.push({ name: words[i] as string, args: Number(words[i + 1]) })
  // Scripts that only read go as EVAL where there is no EVAL_RO; what they call is refused all the same.
  if (role === 'viewer' && !isSince(version, 'EVAL_RO')) commands.push({ name: 'EVAL', args: 2 })
  return commands.filter(({ name }) => isSince(version, name))
}

function isSince({ major, minor }: ServerVersion, name: string): boolean {
  const [fromMajor, fromMinor] = since[name] ?? [0, 0]
  return major > fromMajor || (major === fromMajor && minor >= fromMinor)
}

const before: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  operator: ['viewer', 'operator'],
  admin: ['viewer', 'operator', 'admin'],
}

/** All commands of a role. */
export function commandsOf(role: Role, version: ServerVersion): RoleCommand[] {
  return before[role].flatMap((each) => commandsAdded(each, version))
}

/**
 * The line that makes a user of a role, for redis-cli. What the user was before is forgotten. A viewer may reach keys for
 * reading alone where Redis can tell (7.0), so that even a command that is let through by mistake writes nothing.
 */
export function aclLineOf(role: Role, version: ServerVersion): string {
  const keys = role === 'viewer' && version.major >= 7 ? '%R~*' : '~*'
  const names = new Set(commandsOf(role, version).map(({ name }) => `+${name.toLowerCase()}`))
  return `ACL SETUSER sluice-${role} reset on >PASSWORD ${keys} &* -@all ${[...names].sort().join(' ')}`
}
