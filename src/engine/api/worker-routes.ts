import { systemOf, systems } from '../../systems/registry.ts'
import { findOverruns } from '../policies/find-overruns.ts'
import { listWorkers } from '../workers/list-workers.ts'
import { on, opened, type Parts } from './boundary.ts'

/** Serves handlers, commands, pools, policies and workers of the contract. */
export function workerRoutes(parts: Parts) {
  const { sampler, policies } = parts
  const { operations } = parts.tools
  const { pools, saved, commands, runs, files } = parts.workers
  const open = opened(parts)
  return {
    handlers: on.handlers.router({
      list: on.handlers.list.handler(() => files.list()),
      create: on.handlers.create.handler(async ({ input }) => ({ path: await files.create(input.name) })),
      check: on.handlers.check.handler(({ input }) => files.check(input.file)),
      run: on.handlers.run.handler(async ({ input }) => ({ id: await runs.start(input) })),
      watchRun: on.handlers.watchRun.handler(({ input, signal }) => runs.watch(input.id, signal)),
      cancelRun: on.handlers.cancelRun.handler(({ input }) => {
        runs.cancel(input.id)
        return {}
      }),
    }),
    commands: on.commands.router({
      watch: on.commands.watch.handler(({ signal }) => commands.feed.read(signal, () => commands.list())),
      save: on.commands.save.handler(({ input }) => commands.save(input)),
      remove: on.commands.remove.handler(async ({ input }) => {
        await commands.remove(input.id)
        return {}
      }),
      start: on.commands.start.handler(({ input }) => commands.start(input.id)),
      stop: on.commands.stop.handler(({ input }) => commands.stop(input.id)),
      kill: on.commands.kill.handler(({ input }) => commands.kill(input.id)),
      output: on.commands.output.handler(({ input }) => commands.output(input.id, input)),
    }),
    pools: on.pools.router({
      start: on.pools.start.handler(({ input }) => pools.start(input.config, input.savedId)),
      saved: on.pools.saved.handler(({ input }) => [...saved.of(input.connectionId)]),
      save: on.pools.save.handler(({ input }) => saved.save(input)),
      forget: on.pools.forget.handler(async ({ input }) => {
        await saved.remove(input.id)
        return {}
      }),
      jobs: on.pools.jobs.handler(({ input, signal }) => pools.jobs(input.id, signal)),
      output: on.pools.output.handler(({ input }) => pools.output(input.id).read(input)),
      stop: on.pools.stop.handler(({ input }) => pools.stop(input.id, input.now)),
      pause: on.pools.pause.handler(({ input }) => pools.pause(input.id)),
      resume: on.pools.resume.handler(({ input }) => pools.resume(input.id)),
      audit: on.pools.audit.handler(({ input }) => pools.audit(input.connectionId, input.queue)),
      remove: on.pools.remove.handler(async ({ input }) => {
        await pools.remove(input.id)
        return {}
      }),
      watch: on.pools.watch.handler(({ signal }) => pools.feed.read(signal, () => pools.list())),
      messages: on.pools.messages.handler(({ input }) => pools.messages(input.poolId)),
    }),
    policies: on.policies.router({
      list: on.policies.list.handler(({ input }) => policies.list(input.connectionId)),
      save: on.policies.save.handler(({ input }) => policies.save(input.connectionId, input.queue, input.policy)),
      remove: on.policies.remove.handler(async ({ input }) => {
        await policies.remove(input.connectionId, input.queue)
        return {}
      }),
      overruns: on.policies.overruns.handler(({ input }) => {
        const samples = sampler.latest(input.connectionId)?.queues ?? []
        return findOverruns(open(input).reader, policies.list(input.connectionId), samples, systemOf)
      }),
    }),
    workers: on.workers.router({
      list: on.workers.list.handler(async ({ input }) =>
        listWorkers(open(input), await sampler.queues(input.connectionId), systems),
      ),
      tell: on.workers.tell.handler(({ input }) => operations.tellWorker(input, input.worker, input.command)),
    }),
  }
}
