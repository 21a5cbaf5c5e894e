import { SluiceError } from '../../domain/errors.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader, Script, Writer } from '../handles.ts'
import { chunkBytes, chunkSize, chunksOf, numbersOf } from '../shared/elements/seen.ts'
import { describeRemoved, trashKeys } from '../shared/elements/trash-entry.ts'
import { itemsOf } from '../shared/hashed-jobs/replies.ts'
import { inOneSlot } from '../shared/one-slot.ts'
import type { Fates, Frozen, Run, StepOutcome, TrashSlot } from '../system.ts'
import { parseRef } from './decode.ts'
import { keyOf } from './keys.ts'
import { slotSentence } from './retry.ts'
import { fatesLua, unretryScript } from './retry-script.ts'

/** Of a larger payload the tags are not read: their sets expire by themselves. */
const mostTagged = 1_000_000

/**
 * Lua that moves one failed job into the trash, with all that Horizon keeps of it. A trash item is MessagePack, which holds
 * any bytes: id, score, score in recent_failed_jobs, the hash as DUMP gives it, the ms it had left, and its tags in
 * turn with their scores and the ms that their sets had left.
 */
const forgetLua = `
local function forget(failed, recent, hash, prefix, items, id, score)
  local tags = {}
  local payload = redis.call('TYPE', hash).ok == 'hash' and redis.call('HGET', hash, 'payload')
  if payload and #payload <= ${mostTagged} then
    local ok, job = pcall(cjson.decode, payload)
    if ok and type(job) == 'table' and type(job.tags) == 'table' then
      for _, tag in ipairs(job.tags) do
        local set = prefix .. 'failed:' .. tostring(tag)
        local at = redis.call('TYPE', set).ok == 'zset' and redis.call('ZSCORE', set, id)
        if at then
          for _, v in ipairs({ tostring(tag), at, tostring(redis.call('PTTL', set)) }) do tags[#tags + 1] = v end
          redis.call('ZREM', set, id)
        end
      end
    end
  end
  local item = cmsgpack.pack({ id, score, redis.call('ZSCORE', recent, id) or '', redis.call('DUMP', hash) or '',
    tostring(redis.call('PTTL', hash)), tags })
  redis.call('RPUSH', items, item)
  redis.call('ZREM', failed, id)
  redis.call('ZREM', recent, id)
  redis.call('DEL', hash)
  return #item
end
local function enter(items, entry, ttl, of)
  redis.call('HSET', entry, 'of', of, 'kind', 'forgotten')
  redis.call('PEXPIRE', items, ttl)
  redis.call('PEXPIRE', entry, ttl)
end
`

/**
 * KEYS: failed_jobs, recent_failed_jobs, trash items, trash entry, then each hash. ARGV: prefix, ttl ms, queue and state,
 * then id and score of each. Returns how many were forgotten.
 */
const forgetScript: Script = {
  name: 'horizon.forget',
  lua: `${forgetLua}
local done = 0
for i = 5, #KEYS do
  local id, score = ARGV[2 * i - 6], ARGV[2 * i - 5]
  local now = redis.call('ZSCORE', KEYS[1], id)
  if now and tonumber(now) == tonumber(score) then
    forget(KEYS[1], KEYS[2], KEYS[i], ARGV[1], KEYS[3], id, now)
    done = done + 1
  end
end
if done > 0 then
  redis.call('HINCRBY', KEYS[4], 'done', done)
  enter(KEYS[3], KEYS[4], ARGV[2], ARGV[3])
end
return done`,
}

/**
 * 1 script per 100 jobs: what Horizon's own "forget" removes, and the traces that it leaves to expire. A row in the
 * application's failed_jobs table stays, from which `queue:retry all` can still run the job.
 */
