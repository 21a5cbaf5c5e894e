import type { Reply } from '../../systems/handles.ts'
import type { Ledger } from './ledger.ts'
import type { Link } from './link.ts'
import { isKnownDead } from './worker-id.ts'

/**
 * Brings back jobs whose worker is gone: of Sluice's workers by their leases (at once when the process is known to be
 * dead), of old workers by what they left in the view.
 */
export class Sweeper {
  constructor(
    private readonly link: Link,
    private readonly orphanAfterMs: number,
  ) {}

  /** One round trip, and one script a dead worker. Returns the number of jobs brought back. */
  async deadWorkers(ledger: Ledger): Promise<number> {
    let recovered = 0
    for (const { worker, expired } of await ledger.others()) {
      const knownDead = isKnownDead(worker)
      if (expired || knownDead) recovered += await ledger.recover(worker, knownDead)
    }
    return recovered
  }

  /**
   * CLIENT LIST, one script a 200 members of the view. While nobody but Sluice is connected there is no old worker that
   * could still run these jobs, so they come back at once; else only after they were seen unowned for a long time.
   */
  async orphans(ledger: Ledger): Promise<number> {
    const [id, clients] = await this.link.pipeline([
      ['CLIENT', 'ID'],
      ['CLIENT', 'LIST'],
    ])
    return ledger.orphans(areAlone(id ?? null, clients ?? null), this.orphanAfterMs)
  }
}

/** Whether no client but Sluice's uses this database. False when Redis does not say. */
export function areAlone(ownId: Reply, clients: Reply): boolean {
  if (!(clients instanceof Buffer) || typeof ownId !== 'number') return false
  const rows = clients
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => new Map(line.split(' ').map((pair) => [pair.slice(0, pair.indexOf('=')), afterSign(pair)])))
  const own = rows.find((row) => row.get('id') === String(ownId))
  if (own === undefined) return false
  return rows.every(
    (row) =>
      row.get('db') !== own.get('db') || row.get('name')?.startsWith('sluice') || /[SM]/.test(row.get('flags') ?? ''), // replicas and the primary of this server
  )
}

function afterSign(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1)
}
