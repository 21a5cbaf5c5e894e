import type { Writer } from '../../systems/handles.ts'
import type { Random } from './random.ts'

/** Something that keeps a part of the demo moving. */
export interface Actor {
  /** Time between two turns in ms, before jitter. */
  readonly everyMs: number
  /** One step: a few commands. What it throws ends the step, not the actor. `now` is epoch ms. */
  turn(writer: Writer, random: Random, now: number): Promise<void>
}

/** Sends commands in one round trip and throws the first error reply. */
export async function sendAll(writer: Writer, commands: Parameters<Writer['pipeline']>[0]) {
  if (commands.length === 0) return []
  const replies = await writer.pipeline(commands)
  for (const reply of replies) if (reply instanceof Error) throw reply
  return replies
}

/** What the locks of the demo's own workers begin with. */
export const demoLock = 'demo-'

/** Of the active jobs of a queue those that no other worker holds: somebody may run real ones on the demo. */
export async function ownJobs(writer: Writer, base: string, ids: readonly string[]): Promise<string[]> {
  const locks = await sendAll(
    writer,
    ids.map((id) => ['GET', `${base}${id}:lock`]),
  )
  return ids.filter((_id, i) => !locks[i] || String(locks[i]).startsWith(demoLock))
}

/** How busy the demo's world is: it swings slowly between half and one and a half, so that charts have a shape. */
export function load(now: number): number {
  return 1 + Math.sin((now / 90_000) * 2 * Math.PI) / 2
}
