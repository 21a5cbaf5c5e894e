import type { FailureSurvey } from '../../src/domain/failure.ts'
import { errorSignature } from '../../src/domain/failure.ts'
import type { JobSummary } from '../../src/domain/job.ts'
import { type JobFilter, parseFilter } from '../../src/domain/job-filter/parse.ts'
import { type Kind, queueKey } from '../../src/domain/queue.ts'
import { type FoundJob, mostShown, type SavedFilter, type SearchProgress } from '../../src/domain/search.ts'
import { refuse } from './fake-actions.ts'
import { fakeFailures, fakeJob } from './fake-jobs.ts'
import type { FakeContext } from './fake-os.ts'
import { fakeStates } from './fake-world.ts'

const beat = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** As much of the language of filters as looking at screens needs: every field of the payload is its whole text. */
function matches(filter: JobFilter | null, job: JobSummary, kind: Kind): boolean {
  if (filter === null) return true
  switch (filter.kind) {
    case 'all':
      return filter.of.every((one) => matches(one, job, kind))
    case 'any':
      return filter.of.some((one) => matches(one, job, kind))
    case 'not':
      return !matches(filter.of, job, kind)
    case 'text':
      return `${job.preview}${job.error}${job.id}`.toLowerCase().includes(filter.text.toLowerCase())
    case 'compare': {
      const facts: Record<string, string> = {
        kind,
        id: job.id ?? '',
        name: job.name ?? '',
        error: job.error ?? '',
        signature: job.error === null ? '' : errorSignature(job.error),
      }
      const fact = facts[String(filter.path[0])]
      if (fact === undefined) return job.preview.includes(filter.value)
      return filter.operator === '=' ? fact === filter.value : fact.toLowerCase().includes(filter.value.toLowerCase())
    }
  }
}

/** Searches over the jobs of the world, in chunks of 4,000 ten times a second. */
export function searchesRouter({ os, find }: FakeContext) {
  const saved: SavedFilter[] = [
    { id: 'f1', name: 'Big customers that time out', filter: 'error ~ timeout and data.plan = "enterprise"' },
    { id: 'f2', name: 'صف پیامک', filter: 'queue = sms and failed < 1h' },
  ]
  return {
    run: os.searches.run.handler(async function* ({ input, signal }) {
      const filter = parseFilter(input.filter)
      if (filter !== null && 'problem' in filter) throw refuse('INVALID_INPUT', filter.problem)
      const places = find(input.connectionId)
        .queues.filter(({ ref }) => input.queue === null || queueKey(ref) === queueKey(input.queue))
        .flatMap((queue) =>
          Object.entries(fakeStates(queue.ref.system)).map(([kind, state]) => ({ queue, kind: kind as Kind, state })),
        )
        .filter(({ state }) => input.state === null || input.state === state)
        .filter(({ kind }) => input.kinds.length === 0 || input.kinds.includes(kind))
      const began = Date.now()
      const progress: SearchProgress = {
        id: crypto.randomUUID(),
        status: 'running',
        scanned: 0,
        total: places.reduce((sum, { queue, kind }) => sum + queue.counts[kind], 0),
        matches: 0,
        matchedBytes: 0,
        bytesRead: 0,
        redisMs: 0,
        elapsedMs: 0,
        places: [],
        problems:
          input.queue === null && input.connectionId === 'prod-eu'
            ? ['legacy-imports could not be read: its key holds a set, not a list.']
            : [],
      }
      yield { progress: { ...progress }, found: [] }
      let shown = 0
      for (const { queue, kind, state } of places) {
        let here = 0
        for (let index = 0; index < queue.counts[kind]; ) {
          const found: FoundJob[] = []
          const end = Math.min(queue.counts[kind], index + 4_000)
          for (; index < end; index++) {
            const job = fakeJob(queue, kind, state, index)
            progress.bytesRead += job.bytes > 1e6 ? 900 : job.bytes
            if (!matches(filter, job, kind)) continue
            here++
            progress.matches++
            progress.matchedBytes += job.bytes
            if (shown < mostShown) {
              shown++
              found.push({ queue: queue.ref, state, job })
            }
          }
          progress.scanned =
            progress.scanned + 4_000 > progress.total ? progress.total : progress.scanned + (end % 4_000 || 4_000)
          progress.elapsedMs = Date.now() - began
          progress.redisMs = Math.round(progress.elapsedMs * (input.budget / 100) * 0.96 * 10) / 10
          const others = progress.places.filter((one) => one.queue !== queue.ref || one.state !== state)
          progress.places = here === 0 ? others : [...others, { queue: queue.ref, state, count: here }]
          if (found.length > 0 || end % 8_000 < 4_000) {
            yield { progress: { ...progress }, found }
            await beat(100)
            if (signal?.aborted) return
          }
        }
      }
      yield { progress: { ...progress, status: 'done', scanned: progress.total }, found: [] }
    }),
    saved: os.searches.saved.handler(() => [...saved]),
    save: os.searches.save.handler(({ input }) => {
      const one = { id: input.id ?? crypto.randomUUID(), name: input.name, filter: input.filter }
      const at = saved.findIndex(({ id }) => id === one.id)
      if (at >= 0) saved[at] = one
      else saved.push(one)
      return one
    }),
    forget: os.searches.forget.handler(({ input }) => {
      const at = saved.findIndex(({ id }) => id === input.id)
      if (at >= 0) saved.splice(at, 1)
      return {}
    }),
  }
}

