import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reader } from '../handles.ts'
import { laravelKeys, nameOf, redisPrefixes } from './keys.ts'

/** The prefix where no key tells: what a person named, or what follows from Horizon's own in its default form. */
function presumed({ prefix, name }: QueueRef): string | undefined {
  if (name !== nameOf(prefix)) return name
  return /[_-]horizon:$/.test(prefix) ? `${name}_database_` : undefined
}

/**
 * 1 round trip for those not known yet: what the keys of these Laravel queues begin with, by their names. It is not written
 * anywhere, so it is the first of the likely ones under which a queue of that name has a key; where none has, because
 * all are empty, the one that Laravel makes by default. Throws UNSUPPORTED where that cannot be told.
 */
export async function findPrefixes(
  reader: Reader,
  horizon: QueueRef,
  names: readonly string[],
  known: Map<string, string>,
): Promise<Map<string, string>> {
  const unknown = [...new Set(names)].filter((name) => !known.has(name))
  if (unknown.length === 0) return known
  const prefixes = redisPrefixes(horizon)
  const asked = unknown.flatMap((name) => prefixes.map((prefix) => ({ name, prefix })))
  const replies = await reader.pipeline(
    asked.flatMap(({ name, prefix }) => laravelKeys(prefix, name).all.map((key): Command => ['EXISTS', key])),
  )
  for (const name of unknown) {
    const at = asked.findIndex(
      (each, i) => each.name === name && replies.slice(4 * i, 4 * i + 4).some((reply) => reply === 1),
    )
    const prefix = asked[at]?.prefix ?? presumed(horizon)
    if (prefix === undefined) throw new SluiceError('UNSUPPORTED', notFound(name))
    known.set(name, prefix)
  }
  return known
}

const notFound = (name: string) =>
  `Nothing tells what the keys of the Laravel queue ${name} begin with: name this Horizon by hand in the profile, with that beginning as its name.`
