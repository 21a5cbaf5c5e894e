import type { TrashEntry } from '../../domain/trash.ts'
import { systems } from '../../systems/registry.ts'
import { surveyFailures } from '../failures/survey-failures.ts'
import { traitsOf } from '../failures/traits-of.ts'
import { on, opened, type Parts } from './boundary.ts'

const bytesInRedis = (entries: readonly TrashEntry[]) =>
  entries.reduce((sum, { place, bytes }) => (place === 'redis' ? sum + (bytes ?? 0) : sum), 0)

/** Serves searches, failures, operations, trash, transfers and journal of the contract. */
export function bulkRoutes(parts: Parts) {
  const { connections, sampler, journal } = parts
  const { operations, searches, filters, trash, transfers } = parts.tools
  const open = opened(parts)
  return {
    searches: on.searches.router({
      run: on.searches.run.handler(({ input, signal }) => searches.run(input, signal)),
      saved: on.searches.saved.handler(() => [...filters.list()]),
      save: on.searches.save.handler(({ input }) => filters.save(input)),
      forget: on.searches.forget.handler(async ({ input }) => {
        await filters.forget(input.id)
        return {}
      }),
    }),
    failures: on.failures.router({
      survey: on.failures.survey.handler(({ input, signal }) =>
        surveyFailures({
          connections: connections.list().filter(({ id }) => input.connectionId === null || id === input.connectionId),
          queues: (id) => sampler.queues(id),
          systems,
          budget: input.budget,
          ...(signal && { signal }),
        }),
      ),
      traits: on.failures.traits.handler(({ input, signal }) =>
        traitsOf({ connection: (id) => connections.get(id), systems, ...input, ...(signal && { signal }) }),
      ),
    }),
    operations: on.operations.router({
      plan: on.operations.plan.handler(({ input }) => operations.plan(input)),
      run: on.operations.run.handler(({ input }) => operations.run(input)),
      watch: on.operations.watch.handler(({ signal }) =>
        operations.runs.feed.read(signal, () => operations.runs.list()),
      ),
      pause: on.operations.pause.handler(({ input }) => operations.runs.pause(input.id)),
      resume: on.operations.resume.handler(({ input }) => operations.runs.resume(input.id)),
      setPace: on.operations.setPace.handler(({ input }) => operations.runs.setPace(input.id, input.pace)),
      cancel: on.operations.cancel.handler(({ input }) => operations.runs.cancel(input.id)),
      report: on.operations.report.handler(({ input }) => operations.runs.report(input.id, input.offset, input.limit)),
      saveReport: on.operations.saveReport.handler(({ input }) => operations.runs.saveReport(input.id)),
      putAway: on.operations.putAway.handler(async ({ input }) => {
        await operations.runs.putAway(input.id)
        return {}
      }),
    }),
    trash: on.trash.router({
      list: on.trash.list.handler(async ({ input }) => {
        const { trashLimitMb } = open(input).profile
        const entries = await trash.list(input.connectionId)
        return { entries, used: bytesInRedis(entries), limit: trashLimitMb * 1024 ** 2 }
      }),
      keepHere: on.trash.keepHere.handler(({ input }) => trash.keepHere(input.id)),
      empty: on.trash.empty.handler(async ({ input }) => {
        await trash.empty(input.id)
        return {}
      }),
    }),
    transfers: on.transfers.router({
      export: on.transfers.export.handler(({ input, signal }) => transfers.export(input, signal)),
      upload: on.transfers.upload.handler(({ input }) => transfers.upload(input.id, input.text)),
      planImport: on.transfers.planImport.handler(({ input }) => transfers.planImport(input)),
      import: on.transfers.import.handler(({ input }) => transfers.import(input)),
      redaction: on.transfers.redaction.handler(() => transfers.redaction()),
      saveRedaction: on.transfers.saveRedaction.handler(({ input }) => transfers.saveRedaction(input.rules)),
      tryRedaction: on.transfers.tryRedaction.handler(({ input }) =>
        transfers.tryRedaction(input.rules, input.payload),
      ),
    }),
    journal: on.journal.router({
      list: on.journal.list.handler(({ input }) => ({
        entries: journal.list(input.limit, input),
        damage: journal.damage(),
      })),
      undo: on.journal.undo.handler(({ input }) => operations.undo(input.id)),
      export: on.journal.export.handler(({ input }) => journal.export(input, input.format)),
    }),
  }
}
