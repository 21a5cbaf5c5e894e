import { SluiceError } from '../../domain/errors.ts'
import { rememberedSignatures, type Trait } from '../../domain/failure.ts'
import { isOfPayload } from '../../domain/job-filter/match.ts'
import { type QueueRef, queueKey } from '../../domain/queue.ts'
import type { QueueSystem, ScannedJob, State } from '../../systems/system.ts'
import { type Connection, mastersOfCluster } from '../redis/connection.ts'
import { meteredReader } from '../search/metered-reader.ts'
import { placesIn } from '../search/places.ts'
import { type Field, fieldsOf } from './fields-of.ts'
import { Reservoir } from './reservoir.ts'
import { type Features, traitsIn } from './trait-counts.ts'

export interface TraitsQuestion {
  /** Throws NOT_OPEN. */
  connection(id: string): Pick<Connection, 'profile' | 'reader' | 'masters'>
  readonly systems: readonly QueueSystem[]
  /** The group, and where its jobs are. */
  readonly signature: string
  readonly places: readonly { readonly connectionId: string; readonly queue: QueueRef; readonly state: string }[]
  /** Share of one core of Redis that it may take, in percent. */
  readonly budget?: number
  readonly signal?: AbortSignal
}

export interface TraitsAnswer {
  readonly traits: Trait[]
  /** "400 completed jobs of 2 queues"; null when there was nothing to compare with. */
  readonly comparedWith: string | null
}

/** Jobs that are compared, of each side. */
const mostJobs = 2000
/** Jobs that are walked to draw them from, of each side: a longer state is known by its first part. */
const mostWalked = 200_000
const chunk = 500

/**
 * What the failing jobs of a group share that jobs of the same queues which are completed (or, where none is kept, wait) do
 * not. Draws at most 2,000 of each side, spread over the first 200,000 that it walks. Throws the error of a place that
 * cannot be read; when the signal aborts, its reason.
 */
export async function traitsOf(question: TraitsQuestion): Promise<TraitsAnswer> {
  const { signature, systems, connection, places, budget = 5, signal = new AbortController().signal } = question
  const signatureOf = rememberedSignatures()
  const readers = new Map(
    [...new Set(places.map(({ connectionId }) => connectionId))].map((id) => {
      return [id, meteredReader(connection(id).reader, { budget, signal })] as const
    }),
  )
  const reader = (id: string) => readers.get(id) as ReturnType<typeof meteredReader>
  const systemOf = (queue: QueueRef) => {
    const system = systems.find(({ id }) => id === queue.system)
    if (system === undefined) throw new SluiceError('UNSUPPORTED')
    return system
  }

  const failing = new Reservoir<Features>(mostJobs)
  for (const { connectionId, queue, state } of places) {
    const walk = systemOf(queue).scan(reader(connectionId), queue, state, { chunk, payloads: true })
    for await (const { jobs } of walk) {
      for (const job of jobs) {
        if (signatureOf(job.error() ?? '') === signature) failing.offer(() => featuresOf(queue, job))
      }
      if (failing.offered >= mostWalked) break
    }
  }

  const others = new Reservoir<Features>(mostJobs)
  const compared: string[] = []
  let queues = 0
  for (const [connectionId, own] of byConnection(places)) {
    const { places: kept } = await placesIn(
      reader(connectionId),
      systems,
      own,
      isComparable,
      mastersOfCluster(connection(connectionId)),
    )
    for (const queue of own) {
      const of = kept.filter((place) => queueKey(place.queue) === queueKey(queue))
      const completed = of.filter(({ state }) => state.kind === 'completed')
      const chosen = completed.length > 0 ? completed : of
      if (chosen.length === 0) continue
      queues++
      for (const { system, state } of chosen) {
        compared.push(state.kind)
        for await (const { jobs } of system.scan(reader(connectionId), queue, state.id, { chunk, payloads: true })) {
          for (const job of jobs) others.offer(() => featuresOf(queue, job))
          if (others.offered >= mostWalked) break
        }
      }
    }
  }
  if (others.items.length === 0) return { traits: [], comparedWith: null }
  const kinds = [...new Set(compared)].join(' and ')
  const jobs = others.items.length === 1 ? 'job' : 'jobs'
  const comparedWith = `${others.items.length.toLocaleString('en')} ${kinds} ${jobs} of ${queues} ${queues === 1 ? 'queue' : 'queues'}`
  return { traits: traitsIn(failing.items, others.items), comparedWith }
}

const isComparable = ({ kind, uncounted }: State) => (kind === 'completed' || kind === 'waiting') && uncounted !== true

function byConnection(places: TraitsQuestion['places']): Map<string, QueueRef[]> {
  const queues = new Map<string, QueueRef[]>()
  for (const { connectionId, queue } of places) {
    const own = queues.get(connectionId) ?? []
    if (!own.some((one) => queueKey(one) === queueKey(queue))) own.push(queue)
    queues.set(connectionId, own)
  }
  return queues
}

function featuresOf(queue: QueueRef, job: ScannedJob): Features {
  const features = new Map<string, Field>()
  for (const [key, field] of fieldsOf(job.payload())) {
    // A field that is called like one of ours is meant as the payload's.
    const path = isOfPayload(field.path) ? field.path : ['payload', ...field.path]
    features.set(`payload ${key}`, { ...field, path })
  }
  const fact = (path: string, value: string | number | null, isText: boolean) => {
    if (value !== null) features.set(`${path} ${value}`, { path: [path], value: String(value), isText })
  }
  const at = job.at()
  fact('hour', at === null ? null : new Date(at).getHours(), false)
  fact('name', job.summary().name, true)
  fact('queue', queue.name, true)
  return features
}
