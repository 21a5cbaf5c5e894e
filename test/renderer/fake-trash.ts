import type { JournalEntry } from '../../src/domain/operation.ts'
import type { Permissions } from '../../src/domain/permission.ts'
import type { TrashEntry } from '../../src/domain/trash.ts'
import { refuse } from './fake-actions.ts'
import type { FakeContext } from './fake-os.ts'

/** What can be put back: the entries of the journal that say so. */
export function trashRouter({ os, world, find }: FakeContext) {
  const kept = new Set<string>()
  const entryOf = (entry: JournalEntry): TrashEntry | null =>
    entry.undo !== true || entry.undoneAt !== null || entry.queue === null
      ? null
      : {
          id: entry.id,
          connectionId: entry.connectionId,
          action: entry.action,
          queue: entry.queue,
          summary: entry.summary,
          at: entry.at,
          expiresAt: entry.expiresAt ?? entry.at + 7 * 86_400_000,
          place: kept.has(entry.id) ? 'computer' : 'redis',
          jobs: entry.done,
          bytes: entry.done === 12 ? null : entry.done * 30_214,
        }
  const known = (id: string): JournalEntry => {
    const entry = world.journal.find((one) => one.id === id)
    if (entry === undefined) throw refuse('NOT_FOUND')
    return entry
  }
  return {
    list: os.trash.list.handler(({ input }) => {
      const { profile } = find(input.connectionId)
      const entries = world.journal
        .filter(({ connectionId }) => connectionId === input.connectionId)
        .map(entryOf)
        .filter((entry) => entry !== null)
      const used = entries.reduce((sum, { place, bytes }) => sum + (place === 'redis' ? (bytes ?? 0) : 0), 0)
      return { entries, used, limit: profile.trashLimitMb * 2 ** 20 }
    }),
    keepHere: os.trash.keepHere.handler(({ input }) => {
      kept.add(input.id)
      return entryOf(known(input.id)) as TrashEntry
    }),
    empty: os.trash.empty.handler(({ input }) => {
      known(input.id).undo = 'It was deleted from the trash.'
      return {}
    }),
  }
}

/** What the user of each connection may do: all of it, or less on staging. */
export function fakePermissions(connectionId: string): Permissions {
  const acl = (role: string, rules: string) => `ACL SETUSER sluice-${role} on >PASSWORD ~* &* ${rules}`
  const few = connectionId === 'staging'
  return {
    user: few ? 'readonly-app' : 'console',
    roles: [
      {
        role: 'viewer',
        able: true,
        missing: [],
        acl: acl('viewer', '-@all +@read +info +ping +scan +client|list +subscribe +psubscribe'),
      },
      {
        role: 'operator',
        able: !few,
        missing: few ? ['EVALSHA', 'LPUSH', 'RENAME', 'SET'] : [],
        acl: acl('operator', '-@all +@read +@write +@scripting +info +ping +client|list -flushall -flushdb'),
      },
      {
        role: 'admin',
        able: !few,
        missing: few ? ['EVALSHA', 'LPUSH', 'RENAME', 'SET', 'BLMOVE', 'CONFIG|GET'] : [],
        acl: acl('admin', '-@all +@read +@write +@scripting +@blocking +info +config|get -flushall -flushdb'),
      },
    ],
    lacks: few
      ? ['Server figures are not shown: INFO may not be run.', 'Workers of other programs cannot be seen.']
      : [],
    problem: null,
  }
}
