import { layoutOf } from '../../../src/engine/pool/lists/layout.ts'
import { createListPool, type ListPool, listPoolDefaults } from '../../../src/engine/pool/lists/list-pool.ts'
import { createProducer } from '../../../src/engine/pool/lists/producer.ts'
import { openTestConnection } from '../../../test/pool.ts'
import type { OpenEngine } from './engine.ts'
import { baseOf } from './list.ts'

const prefix = baseOf('')

/** A pool of ours with everything as it comes. */
export const openSluice: OpenEngine = async (port, queue) => {
  const connection = await openTestConnection(`redis://127.0.0.1:${port}`)
  const producer = await createProducer(connection, layoutOf('plain-list', prefix, queue))
  let pool: ListPool | undefined
  return {
    add: (job) => producer.add(JSON.stringify(job)),
    addMany: (jobs) => producer.addMany(jobs.map((job) => JSON.stringify(job))),
    async work({ concurrency, handler, done }) {
      let told = 0
      const working = createListPool({
        connection,
        handler,
        config: { ...listPoolDefaults, system: 'plain-list', queuePrefix: prefix, queueName: queue, concurrency },
        onChange() {
          if (working.done === told) return
          done(working.done - told)
          told = working.done
        },
      })
      pool = working
      await working.start()
    },
    async close() {
      await pool?.stop(1000)
      producer.close()
      connection.close()
    },
  }
}
