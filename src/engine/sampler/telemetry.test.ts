import { describe, expect, it } from 'vitest'
import type { Sample } from '../../domain/sample.ts'
import { coalesceTelemetry, type TelemetryEvent } from './telemetry.ts'

const sample = (connectionId: string, at: number): TelemetryEvent => ({
  type: 'sample',
  sample: { connectionId, at } as Sample,
})
const closed = (connectionId: string): TelemetryEvent => ({ type: 'closed', connectionId })
const snapshot: TelemetryEvent = { type: 'snapshot', samples: [], history: {} }

describe('a reader that does not keep up', () => {
  const unreadAfter = (...events: TelemetryEvent[]) => events.reduce<TelemetryEvent[]>(coalesceTelemetry, [])
  it('gets the newest sample of each connection', () => {
    expect(unreadAfter(sample('a', 1), sample('b', 1), sample('a', 2), sample('a', 3))).toEqual([
      sample('b', 1),
      sample('a', 3),
    ])
  })
  it('hears that a connection closed, and not its samples from before', () => {
    expect(unreadAfter(sample('a', 1), closed('a'))).toEqual([closed('a')])
    expect(unreadAfter(sample('a', 1), closed('a'), sample('a', 9))).toEqual([sample('a', 9)])
  })
  it('gets a snapshot in place of all before it', () => {
    expect(unreadAfter(sample('a', 1), closed('b'), snapshot, sample('a', 2))).toEqual([snapshot, sample('a', 2)])
  })
})
