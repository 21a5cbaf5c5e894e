import { emptying, keyOf } from './empty.ts'

/** Removing all failed jobs, by us into the trash, beside `queue.clean()`. */
export const remove = emptying('remove', async (redis, jobs) => {
  const left = await redis.exists(keyOf('failed'), keyOf('1'), keyOf(String(jobs)))
  if (left !== 0) throw new Error('some jobs are still there')
})
