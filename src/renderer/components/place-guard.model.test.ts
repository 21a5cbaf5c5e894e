import { describe, expect, it } from 'vitest'
import type { SystemInfo } from '../../domain/queue.ts'
import type { Connection } from '../state/connections.ts'
import { whyNotThere } from './place-guard.model.ts'

const systems = [
  { id: 'plain-list', states: [{ id: 'dead', actions: { retry: true } }] },
  { id: 'laravel', states: [{ id: 'reserved', actions: { retry: 'Laravel keeps failed jobs elsewhere.' } }] },
] as unknown as SystemInfo[]
const connection = (writable: boolean) =>
  ({
    profile: { environment: 'production', readOnly: false },
    status: { status: 'ready', writable },
  }) as unknown as Connection
const dead = { queue: { system: 'plain-list', prefix: '', name: 'a' }, state: 'dead' } as const
const reserved = { queue: { system: 'laravel', prefix: '', name: 'b' }, state: 'reserved' } as const

describe('whyNotThere', () => {
  it('is nothing where one of the places can', () => {
    expect(whyNotThere(connection(true), systems, [reserved, dead], 'retry')).toBeNull()
  })
  it('is the reason of the first where none can', () => {
    expect(whyNotThere(connection(true), systems, [reserved], 'retry')).toBe('Laravel keeps failed jobs elsewhere.')
  })
  it('is that nothing may be written, there and where no place is known', () => {
    const locked = 'Read-only: unlock writing in the bar above first.'
    expect(whyNotThere(connection(false), systems, [dead], 'retry')).toBe(locked)
    expect(whyNotThere(connection(false), systems, [], 'retry')).toBe(locked)
  })
})
