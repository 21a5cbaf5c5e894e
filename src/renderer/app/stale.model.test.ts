import { expect, it } from 'vitest'
import { type ConnectionStatus, usualProfile } from '../../domain/profile.ts'
import type { Connection } from '../state/connections.ts'
import { formatClock } from '../ui/format.ts'
import { isTroubled, staleSentence } from './stale.model.ts'

const at = 1_800_000_000_000
const connection = (status: ConnectionStatus['status'], problem: string | null = null): Connection => ({
  profile: {
    id: 'a',
    name: 'a',
    url: 'redis://a',
    ...usualProfile,
  },
  status: {
    connectionId: 'a',
    status,
    since: at,
    problem,
    code: null,
    remedy: null,
    servers: [],
    writable: true,
    unlockedUntil: null,
  },
})

it('is silent while data is fresh or nobody wants it', () => {
  expect([staleSentence(connection('ready'), at, at), staleSentence(connection('closed'), at, at)]).toEqual([
    null,
    null,
  ])
})
it('says how old, since when and why', () => {
  expect(staleSentence(connection('reconnecting', 'It was refused.'), at, at + 34_900)).toBe(
    `Data is 34 s old since ${formatClock(at)}. It was refused.`,
  )
  expect(staleSentence(connection('failed'), at, at + 65_000)).toContain('Data is 1m 5s old')
})
it('does not speak of the age of data that never came', () => {
  expect(staleSentence(connection('connecting'), null, at)).toBe('Connecting…')
})
it('speaks of a problem while reads go on, and not of age', () => {
  const full = connection('ready', 'Redis is out of memory and refuses to write.')
  expect(staleSentence(full, at, at + 90_000)).toBe('Redis is out of memory and refuses to write.')
  expect([isTroubled(full), isTroubled(connection('ready')), isTroubled(connection('closed'))]).toEqual([
    true,
    false,
    false,
  ])
  expect(isTroubled(connection('failed'))).toBe(true)
})
