import type { Answer } from './ask-permissions.ts'
import { commandsAdded, type ServerVersion } from './commands-of-role.ts'

/** What does not work without a command, in a sentence. `reads`: also for somebody who only looks. */
const consequences: readonly { commands: readonly string[]; reads: boolean; sentence: string }[] = [
  { commands: ['SCAN'], reads: true, sentence: 'Queues are found only where you name them by hand (SCAN).' },
  { commands: ['INFO'], reads: true, sentence: 'Memory, clients and the version of this Redis are not shown (INFO).' },
  { commands: ['EVAL_RO'], reads: true, sentence: 'What only a script can read is not shown (EVAL_RO).' },
  { commands: ['CLIENT|LIST'], reads: true, sentence: 'Workers of other programs are not shown (CLIENT LIST).' },
  {
    commands: ['MEMORY|USAGE'],
    reads: true,
    sentence: 'What queues and the trash take up is not known (MEMORY USAGE).',
  },
  {
    commands: ['PSUBSCRIBE'],
    reads: true,
    sentence: 'What happens to jobs is seen at the next look, not at once (PSUBSCRIBE).',
  },
  {
    commands: ['EVAL', 'EVALSHA'],
    reads: false,
    sentence: 'Nothing can be done to jobs: each action is a script (EVAL, EVALSHA).',
  },
  {
    commands: ['DUMP', 'RESTORE', 'UNLINK'],
    reads: false,
    sentence: 'The trash cannot be moved to this computer and back (DUMP, RESTORE, UNLINK).',
  },
  {
    commands: ['PUBLISH'],
    reads: false,
    sentence: 'Other programs are not told at once of what was done here (PUBLISH).',
  },
  { commands: ['BLMOVE'], reads: false, sentence: 'Workers of this computer cannot wait for jobs (BLMOVE).' },
  {
    commands: ['BRPOPLPUSH', 'BZPOPMIN'],
    reads: false,
    sentence: 'Workers of Bull and BullMQ cannot wait for jobs (BRPOPLPUSH, BZPOPMIN).',
  },
]

/** What of Sluice will not work for a user, in sentences, the gravest first. */
export function lacksOf(
  { refused, someKeys, someChannels }: Answer,
  version: ServerVersion,
  readOnly: boolean,
): string[] {
  const lacks = consequences
    .filter(({ commands, reads }) => (reads || !readOnly) && commands.some((name) => refused.has(name)))
    .map(({ sentence }) => sentence)
  const writes = commandsAdded('operator', version).filter(({ name }) => refused.has(name)).length
  if (!readOnly && writes > 0 && !refused.has('EVAL') && !refused.has('EVALSHA')) {
    lacks.push('Some actions would be refused half-way, with a part of them done: give the user all that is missing.')
  }
  if (someKeys) lacks.push('Not every key is in reach of this user: queues beyond are neither seen nor changed.')
  if (someChannels) lacks.push('Not every channel is in reach of this user: some events are not seen at once.')
  return lacks
}
