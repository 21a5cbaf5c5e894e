import type { Reply } from '../../../systems/handles.ts'
import type { Ledger } from './ledger.ts'
import type { Link } from './link.ts'
import type { PoolTiming } from './pool-timing.ts'
import { isKnownDead } from './worker-id.ts'

/**
 * Brings back jobs whose worker is gone: of Sluice's workers by their leases (at once when the process is known to be
 * dead), of old workers by what they left in the view.
 */
export class Sweeper {
  constructor(
    private readonly link: Link,
    private readonly timing: Pick<PoolTiming, 'orphanAfterMs' | 'aloneAfterMs'>,
  ) {}

  /** Two round trips, and one script a dead worker. Returns the number of jobs brought back. */
  async deadWorkers(ledger: Ledger): Promise<number> {
    let recovered = 0
    for (const { worker, state } of await ledger.others()) {
      if (state !== 'alive') recovered += await ledger.recover(worker, state)
      else if (isKnownDead(worker)) recovered += await ledger.recover(worker, 'dead')
    }
    return recovered
  }

  /**
   * CLIENT LIST, one script a 200 members of the view. Nobody can tell a job whose old worker died from one that takes
   * long, so it comes back after it was seen unowned for a long time; soon, when nobody but Sluice is connected.
   */
  async orphans(ledger: Ledger): Promise<number> {
    const [id, clients] = await this.link.pipeline([
      ['CLIENT', 'ID'],
      ['CLIENT', 'LIST'],
    ])
    const alone = areAlone(id ?? null, clients ?? null)
    return ledger.orphans(alone ? this.timing.aloneAfterMs : this.timing.orphanAfterMs)
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
