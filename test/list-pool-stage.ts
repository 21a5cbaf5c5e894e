import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { Handler } from '../src/engine/pool/handler.ts'
import {
  createListPool,
  type ListPool,
  type ListPoolOptions,
  listPoolDefaults,
} from '../src/engine/pool/lists/list-pool.ts'
import type { OpenConnection } from '../src/engine/redis/open-connection.ts'
import { eventually, openTestConnection, quick } from './pool.ts'
import { startRedis, type TestRedis } from './redis.ts'

/** Pools on the list `queue:email`, on a Redis that is empty before each test; those that run are stopped after it. */
export interface ListPoolStage {
  readonly redis: TestRedis
  readonly connection: OpenConnection
  pool(handler: Handler, options?: Partial<ListPoolOptions> & { concurrency?: number }): ListPool
  push(...payloads: (string | Buffer)[]): Promise<number>
  letters(): Promise<Buffer[]>
  /** Resolves when a worker of this queue waits for jobs. */
  idle(): Promise<void>
}

export const config = {
  ...listPoolDefaults,
  concurrency: 4,
  system: 'plain-list',
  queueName: 'email',
  queuePrefix: 'queue:',
  backoff: { kind: 'given', delaysMs: [1, 2] },
} as const

export const job = (id: string, more = '') =>
  `{"id":"${id}","type":"welcome","to":"a@b.co","data":{}${more},"attempts":0}`

/** To be called once, at the top of a test file. */
export function stageListPool(): ListPoolStage {
  let redis: TestRedis
  let connection: OpenConnection
  const pools: ListPool[] = []

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.client.flushall()
    connection = await openTestConnection(redis.url)
  })
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.stop(0)))
    connection.close()
  })

  return {
    get redis() {
      return redis
    },
    get connection() {
      return connection
    },
    pool(handler, { concurrency = config.concurrency, ...options } = {}) {
      const made = createListPool({
        connection,
        handler,
        config: { ...config, concurrency },
        timing: quick,
        ...options,
      })
      pools.push(made)
      return made
    },
    push: (...payloads) => redis.client.rpush('queue:email', ...payloads),
    letters: () => redis.client.lrangeBuffer('queue:email:dlq', 0, -1),
    idle: () =>
      eventually('an idle worker blocks', async () =>
        /name=sluice:pool-wait.* cmd=blmove/.test(String(await redis.client.client('LIST'))),
      ),
  }
}
