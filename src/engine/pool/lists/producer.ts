import type { Connection } from '../../redis/connection.ts'
import type { Layout } from './layout.ts'
import { addLaterScript } from './scripts.ts'

export interface Producer {
  /**
   * Adds a job to the tail of a queue. Adds of one tick, of whoever, leave as one RPUSH: they succeed or fail together.
   * Throws OUTCOME_UNKNOWN when the connection broke on the way: the job may be there.
   */
  add(payload: string | Buffer, priority?: 'high' | 'low'): Promise<void>
  /** Adds jobs in order; one RPUSH a thousand. When one fails, those before it stand. */
  addMany(payloads: readonly (string | Buffer)[], priority?: 'high' | 'low'): Promise<void>
  /** Adds a job that waits until an epoch ms. Equal jobs stay apart: each further one gets a blank at its end. */
  addAt(payload: string | Buffer, at: number): Promise<void>
  close(): void
}

/** Payloads of one RPUSH at most, and their bytes at most, give or take one. */
const mostTogether = 1000
const mostBytes = 4 * 1024 * 1024

interface Group {
  payloads: (string | Buffer)[]
  sent: Promise<unknown>
}

/** Adds jobs to a queue over a connection of its own; throws READ_ONLY when the connection may not write. */
export async function createProducer(connection: Connection, layout: Layout): Promise<Producer> {
  const dedicated = await connection.dedicated('producer', layout.waiting)
  const groups = new Map<string, Group>()

  async function push(list: string, payloads: readonly (string | Buffer)[]): Promise<void> {
    for (let from = 0; from < payloads.length; ) {
      let to = from
      for (let bytes = 0; to < payloads.length && to - from < mostTogether && bytes < mostBytes; to++) {
        bytes += (payloads[to] as string | Buffer).length
      }
      await dedicated.call('RPUSH', list, ...payloads.slice(from, to))
      from = to
    }
  }

  const listOf = (priority?: 'high' | 'low') => (priority === undefined ? layout.waiting : layout[priority])

  return {
    async add(payload, priority) {
      const list = listOf(priority)
      let group = groups.get(list)
      if (group === undefined) {
        const payloads: (string | Buffer)[] = []
        const tick = new Promise<void>((resolve) => setImmediate(resolve))
        group = {
          payloads,
          sent: tick.then(() => {
            groups.delete(list)
            return push(list, payloads)
          }),
        }
        groups.set(list, group)
      }
      group.payloads.push(payload)
      await group.sent
    },
    addMany: (payloads, priority) => push(listOf(priority), payloads),
    async addAt(payload, at) {
      await dedicated.run(addLaterScript, [layout.delayed], [payload, Math.round(at)])
    },
    close: () => dedicated.close(),
  }
}
