import type { Redis } from 'ioredis'
import type { Layout } from '../../src/engine/pool/lists/layout.ts'
import { Multiset } from './multiset.ts'

/** What stands in the keys of a queue. */
export interface Places {
  readonly open: Multiset
  readonly dead: Multiset
  readonly done: number
  /** By worker; those that hold nothing are left out. */
  readonly held: ReadonlyMap<string, Multiset>
  readonly claims: ReadonlyMap<string, Multiset>
  /** What people and old workers see as being run. */
  readonly view: Multiset
  readonly viewIsList: boolean
}

/** Reads all of a queue, key by key: for queues on which nothing else happens meanwhile. */
export async function readPlaces(redis: Redis, layout: Layout): Promise<Places> {
  const list = (key: string) => redis.lrangeBuffer(key, 0, -1)
  const { waiting, high, low, suspects, delayed, dead, processing, workers, claims } = layout
  const lists = await Promise.all([waiting, high, low, suspects].map(list))
  const viewIsList = (await redis.type(processing)) === 'list'
  const held = new Map<string, Multiset>()
  for (const key of await redis.keys(`${workers}*`)) {
    const entries = Object.entries(await redis.hgetallBuffer(key)).filter(([seq]) => seq !== 'last')
    if (entries.length > 0) held.set(key.slice(workers.length), new Multiset(entries.map(([, raw]) => raw)))
  }
  const claimed = new Map<string, Multiset>()
  for (const key of await redis.keys(`${claims}*`)) claimed.set(key.slice(claims.length), new Multiset(await list(key)))
  return {
    open: new Multiset([...lists.flat(), ...(await redis.zrangeBuffer(delayed, '0', '-1'))]),
    dead: new Multiset(await list(dead)),
    done: Number((await redis.hget(layout.stats, 'done')) ?? 0),
    held,
    claims: claimed,
    view: new Multiset(viewIsList ? await list(processing) : await redis.smembersBuffer(processing)),
    viewIsList,
  }
}
