import { SluiceError } from '../../domain/errors.ts'
import { systemOf, systems } from '../../systems/registry.ts'
import { memoryByQueue } from '../memory/memory-by-queue.ts'
import { redisStats } from '../memory/redis-stats.ts'
import { mastersOfCluster } from '../redis/connection.ts'
import { on, opened, type Parts } from './boundary.ts'
import { deadLetters, queueStats, retryDeadLetter } from './old-answers.ts'

/** Serves telemetry, queues, schedules and redis of the contract. */
export function queueRoutes(parts: Parts) {
  const { sampler } = parts
  const { operations } = parts.tools
  const open = opened(parts)
  return {
    telemetry: on.telemetry.router({
      watch: on.telemetry.watch.handler(({ signal }) => sampler.watch(signal)),
      attend: on.telemetry.attend.handler(({ input }) => {
        sampler.attend(input.window, input.attention)
        return {}
      }),
      rescan: on.telemetry.rescan.handler(({ input }) => sampler.rescan(input.connectionId)),
    }),
    queues: on.queues.router({
      page: on.queues.page.handler(({ input }) => {
        const { queue, state, offset, limit } = input
        return systemOf(queue.system).page(open(input).reader, queue, state, { offset, limit })
      }),
      job: on.queues.job.handler(async ({ input }) => {
        const { queue, state, ref, full } = input
        const job = await systemOf(queue.system).job(open(input).reader, queue, state, ref, full)
        if (job === null) throw new SluiceError('NOT_FOUND', 'This job is no longer where you saw it.')
        return job
      }),
      find: on.queues.find.handler(async ({ input }) => {
        const { find, label } = systemOf(input.queue.system)
        if (find === undefined) throw new SluiceError('UNSUPPORTED', `${label} jobs cannot be found by an id.`)
        const place = await find(open(input).reader, input.queue, input.id)
        if (place === null) throw new SluiceError('NOT_FOUND', 'No job of this queue has that id.')
        return place
      }),
      watch: on.queues.watch.handler(({ input, signal }) => parts.live.watch(open(input), input.queue, signal)),
      retry: on.queues.retry.handler(({ input }) => operations.retry(input, input.refs, input.attempts)),
      editAndRetry: on.queues.editAndRetry.handler(({ input }) =>
        operations.editAndRetry(input, input.ref, input.payload),
      ),
      remove: on.queues.remove.handler(({ input }) => operations.remove(input, input.refs)),
      move: on.queues.move.handler(({ input }) => operations.move(input, input.refs, input.to)),
      add: on.queues.add.handler(({ input }) => operations.add(input, input.job)),
      promote: on.queues.promote.handler(({ input }) => operations.promote(input, input.refs)),
      reschedule: on.queues.reschedule.handler(({ input }) => operations.reschedule(input, input.refs, input.at)),
      duplicate: on.queues.duplicate.handler(({ input }) => operations.duplicate(input, input.refs)),
      log: on.queues.log.handler(({ input }) => operations.log(input, input.ref, input.line)),
      pause: on.queues.pause.handler(({ input }) => operations.pause(input)),
      resume: on.queues.resume.handler(({ input }) => operations.resume(input)),
      stats: on.queues.stats.handler(async ({ input }) =>
        queueStats(open(input).reader, await sampler.queues(input.connectionId)),
      ),
      deadLetters: on.queues.deadLetters.handler(({ input }) =>
        deadLetters(open(input).reader, input.name, input.start, input.limit),
      ),
      retryDeadLetter: on.queues.retryDeadLetter.handler(({ input }) =>
        retryDeadLetter(open(input).reader, operations, input.connectionId, input.name, input.which),
      ),
    }),
    schedules: on.schedules.router({
      list: on.schedules.list.handler(async ({ input }) => {
        const { schedules } = systemOf(input.queue.system)
        return schedules === undefined ? [] : schedules(open(input).reader, input.queue)
      }),
      save: on.schedules.save.handler(({ input }) => operations.saveSchedule(input, input.change)),
      remove: on.schedules.remove.handler(({ input }) => operations.removeSchedule(input, input.id)),
      run: on.schedules.run.handler(({ input }) => operations.runSchedule(input, input.id)),
    }),
    redis: on.redis.router({
      stats: on.redis.stats.handler(({ input }) => redisStats(open(input).masters())),
      memoryHistory: on.redis.memoryHistory.handler(({ input }) => sampler.memoryHistory(input.connectionId)),
      memoryByQueue: on.redis.memoryByQueue.handler(async ({ input }) => {
        const connection = open(input)
        const queues = await sampler.queues(input.connectionId)
        return memoryByQueue(connection.reader, queues, systems, mastersOfCluster(connection))
      }),
    }),
  }
}
