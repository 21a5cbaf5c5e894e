import type { OpenEngine } from './engine.ts'
import { baseOf, connect, listProducer, readPayload } from './list.ts'

/** The least that keeps a job while it runs: BLMOVE, the handler, LREM; one connection a slot, nobody who recovers. */
export const openBlmove: OpenEngine = async (port, queue) => {
  const base = baseOf(queue)
  const taken = `${base}:taken`
  const producer = connect(port)
  const slots: ReturnType<typeof connect>[] = []
  return {
    ...listProducer(producer, queue),
    async work({ concurrency, handler, done }) {
      const run = async (client: ReturnType<typeof connect>) => {
        for (;;) {
          const payload = await client.blmove(base, taken, 'LEFT', 'RIGHT', 0)
          if (payload === null) continue
          await handler(readPayload(payload))
          await client.lrem(taken, 1, payload)
          done(1)
        }
      }
      for (let i = 0; i < concurrency; i++) slots.push(connect(port))
      await Promise.all(slots.map((client) => client.ping()))
      for (const client of slots) run(client).catch(() => {}) // ends with its connection
    },
    async close() {
      for (const client of [producer, ...slots]) client.disconnect()
    },
  }
}
