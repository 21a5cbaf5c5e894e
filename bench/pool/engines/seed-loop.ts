import type { OpenEngine } from './engine.ts'
import { baseOf, connect, listProducer, readPayload } from './list.ts'

/**
 * The second seed's own worker: BLPOP, SADD, the handler, SREM; one connection a slot. It loses the job when it dies
 * between the first two.
 */
export const openSeedLoop: OpenEngine = async (port, queue) => {
  const base = baseOf(queue)
  const producer = connect(port)
  const slots: ReturnType<typeof connect>[] = []
  return {
    ...listProducer(producer, queue),
    async work({ concurrency, handler, done }) {
      const run = async (client: ReturnType<typeof connect>) => {
        for (;;) {
          const taken = await client.blpop(base, 5)
          if (taken === null) continue
          const [, payload] = taken
          await client.sadd(`${base}:processing`, payload)
          await handler(readPayload(payload))
          await client.srem(`${base}:processing`, payload)
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
