import { expect, it } from 'vitest'
import type { ConnectionStatus } from '../../domain/profile.ts'
import type { Connection } from '../state/connections.ts'
import { formatClock } from '../ui/format.ts'
import { staleSentence } from './stale.model.ts'

const at = 1_800_000_000_000
const connection = (status: ConnectionStatus['status'], problem: string | null = null): Connection => ({
  profile: {
    id: 'a',
    name: 'a',
    url: 'redis://a',
    colour: 'blue',
    environment: 'local',
    readOnly: false,
    hints: [],
    trackedPrefix: 'local_request:',
    privateTargets: true,
    trashLimitMb: 256,
    builtIn: false,
    hasSecret: false,
  },
  status: { connectionId: 'a', status, since: at, problem, writable: true, unlockedUntil: null },
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
