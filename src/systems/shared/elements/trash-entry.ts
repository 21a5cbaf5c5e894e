import type { QueueRef } from '../../../domain/queue.ts'
import type { Reader, Writer } from '../../handles.ts'
import type { TrashSlot } from '../../system.ts'

/**
 * A trash entry in Redis, written by the scripts that take or change jobs, so that nothing is ever in neither place:
 *
 *   sluice:trash:ID         HASH  of (queue and state), kind, at (ms when it began), and what each kind notes; TTL by action
 *   sluice:trash:ID:items   LIST  `place:bytes` of each removed job, `place:fingerprint:bytes` of each changed one: where
 *                                 it was, and for a changed one what it became; behind those of a script, lowest place
 *                                 last, stands `=length:head:tail:how many` of what stayed, by which places are found
 *   sluice:trash:ID:data    LIST or ZSET  a state as it was, renamed
 *   sluice:trash:ID:wake    LIST  the wake-ups of a purged state, renamed
 *
 * kind says what it is of:
 *   items    removed jobs
 *   whole    a purged state: `length` jobs. While `settled` is 0, what arrived since it was frozen still lies behind
 *            them in `data`, and `purge` goes on with putting that back.
 *   changed  jobs that were retried, moved or edited one by one: `to` says where they went (queue and state)
 *   retried  a state that runs again as a whole: `length` jobs lie in `data`, of which the first `next` are done with (`done`
 *            run, `stays` could not). It has no TTL until all are; once `left` is there the operator stopped it, and those
 *            that had not run go back.
 */
export const trashKeys = (trash: TrashSlot) => ({
  entry: trash.key,
  items: `${trash.key}:items`,
  data: `${trash.key}:data`,
  wake: `${trash.key}:wake`,
})

/** What a trash entry says of itself: a queue and a state, where its jobs were or went. */
export function describeRemoved(queue: QueueRef, state: string): string {
  return JSON.stringify({ ...queue, state })
}

/** What `describeRemoved` wrote; null for anything else. */
export function readPlace(text: string): { queue: QueueRef; state: string } | null {
  try {
    const { system, prefix, name, state } = JSON.parse(text) as QueueRef & { state: string }
    return { queue: { system, prefix, name }, state }
  } catch {
    return null
  }
}

/** Where a change keeps what undoes it: the entry, the place that the jobs are in and the one that they go to. */
export interface Kept {
  readonly trash: TrashSlot
  readonly of: string
  readonly to: string
}

/** What a change of jobs of one place keeps, which go to another. */
export function keptIn(trash: TrashSlot, queue: QueueRef, state: string, to: QueueRef, toState: string): Kept {
  return { trash, of: describeRemoved(queue, state), to: describeRemoved(to, toState) }
}

/** What the scripts get of it: ttl ms, place and target; nothings where nothing is kept. */
export const keptArgs = (kept: Kept | undefined) => [kept?.trash.ttlMs ?? 0, kept?.of ?? '', kept?.to ?? '']

/**
 * 1 round trip: how many jobs an entry has taken so far. Whoever takes jobs out of a list in many calls, those nearest to its
 * head first, finds the next ones that many places further down than they were seen.
 */
export async function takenSoFar(writer: Writer, { trash }: Kept): Promise<number> {
  return Number((await writer.call('HGET', trashKeys(trash).entry, 'jobs')) ?? 0)
}

/** 1 round trip: the keys of an entry that are there, the entry itself last. */
export async function* trashKeysOfElements(reader: Reader, trash: TrashSlot): AsyncGenerator<string[], void, void> {
  const { entry, ...others } = trashKeys(trash)
  const keys = [...Object.values(others), entry]
  const replies = await reader.pipeline(keys.map((key) => ['EXISTS', key]))
  const there = keys.filter((_, i) => replies[i] === 1)
  if (there.length > 0) yield there
}

/**
 * Lua that writes an entry. keep: adds what `collect` found to the items of an entry, before it is taken; `became` gives the
 * fingerprint of what a job becomes, and is left out for removed ones. stay: notes what is left in the place after
 * that, what the entry is of, and how long it lives.
 */
export const keepLua = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function keep(items, found, became)
  for i = #found, 1, -1 do
    local print = became and became(found[i]) .. ':' or ''
    redis.call('RPUSH', items, found[i][1] .. ':' .. print .. found[i][2])
  end
end
local function stay(items, entry, key, count, ttl, of, kind, to)
  local note = '=:::'
  if redis.call('TYPE', key).ok ~= 'zset' then
    local head, tail = redis.call('LINDEX', key, 0), redis.call('LINDEX', key, -1)
    note = '=' .. redis.call('LLEN', key) .. ':' .. (head and digest(head) or '') .. ':' .. (tail and digest(tail) or '') .. ':'
  end
  redis.call('RPUSH', items, note .. count)
  redis.call('HSET', entry, 'of', of, 'kind', kind)
  if to then redis.call('HSET', entry, 'to', to) end
  redis.call('HSETNX', entry, 'at', string.format('%.0f', now()))
  redis.call('HINCRBY', entry, 'jobs', count)
  redis.call('PEXPIRE', items, ttl)
  redis.call('PEXPIRE', entry, ttl)
end
`
