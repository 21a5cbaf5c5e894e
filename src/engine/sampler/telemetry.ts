import type { HistoryPoint, Sample } from '../../domain/sample.ts'

/** What `telemetry.watch` sends. A snapshot replaces all that was known before. */
export type TelemetryEvent =
  | { type: 'snapshot'; samples: Sample[]; history: Record<string, Record<string, HistoryPoint[]>> }
  | { type: 'sample'; sample: Sample }
  | { type: 'closed'; connectionId: string }

const idOf = (event: TelemetryEvent) => {
  if (event.type === 'sample') return event.sample.connectionId
  return event.type === 'closed' ? event.connectionId : null
}

/** A slow reader keeps the last event of each connection: it misses ticks and never falls behind. */
export function coalesceTelemetry(unread: readonly TelemetryEvent[], event: TelemetryEvent): TelemetryEvent[] {
  if (event.type === 'snapshot') return [event]
  const id = idOf(event)
  return [...unread.filter((other) => idOf(other) !== id), event]
}