/** The failures of the world, told in twenty steps. */
export function failuresRouter({ os, world }: FakeContext) {
  return {
    survey: os.failures.survey.handler(async function* ({ input, signal }) {
      const { groups, total } = fakeFailures(world, input.connectionId)
      const began = Date.now()
      const steps = total === 0 ? 1 : 20
      for (let step = 1; step <= steps; step++) {
        const share = step / steps
        const survey: FailureSurvey = {
          status: step === steps ? 'done' : 'running',
          groups: groups
            .map((group) => ({ ...group, count: Math.round(group.count * share) }))
            .filter(({ count }) => count > 0)
            .slice(0, Math.ceil(groups.length * Math.min(1, share * 3))),
          groupCount: groups.length,
          scanned: Math.round(total * share),
          total,
          bytesRead: Math.round(total * share * 540),
          redisMs: Math.round((Date.now() - began) * (input.budget / 100) * 9.6) / 10,
          elapsedMs: Date.now() - began,
          trendFrom: Date.now() - 86_400_000,
          trendTo: Date.now(),
          problems: input.connectionId === null ? ['orders-replica: Redis is not reachable at the moment.'] : [],
        }
        yield survey
        await beat(120)
        if (signal?.aborted) return
      }
    }),
    traits: os.failures.traits.handler(async ({ input }) => {
      await beat(600)
      if (input.signature.startsWith('Order')) return { traits: [], comparedWith: '2,000 completed jobs of 3 queues' }
      return {
        comparedWith: '1,846 completed jobs of 3 queues',
        traits: [
          trait('data.tenant', 'acme', 'data.tenant = "acme"', 1640, 2000, 55, 1846),
          trait('data.version', '2.14.0', 'data.version = "2.14.0"', 1204, 2000, 131, 1846),
          trait('hour', '3', 'hour = 3', 420, 2000, 46, 1846),
          trait('data.region', '\u202egpj.خاورمیانه', 'data.region = "خاورمیانه"', 121, 2000, 0, 1846),
        ],
      }
    }),
  }
}

const trait = (
  path: string,
  value: string,
  filter: string,
  failing: number,
  failingOf: number,
  others: number,
  othersOf: number,
) => ({
  path,
  value,
  filter,
  failing,
  failingOf,
  others,
  othersOf,
  lift: failing / failingOf / Math.max(others / othersOf, 1 / othersOf),
})
