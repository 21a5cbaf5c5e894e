import type { Redis } from 'ioredis'

/** The keys that the second seed's workers use. */
export interface SeedKeys {
  readonly waiting: string
  readonly processing: string
  readonly dead: string
}

/**
 * The second seed's worker, as its document has it: BLPOP, SADD to the set of what is processed, work, SREM; three tries
 * in a row, then a dead letter; at the start everything in the set goes back to the queue. Between BLPOP and SADD a job
 * is nowhere but in this process. `probe` is called at the places where that matters.
 */
export async function seedWorker(
  redis: Redis,
  keys: SeedKeys,
  work: (raw: Buffer, attempt: number) => Promise<void>,
  probe: (point: string) => void,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    const popped = await redis.blpopBuffer(keys.waiting, 0.2)
    if (popped === null) continue
    const raw = popped[1]
    probe('popped')
    await redis.sadd(keys.processing, raw)
    probe('added')
    for (let attempt = 1; attempt <= 3; attempt++) {
      try {
        await work(raw, attempt)
        break
      } catch (error) {
        if (attempt === 3) await redis.rpush(keys.dead, deadLetter(raw, error))
      }
    }
    probe('worked')
    await redis.srem(keys.processing, raw)
    probe('removed')
  }
}

/** What the seed's worker does once when it starts. */
export async function seedRecovery(redis: Redis, keys: SeedKeys): Promise<void> {
  for (const raw of await redis.smembersBuffer(keys.processing)) {
    await redis.rpush(keys.waiting, raw)
    await redis.srem(keys.processing, raw)
  }
}

function deadLetter(raw: Buffer, error: unknown): Buffer {
  try {
    const job: unknown = JSON.parse(raw.toString('utf8'))
    if (typeof job !== 'object' || job === null) return raw
    return Buffer.from(JSON.stringify({ ...job, failedAt: new Date().toISOString(), error: String(error) }))
  } catch {
    return raw
  }
}
