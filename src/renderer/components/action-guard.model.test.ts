import { describe, expect, it } from 'vitest'
import { usualProfile } from '../../domain/profile.ts'
import type { StateInfo } from '../../domain/queue.ts'
import type { Connection } from '../state/connections.ts'
import { whyNot, whyNotWrite } from './action-guard.model.ts'

const connection = (profile: Partial<Connection['profile']>, status: Partial<Connection['status']>): Connection => ({
  profile: {
    id: 'a',
    name: 'a',
    url: 'redis://a',
    ...usualProfile,
    ...profile,
  },
  status: {
    connectionId: 'a',
    status: 'ready',
    since: 0,
    problem: null,
    code: null,
    remedy: null,
    servers: [],
    writable: true,
    unlockedUntil: null,
    ...status,
  },
})
const dead = {
  id: 'dead',
  label: 'Dead',
  kind: 'failed',
  actions: { retry: true, promote: 'Only delayed jobs can be promoted.' },
} as unknown as StateInfo

describe('whyNotWrite', () => {
  it('lets a writable, ready connection write', () => expect(whyNotWrite(connection({}, {}))).toBeNull())
  it('says how to write to production', () =>
    expect(whyNotWrite(connection({ environment: 'production' }, { writable: false }))).toMatch(/unlock/))
  it('does not send anyone to unlock a profile that never writes', () =>
    expect(whyNotWrite(connection({ environment: 'production', readOnly: true }, { writable: false }))).toMatch(
      /never writes/,
    ))
  it('waits for Redis', () => expect(whyNotWrite(connection({}, { status: 'reconnecting' }))).toMatch(/not reachable/))
})

describe('whyNot', () => {
  it('allows what the state allows', () => expect(whyNot(connection({}, {}), dead, 'retry')).toBeNull())
  it('names what can never be before what cannot be now', () =>
    expect(whyNot(connection({ environment: 'production' }, { writable: false }), dead, 'promote')).toBe(
      'Only delayed jobs can be promoted.',
    ))
  it('has a reason where the table is silent', () =>
    expect(whyNot(connection({}, {}), dead, 'pause')).toMatch(/cannot/))
  it('has a reason before the table is known', () =>
    expect(whyNot(connection({}, {}), undefined, 'retry')).not.toBeNull())
})
