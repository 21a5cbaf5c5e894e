import { type Kind, kinds, noKinds, queueKey } from '../../domain/queue.ts'
import type { Cost, HistoryPoint, QueueSample, RedisStats, Sample } from '../../domain/sample.ts'

/** What is known of one open connection. Objects stay the same object as long as their content does. */
export interface ConnectionTelemetry {
  /** Epoch ms of the last tick that arrived. */
  readonly at: number
  readonly tickMs: number
  /** What Sluice costs this Redis. */
  readonly cost: Cost
  /** Queue keys as the engine lists them. */
  readonly keys: readonly string[]
  readonly queues: ReadonlyMap<string, QueueSample>
  readonly history: ReadonlyMap<string, readonly HistoryPoint[]>
  readonly redis: RedisStats | null
  readonly redisProblem: string | null
  readonly partial: string | null
}

export type Telemetry = Readonly<Record<string, ConnectionTelemetry>>

export type TelemetryEvent =
  | { type: 'snapshot'; samples: Sample[]; history: Record<string, Record<string, HistoryPoint[]>> }
  | { type: 'sample'; sample: Sample }
  | { type: 'closed'; connectionId: string }

/** Points a sparkline has. */
export const historyLength = 60
/** A sparkline moves at most this often, so that rows whose numbers rest are not drawn each tick. */
export const historyStepMs = 5_000

/** Telemetry after an event. What the event did not change is the same object as before. */
export function applyTelemetry(before: Telemetry, event: TelemetryEvent): Telemetry {
  switch (event.type) {
    case 'snapshot': {
      const after: Record<string, ConnectionTelemetry> = {}
      for (const sample of event.samples) {
        const past = event.history[sample.connectionId] ?? {}
        const history = new Map(Object.entries(past).map(([key, points]) => [key, points.slice(-historyLength)]))
        after[sample.connectionId] = withSample(before[sample.connectionId], sample, history)
      }
      return after
    }
    case 'sample': {
      const id = event.sample.connectionId
      return { ...before, [id]: withSample(before[id], event.sample, before[id]?.history ?? new Map()) }
    }
    case 'closed': {
      const { [event.connectionId]: _closed, ...after } = before
      return after
    }
  }
}

function withSample(
  before: ConnectionTelemetry | undefined,
  sample: Sample,
  past: ConnectionTelemetry['history'],
): ConnectionTelemetry {
  const queues = new Map<string, QueueSample>()
  const history = new Map<string, readonly HistoryPoint[]>()
  for (const reading of sample.queues) {
    const key = queueKey(reading.queue)
    const known = before?.queues.get(key)
    queues.set(key, known !== undefined && sameContent(known, reading) ? known : reading)
    history.set(key, withPoint(past.get(key) ?? [], sample.at, reading))
  }
  const keys = [...queues.keys()]
  const sameKeys = before?.keys.length === keys.length && before.keys.every((key, index) => key === keys[index])
  return {
    at: sample.at,
    tickMs: sample.tickMs,
    cost: before !== undefined && sameContent(before.cost, sample.cost) ? before.cost : sample.cost,
    keys: sameKeys ? before.keys : keys,
    queues,
    history,
    redis: before !== undefined && sameContent(before.redis, sample.redis) ? before.redis : sample.redis,
    redisProblem: sample.redisProblem,
    partial: sample.partial,
  }
}

function withPoint(points: readonly HistoryPoint[], at: number, reading: QueueSample): readonly HistoryPoint[] {
  const last = points.at(-1)
  if (last !== undefined && at - last[0] < historyStepMs) return points
  const { waiting, delayed, retrying, paused, failed } = { ...noKinds(), ...reading.kinds }
  const point: HistoryPoint = [at, waiting + delayed + retrying + paused, failed]
  return [...points.slice(1 - historyLength), point]
}

/** Deep equality of plain JSON data. */
function sameContent(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const left = Object.entries(one)
  const right = other as Record<string, unknown>
  return left.length === Object.keys(other).length && left.every(([key, value]) => sameContent(value, right[key]))
}

/** Jobs by kind over all queues of a connection. */
export function totalKinds(telemetry: ConnectionTelemetry): Record<Kind, number> {
  const total = noKinds()
  for (const { kinds: counts } of telemetry.queues.values()) for (const kind of kinds) total[kind] += counts[kind] ?? 0
  return total
}
