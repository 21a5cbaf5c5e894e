import { asSluiceError } from '../../domain/errors.ts'
import { errorSignature, type FailureGroup } from '../../domain/failure.ts'
import type { JobSummary } from '../../domain/job.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { QueueSystem, State } from '../../systems/system.ts'
import { inParallel } from '../in-parallel.ts'
import type { Connection } from '../redis/connection.ts'
import { readTick } from '../sampler/tick.ts'

/** Newest jobs read of each failed state of each queue. */
const newest = 1000
const pageSize = 200
/** Jobs to open, kept of each group. */
const mostSamples = 50
/** Groups sent to a screen; where nearly every error differs, the largest ones. */
const mostGroups = 500
/** Characters of an example error. */
const longestExample = 4000

export interface Failures {
  readonly groups: FailureGroup[]
  /** Jobs read. */
  readonly scanned: number
  /** Jobs in failed states, read or not. */
  readonly total: number
  /** What could not be read, in sentences. */
  readonly problems: string[]
}

type Source = Pick<Connection, 'id' | 'profile' | 'reader'>

/** One failed state of one queue that holds jobs. */
interface Place {
  readonly source: Source
  readonly system: QueueSystem
  readonly queue: QueueRef
  readonly state: State
}

/**
 * Failed jobs over all queues of the connections, grouped by normalised error, largest group first. Cost for each
 * connection: the commands of one tick, which tell what is empty; then at most 5 pages of 200 for each failed state that
 * is not, 4 states at a time. Never rejects: a queue or a connection that cannot be read is a sentence in `problems`.
 */
export async function groupFailures(
  connections: readonly Source[],
  queuesOf: (connectionId: string) => readonly QueueRef[] | Promise<readonly QueueRef[]>,
  systems: readonly QueueSystem[],
): Promise<Failures> {
  const tally = new Tally()
  await Promise.all(
    connections.map(async (source) => {
      try {
        const places = await failedPlaces(source, await queuesOf(source.id), systems, tally)
        await inParallel(places, (place) => readPlace(place, tally))
      } catch (error) {
        tally.problem(source.profile.name, error)
      }
    }),
  )
  return tally.result()
}

async function failedPlaces(
  source: Source,
  queues: readonly QueueRef[],
  systems: readonly QueueSystem[],
  tally: Tally,
): Promise<Place[]> {
  const able = systems.filter(({ states }) => states.some(({ kind }) => kind === 'failed'))
  const { readings } = await readTick(source.reader, able, queues)
  return readings.flatMap(({ queue, states, problem }) => {
    const system = able.find(({ id }) => id === queue.system) as QueueSystem
    if (problem !== null) tally.problems.add(`${queue.name} of ${source.profile.name}: ${problem}`)
    return system.states.flatMap((state) =>
      state.kind === 'failed' && (states[state.id] ?? 0) > 0 ? [{ source, system, queue, state }] : [],
    )
  })
}

async function readPlace(place: Place, tally: Tally): Promise<void> {
  const { source, system, queue, state } = place
  try {
    let total = 0
    for (let offset = 0; offset < newest; offset += pageSize) {
      const page = await system.page(source.reader, queue, state.id, { offset, limit: pageSize })
      tally.total += page.total - total
      total = page.total
      for (const job of page.jobs) tally.add(place, job)
      if (page.jobs.length === 0 || offset + pageSize >= page.total) return
    }
  } catch (error) {
    const { code } = asSluiceError(error)
    if (code === 'CONNECTION_LOST') throw error // the others would fail alike: one sentence is enough
    tally.problem(`${queue.name} (${state.label}) of ${source.profile.name}`, error)
  }
}

/** A group as it grows. */
interface Growing extends Omit<FailureGroup, 'queues'> {
  readonly queues: Map<string, FailureGroup['queues'][number]>
}

/** Jobs so far, by the signature of their error. */
class Tally {
  readonly problems = new Set<string>()
  scanned = 0
  total = 0
  readonly #groups = new Map<string, Growing>()

  problem(what: string, error: unknown): void {
    this.problems.add(`${what}: ${asSluiceError(error).message}`)
  }

  add({ source, queue, state }: Place, job: JobSummary): void {
    this.scanned++
    const signature = errorSignature(job.error ?? '')
    const at = job.at ?? job.createdAt
    const example = (job.error ?? '').slice(0, longestExample)
    const group = this.#groups.get(signature) ?? newGroup(signature, example)
    this.#groups.set(signature, group)
    group.count++
    if (at !== null) {
      group.firstAt = Math.min(group.firstAt ?? at, at)
      group.lastAt = Math.max(group.lastAt ?? at, at)
    }
    const connectionId = source.id
    const place = [connectionId, queueKey(queue), state.id].join('\n')
    const own = group.queues.get(place) ?? { connectionId, queue, state: state.id, count: 0 }
    own.count++
    group.queues.set(place, own)
    if (group.samples.length >= mostSamples) return
    group.samples.push({ connectionId, queue, state: state.id, ref: job.ref, id: job.id, name: job.name, at })
  }

  result(): Failures {
    const groups = Array.from(this.#groups.values(), ({ queues, ...group }) => ({
      ...group,
      queues: [...queues.values()].sort((a, b) => b.count - a.count),
      samples: group.samples.sort((a, b) => (b.at ?? 0) - (a.at ?? 0)),
    })).sort((a, b) => b.count - a.count || (b.lastAt ?? 0) - (a.lastAt ?? 0))
    const problems = [...this.problems]
    if (groups.length > mostGroups)
      problems.push(`Only the largest ${mostGroups} of ${groups.length} groups are shown.`)
    return { groups: groups.slice(0, mostGroups), scanned: this.scanned, total: this.total, problems }
  }
}

function newGroup(signature: string, example: string): Growing {
  return { signature, example, count: 0, firstAt: null, lastAt: null, queues: new Map(), samples: [] }
}
