import { emptying, keyOf } from './empty.ts'

/** Retrying all failed jobs, beside `queue.retryJobs()`. */
export const retry = emptying('retry', async (redis, jobs) => {
  const [waiting, failed] = [await redis.llen(keyOf('wait')), await redis.zcard(keyOf('failed'))]
  if (waiting !== jobs || failed !== 0) throw new Error(`${waiting} jobs wait and ${failed} are failed`)
})
