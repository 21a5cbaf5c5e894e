import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OpenEngine } from './engine.ts'
import { baseOf, connect, listProducer } from './list.ts'
import { Slots } from './slots.ts'

/** Jobs a call. */
const batch = 256

/** The ceiling of any worker in Node on a list: LPOP of many, the next one sent before the last is run; nothing is kept. */
export const openBareLpop: OpenEngine = async (port, queue) => {
  const base = baseOf(queue)
  const producer = connect(port)
  const client = connect(port)
  return {
    ...listProducer(producer, queue),
    async work({ concurrency, handler, done }) {
      const slots = new Slots<{ payload: string }>(concurrency, handler, () => done(1))
      const run = async () => {
        let coming = client.lpop(base, batch)
        for (;;) {
          const taken = await coming
          coming = client.lpop(base, batch)
          if (taken === null) await nextTurn()
          else slots.give(taken.map((payload) => ({ payload })))
        }
      }
      run().catch(() => {}) // ends with its connection
    },
    async close() {
      for (const each of [producer, client]) each.disconnect()
    },
  }
}