export async function remove(
  writer: Writer,
  queue: QueueRef,
  state: string,
  refs: readonly string[],
  trash: TrashSlot,
): Promise<StepOutcome> {
  const unique = [...new Set(refs)]
  const jobs = unique.flatMap((ref) => parseRef(ref) ?? [])
  const { entry, items } = trashKeys(trash)
  let done = 0
  for (const chunk of chunksOf(jobs, chunkSize)) {
    const keys = [keyOf(queue, 'failed_jobs'), keyOf(queue, 'recent_failed_jobs'), items, entry]
    const args = [queue.prefix, trash.ttlMs, describeRemoved(queue, state)]
    const reply = await inOneSlot(slotSentence, () =>
      writer.run(
        forgetScript,
        [...keys, ...chunk.map(({ id }) => keyOf(queue, id))],
        [...args, ...chunk.flatMap(({ id, score }) => [id, score])],
      ),
    )
    done += typeof reply === 'number' ? reply : 0
  }
  const bad = unique.filter((ref) => parseRef(ref) === null)
  const refused = bad.map((ref) => ({ ref, reason: 'This does not name a job of this state.' }))
  return { done, missing: jobs.length - done, refused }
}

/**
 * Forgets the oldest failed jobs, as many as one script should, of those that had failed at a moment. KEYS: failed_jobs,
 * recent_failed_jobs, trash items, trash entry. ARGV: prefix, ttl ms, queue and state, how many had failed then, unix
 * seconds of the moment, how many at most. Hashes are named by what the set holds, behind the same prefix. Returns how
 * many were forgotten in all, and how many are left.
 */
const purgeScript: Script = {
  name: 'horizon.purge',
  lua: `${forgetLua}
local before = tonumber(redis.call('HGET', KEYS[4], 'done') or 0)
local most = math.min(tonumber(ARGV[6]), tonumber(ARGV[4]) - before)
local done, bytes = 0, 0
while done < most and bytes < ${chunkBytes} do
  local job = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '-' .. ARGV[5], 'WITHSCORES', 'LIMIT', 0, 1)
  if #job == 0 then break end
  bytes = bytes + forget(KEYS[1], KEYS[2], ARGV[1] .. job[1], ARGV[1], KEYS[3], job[1], job[2])
  done = done + 1
end
if done > 0 then
  redis.call('HINCRBY', KEYS[4], 'done', done)
  enter(KEYS[3], KEYS[4], ARGV[2], ARGV[3])
end
return { before + done, redis.call('ZCOUNT', KEYS[1], '-' .. ARGV[5], '+inf') }`,
}

