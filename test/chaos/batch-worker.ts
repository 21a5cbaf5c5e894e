import type { Redis } from 'ioredis'
import type { SeedKeys } from './seed-worker.ts'

/**
 * Takes a batch and acknowledges the one before, in one atomic script: a job is at every instant in the list or in the
 * worker's record. It forgets one thing only, that it may run twice. KEYS: waiting, record. ARGV: how many.
 */
const takeLua = `
redis.call('DEL', KEYS[2])
local taken = {}
for i = 1, tonumber(ARGV[1]) do
  local raw = redis.call('LPOP', KEYS[1])
  if not raw then break end
  taken[i] = raw
  redis.call('HSET', KEYS[2], i, raw)
end
return taken`

/** Jobs that one script takes. */
export const batchSize = 20

/** The key of the record that a batch worker keeps of what it holds. */
export const batchRecord = (keys: SeedKeys, worker: string) => `${keys.waiting}:w:${worker}`

/**
 * The atomic batch that is not safe to run twice, on a client that sends again what was not answered, as ioredis does by
 * default: after a lost reply the second run takes the record of the first batch for done.
 */
export async function batchWorker(
  redis: Redis,
  keys: SeedKeys,
  worker: string,
  work: (raw: Buffer, attempt: number) => Promise<void>,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    const taken: unknown = await redis.callBuffer(
      'EVAL',
      takeLua,
      2,
      keys.waiting,
      batchRecord(keys, worker),
      batchSize,
    )
    const batch = Array.isArray(taken) ? taken.filter((raw) => Buffer.isBuffer(raw)) : []
    for (const raw of batch) await work(raw, 1).catch(() => redis.rpush(keys.dead, raw))
    if (batch.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await redis.del(batchRecord(keys, worker))
}

/** What another batch worker does for one that died: its record goes back to the queue. KEYS: waiting, record. */
const recoverLua = `
for _, raw in ipairs(redis.call('HVALS', KEYS[2])) do redis.call('RPUSH', KEYS[1], raw) end
return redis.call('DEL', KEYS[2])`

export async function batchRecovery(redis: Redis, keys: SeedKeys): Promise<void> {
  for (const record of await redis.keys(batchRecord(keys, '*'))) await redis.eval(recoverLua, 2, keys.waiting, record)
}
