import { type QueryClient, useQueries, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { JobPage } from '../../../domain/job.ts'
import { type QueueRef, queueKey } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { useConnectionStore } from '../../state/connections.ts'
import { keptPages, offsetsOf, pageOf, pageSize, type Row } from './job-pages.model.ts'

/** Where jobs are read from. */
export interface JobSource {
  readonly connectionId: string
  readonly queue: QueueRef
  readonly state: string
}

export interface JobPages {
  /** Jobs in the state when it was last read; null before the first reading. */
  readonly total: number | null
  /** Epoch ms of the oldest reading in sight, and how many jobs there were. */
  readonly reading: { readonly at: number; readonly total: number } | null
  readonly partial: string | null
  readonly error: unknown
  readonly busy: boolean
  /** The job at a place, where its page is in sight or kept. */
  row(index: number): Row['job'] | undefined
  /** Whether a place had no job any more when its page was read. */
  isPast(index: number): boolean
  /** All rows that are kept. Changes identity when they do. */
  readonly loaded: () => Row[]
  /** Reads anew what is in sight, and forgets the rest. */
  refresh(): Promise<void>
  /** Reads some more pages from the beginning on, one after the other. */
  loadMore(pages: number): Promise<void>
}

let readings = 0
const lastReadings = new Map<string, number>()

/**
 * A list that is opened again must not show what it held minutes ago, unless Redis is away: then what was seen last is
 * all there is, and the banner says how old it is.
 */
function readingOf({ connectionId, queue, state }: JobSource): number {
  const place = JSON.stringify([connectionId, queueKey(queue), state])
  const away = useConnectionStore.getState().statuses?.[connectionId]?.status !== 'ready'
  const reading = (away ? lastReadings.get(place) : undefined) ?? ++readings
  lastReadings.set(place, reading)
  return reading
}

/**
 * The jobs of a state, page by page: only pages in sight are read, a page a request, and the 100 read last are kept.
 * `first` and `last` are the rows in sight.
 */
export function useJobPages(source: JobSource, first: number, last: number): JobPages {
  const { connectionId, queue, state } = source
  const queries = useQueryClient()
  const [reading] = useState(() => readingOf(source))
  const prefix = useMemo(
    () => ['jobs', connectionId, queueKey(queue), state, reading] as const,
    [connectionId, queue, state, reading],
  )
  const options = useCallback(
    (offset: number) =>
      orpc.queues.page.queryOptions({
        input: { connectionId, queue, state, offset, limit: pageSize },
        queryKey: [...prefix, offset],
        staleTime: 30_000,
      }),
    [connectionId, queue, state, prefix],
  )
  const offsets = useSettled(offsetsOf(first, Math.max(first, last)))
  const results = useQueries({ queries: offsets.map(options) })

  const inSight = new Map<number, JobPage>()
  let oldest: { at: number; total: number } | null = null
  let newest = 0
  let total: number | null = null
  for (const [place, { data, dataUpdatedAt }] of results.entries()) {
    if (data === undefined) continue
    inSight.set(offsets[place] as number, data)
    if (oldest === null || dataUpdatedAt < oldest.at) oldest = { at: dataUpdatedAt, total: data.total }
    if (dataUpdatedAt >= newest) {
      newest = dataUpdatedAt
      total = data.total
    }
  }
  // While pages are on their way the list keeps its length.
  const [known, setKnown] = useState<{ total: number; oldest: { at: number; total: number } } | null>(null)
  if (total !== null && oldest !== null && (known?.total !== total || known.oldest.at !== oldest.at)) {
    setKnown({ total, oldest })
  }

  const stamp = results.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `stamp` says that pages changed
  useEffect(() => {
    const idle = queries.getQueryCache().findAll({ queryKey: prefix, type: 'inactive' })
    idle.sort((one, other) => one.state.dataUpdatedAt - other.state.dataUpdatedAt)
    for (const query of idle.slice(0, Math.max(0, idle.length - keptPages))) queries.getQueryCache().remove(query)
  }, [stamp, prefix, queries])

  const pageAt = (index: number): JobPage | undefined =>
    inSight.get(pageOf(index)) ?? queries.getQueryData(options(pageOf(index)).queryKey)
  const loadMoreBusy = useRef(false)
  const [loads, setLoads] = useState(0)
  return {
    total: total ?? known?.total ?? null,
    reading: oldest ?? known?.oldest ?? null,
    partial: results.find(({ data }) => data?.partial != null)?.data?.partial ?? null,
    error: results.find(({ error }) => error !== null)?.error ?? null,
    busy: results.some(({ isFetching }) => isFetching),
    row: (index) => pageAt(index)?.jobs[index - pageOf(index)],
    isPast: (index) => {
      const page = pageAt(index)
      return page !== undefined && index - pageOf(index) >= page.jobs.length
    },
    // biome-ignore lint/correctness/useExhaustiveDependencies: `stamp` and `loads` say that pages changed
    loaded: useCallback(
      () =>
        queries
          .getQueriesData<JobPage>({ queryKey: prefix })
          .flatMap(([, page]) => page?.jobs.map((job, place) => ({ index: page.offset + place, job })) ?? []),
      [queries, prefix, stamp, loads],
    ),
    refresh: async () => {
      queries.removeQueries({ queryKey: prefix, type: 'inactive' })
      await queries.invalidateQueries({ queryKey: prefix })
    },
    loadMore: async (pages) => {
      if (loadMoreBusy.current) return
      loadMoreBusy.current = true
      try {
        let left = pages
        for (let offset = 0; left > 0 && offset < (total ?? known?.total ?? 0); offset += pageSize) {
          if (queries.getQueryData(options(offset).queryKey) !== undefined) continue
          await queries.fetchQuery(options(offset))
          left--
        }
        setLoads((count) => count + 1)
      } finally {
        loadMoreBusy.current = false
      }
    },
  }
}

/** Pages are asked for when the hand rests: dragging the scrollbar through a million rows reads none of those between. */
function useSettled(wanted: number[]): number[] {
  const [settled, setSettled] = useState(wanted)
  const key = wanted.join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `wanted`
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), 50)
    return () => clearTimeout(timer)
  }, [key])
  return settled
}

/** Reads anew every list of a queue that is on the screen, and forgets what else was read of it. */
export async function refreshJobs(queries: QueryClient, connectionId: string, queue: QueueRef): Promise<void> {
  const queryKey = ['jobs', connectionId, queueKey(queue)]
  queries.removeQueries({ queryKey, type: 'inactive' })
  await queries.invalidateQueries({ queryKey })
}