/** 1 script per 100 jobs or 1 MB, oldest first; what failed since it was frozen stays. */
export async function purge(
  writer: Writer,
  queue: QueueRef,
  state: string,
  frozen: Frozen,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome> {
  const { entry, items } = trashKeys(trash)
  const keys = [keyOf(queue, 'failed_jobs'), keyOf(queue, 'recent_failed_jobs'), items, entry]
  const args = [queue.prefix, trash.ttlMs, describeRemoved(queue, state), frozen.count, frozen.mark]
  let done = Number((await writer.call('HGET', entry, 'done')) ?? 0)
  for (let left = 1; left > 0 && done < frozen.count; ) {
    const most = run.signal.aborted ? 0 : await run.next(Math.min(chunkSize, frozen.count - done))
    if (most === 0) return { done, missing: 0, refused: [], left: frozen.count - done }
    const reply = await inOneSlot(slotSentence, () => writer.run(purgeScript, keys, [...args, most]))
    const [inAll = 0, stillThere = 0] = numbersOf(reply)
    done = inAll
    left = stillThere
    run.progress(done, frozen.count)
  }
  return { done, missing: frozen.count - done, refused: [] }
}

/**
 * Puts back up to 100 forgotten jobs, with the time that they had left when they were forgotten. What is there again under
 * its id is left as it is. KEYS: failed_jobs, recent_failed_jobs, trash items, trash entry. ARGV: prefix. Returns how
 * many are left, how many came back, and how many of them not as they were.
 */
const restoreScript: Script = {
  name: 'horizon.restore',
  lua: `
local done, near = 0, 0
for _ = 1, ${chunkSize} do
  local item = redis.call('RPOP', KEYS[3])
  if not item then break end
  local id, score, recent, dump, ttl, tags = unpack(cmsgpack.unpack(item))
  local hash = ARGV[1] .. id
  if redis.call('EXISTS', hash) == 1 then near = near + 1
  else
    if dump ~= '' then redis.call('RESTORE', hash, math.max(0, tonumber(ttl)), dump) end
    redis.call('ZADD', KEYS[1], 'NX', score, id)
    if recent ~= '' then redis.call('ZADD', KEYS[2], 'NX', recent, id) end
    for i = 1, #tags, 3 do
      local set = ARGV[1] .. 'failed:' .. tags[i]
      redis.call('ZADD', set, 'NX', tags[i + 1], id)
      if tonumber(tags[i + 2]) > 0 and redis.call('PTTL', set) < 0 then redis.call('PEXPIRE', set, tags[i + 2]) end
    end
    done = done + 1
  end
end
local left = redis.call('LLEN', KEYS[3])
if left == 0 then redis.call('DEL', KEYS[4]) end
return { left, done, near }`,
}

/** Why a retried job stays as it is. */
const reasons: Readonly<Record<string, string>> = {
  changed: 'Something else was noted of its retry since.',
  far: 'So many jobs wait in its queue that it could not be found among them.',
}

/**
 * 1 script per 100 jobs. Forgotten jobs come back with their records; the new jobs of a retry are taken out of their queue
 * while they wait there, those that began to run are missing. Throws NOT_FOUND where the trash no longer holds them.
 */
export async function restore(
  writer: Writer,
  queue: QueueRef,
  _state: string,
  trash: TrashSlot,
  run: Run,
): Promise<StepOutcome & { exact: boolean }> {
  const { entry, items } = trashKeys(trash)
  const [kind, length] = await writer.pipeline([
    ['HGET', entry, 'kind'],
    ['LLEN', items],
  ])
  if (!(kind instanceof Buffer) || length === 0)
    throw new SluiceError('NOT_FOUND', 'The trash no longer holds this: it expired, or was undone already.')
  const retried = kind.toString() === 'retried'
  const sets = retried ? ['recent_jobs', 'pending_jobs'] : ['failed_jobs', 'recent_failed_jobs']
  const keys = [...sets.map((name) => keyOf(queue, name)), items, entry]
  const total = { done: 0, missing: 0, exact: true }
  const refused: StepOutcome['refused'] = []
  // What was refused stays in the trash, at the other end.
  for (let left = Number(length); left > refused.length; ) {
    if (run.signal.aborted) return { ...total, refused, left: left - refused.length }
    const reply = await inOneSlot(slotSentence, () =>
      writer.run(retried ? unretryScript : restoreScript, keys, [
        queue.prefix,
        Math.min(chunkSize, left - refused.length),
      ]),
    )
    const [stillThere = 0, done = 0, missing = 0] = numbersOf(reply)
    total.done += done
    total.missing += missing
    total.exact &&= retried || missing === 0
    for (const [id, why] of itemsOf(itemsOf(reply)[3]).map(itemsOf)) {
      refused.push({ ref: String(id), reason: reasons[String(why)] ?? String(why) })
    }
    left = stillThere
    run.progress(total.done + total.missing, total.done + total.missing + left)
  }
  return { ...total, refused }
}

/** 1 script: of at most 200 jobs, spread over all, O(1) each. A new job whose record expired ended well long ago. */
export async function fates(
  reader: Reader,
  queue: QueueRef,
  _state: string,
  trash: TrashSlot,
  most: number,
): Promise<Fates> {
  const [reply] = await reader.pipeline([
    ['EVAL', fatesLua, 1, trashKeys(trash).items, Math.max(1, most), queue.prefix],
  ])
  if (reply instanceof Error) throw reply
  const [waiting = 0, succeeded = 0, failed = 0] = numbersOf(reply ?? null)
  return { waiting, succeeded, failed }
}

/** 1 round trip: the list of what is kept, and the entry. */
export async function* keysInTrash(reader: Reader, _queue: QueueRef, trash: TrashSlot) {
  const { entry, items } = trashKeys(trash)
  const kept = await reader.call('EXISTS', items)
  yield kept === 1 ? [items, entry] : [entry]
}
