import type { Redis } from 'ioredis'
import { type Fate, fateOf, idOf } from './job.ts'

/**
 * What the handlers did, kept outside the queue: the effects that a job would have in the world. One entry a try,
 * `ok ID` or `failed ID`, in a list of a Redis that nobody kills.
 */
export const notesKey = (queue: string) => `notes:${queue}`

/** Does a job: notes the effect, and then ends as its fate says. Throws for a try that fails. */
export async function carryOut(notes: Redis, key: string, raw: Buffer, attempt: number, hangs: boolean): Promise<void> {
  const fate: Fate = fateOf(raw)
  const fails = fate === 'doomed' || (fate === 'flaky' && attempt === 1)
  await notes.rpush(key, `${fails ? 'failed' : 'ok'} ${idOf(raw)}`)
  if (fails) throw new Error(`meant to fail on try ${attempt}`)
  if (fate === 'hang' && hangs) await new Promise(() => {})
}
