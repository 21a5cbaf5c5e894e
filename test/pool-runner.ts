/**
 * A worker process for tests that kill it: `node --import tsx test/pool-runner.ts URL QUEUE CONCURRENCY WORK_MS`. Its
 * handler notes each job's id in the list `ran`, then takes WORK_MS (or for ever, when that is `hang`).
 */
import { Redis } from 'ioredis'
import { createPool } from '../src/engine/pool/pool.ts'
import { openTestConnection, quick } from './pool.ts'

const [url = '', queueName = '', concurrency = '1', work = 'hang'] = process.argv.slice(2)
const notes = new Redis(url, { protocol: 2 })
const pool = createPool({
  connection: await openTestConnection(url),
  config: { queueName, queuePrefix: 'queue:', concurrency: Number(concurrency), maxAttempts: 3, retryDelayMs: 5 },
  timing: quick,
  async handler(job) {
    await notes.rpush('ran', job.id ?? '')
    await new Promise((resolve) => work !== 'hang' && setTimeout(resolve, Number(work)))
  },
})
await pool.start()
process.stdout.write('ready\n')
