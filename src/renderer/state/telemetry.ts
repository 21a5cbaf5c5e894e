import { create } from 'zustand'
import type { Cost, HistoryPoint, QueueSample, RedisStats } from '../../domain/sample.ts'
import {
  applyTelemetry,
  type ConnectionTelemetry,
  type Telemetry,
  type TelemetryEvent,
  totalKinds,
} from './telemetry.model.ts'

/** The live numbers of all open connections, fed by the telemetry stream alone. */
export const useTelemetryStore = create<{ connections: Telemetry }>(() => ({ connections: {} }))

/** Connections answer at nearly the same time: what arrives within so many ms is drawn as one. */
const togetherMs = 20
let arrived: TelemetryEvent[] = []

/** The one way in. */
export function feedTelemetry(event: TelemetryEvent): void {
  if (arrived.push(event) === 1) setTimeout(draw, togetherMs)
}

function draw(): void {
  const events = arrived
  arrived = []
  useTelemetryStore.setState(({ connections }) => ({ connections: events.reduce(applyTelemetry, connections) }))
}

export const useConnectionTelemetry = (connectionId: string): ConnectionTelemetry | undefined =>
  useTelemetryStore((state) => state.connections[connectionId])

/** One queue; renders only when one of its numbers changed. */
export const useQueueSample = (connectionId: string, key: string): QueueSample | undefined =>
  useTelemetryStore((state) => state.connections[connectionId]?.queues.get(key))

const noPoints: readonly HistoryPoint[] = []

/** The sparkline of one queue; renders every few seconds. */
export const useQueueHistory = (connectionId: string, key: string): readonly HistoryPoint[] =>
  useTelemetryStore((state) => state.connections[connectionId]?.history.get(key) ?? noPoints)

/** Server figures of one connection; renders when one of them changed. */
export const useRedisStats = (connectionId: string): RedisStats | null =>
  useTelemetryStore((state) => state.connections[connectionId]?.redis ?? null)

/** What Sluice costs one Redis; renders when a figure of it changed. */
export const useCost = (connectionId: string): Cost | null =>
  useTelemetryStore((state) => state.connections[connectionId]?.cost ?? null)

/** Epoch ms of the last tick; null before the first. */
export const useLastSampleAt = (connectionId: string): number | null =>
  useTelemetryStore((state) => state.connections[connectionId]?.at ?? null)

/** Failed jobs of one connection, or of all (null). */
export const useFailedCount = (connectionId: string | null): number =>
  useTelemetryStore((state) => {
    const chosen = connectionId === null ? Object.values(state.connections) : [state.connections[connectionId]]
    return chosen.reduce((sum, telemetry) => sum + (telemetry === undefined ? 0 : totalKinds(telemetry).failed), 0)
  })

/** Number of queues of one connection. */
export const useQueueCount = (connectionId: string): number =>
  useTelemetryStore((state) => state.connections[connectionId]?.keys.length ?? 0)
