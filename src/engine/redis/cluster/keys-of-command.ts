import type { Arg, Command } from '../../../systems/handles.ts'
import { commandOf } from '../link.ts'

/** Commands that have no key. What they are about is the server that gets them. */
const keyless = new Set(
  `PING ECHO TIME DBSIZE INFO LASTSAVE ROLE LOLWUT SCAN RANDOMKEY ACL CLIENT CLUSTER COMMAND CONFIG FUNCTION LATENCY PUBSUB
  SLOWLOG MULTI EXEC PUBLISH ASKING`.split(/\s+/),
)
const scripts = new Set(['EVAL', 'EVALSHA', 'EVAL_RO', 'EVALSHA_RO', 'FCALL_RO'])
/** The key stands behind a subcommand. */
const underSubcommand = new Set(['MEMORY', 'OBJECT', 'XINFO'])
/** Several keys, which the client library tells apart from their arguments. */
const several = new Set(
  `EXISTS MGET LCS SINTER SUNION SDIFF SINTERCARD SORT_RO BITOP
  DEL UNLINK RENAME RPOPLPUSH LMOVE BLMOVE BLPOP BRPOP BRPOPLPUSH BZPOPMIN`.split(/\s+/),
)

/** Whether commands are to be done all together or not at all. */
export const isAtomic = (commands: readonly Command[]) => commands.some(([name]) => name.toUpperCase() === 'MULTI')

/** The keys that a command names; of those that Sluice sends, all others have one, and it comes first. */
export function keysOfCommand([name, ...args]: Command): readonly Arg[] {
  const command = name.toUpperCase()
  if (keyless.has(command)) return []
  if (scripts.has(command)) return args.slice(2, 2 + Number(args[1]))
  if (underSubcommand.has(command)) return args.slice(1, 2)
  if (several.has(command)) return commandOf(command, args).getKeys()
  return args.slice(0, 1)
}
