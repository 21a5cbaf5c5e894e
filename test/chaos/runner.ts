/**
 * A worker process for tests that kill it: takes RunnerOptions as JSON on its command line, says `ready` once it works,
 * and stops in good order on SIGTERM.
 */
import { Redis } from 'ioredis'
import { SluiceError } from '../../src/domain/errors.ts'
import { layoutOf } from '../../src/engine/pool/lists/layout.ts'
import { createListPool, listPoolDefaults } from '../../src/engine/pool/lists/list-pool.ts'
import { openTestConnection, quick } from '../pool.ts'
import { batchRecovery, batchWorker } from './batch-worker.ts'
import { failpoint } from './failpoint.ts'
import { carryOut, notesKey } from './notes.ts'
import { type RunnerOptions, redisWasAway } from './runner-options.ts'
import { seedRecovery, seedWorker } from './seed-worker.ts'

const options: RunnerOptions = JSON.parse(process.argv[2] ?? '')
const layout = layoutOf(options.system, options.prefix, options.name)
const probe = failpoint(options.killAt)
const notes = new Redis(options.notesUrl, { protocol: 2 })
let on = true

async function work(raw: Buffer, attempt: number): Promise<void> {
  if (options.workMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * options.workMs))
  await carryOut(notes, notesKey(layout.base), raw, attempt, options.hangs)
}

async function pool(): Promise<() => Promise<void>> {
  const connection = await openTestConnection(options.url)
  const made = createListPool({
    connection,
    config: {
      ...listPoolDefaults,
      system: options.system,
      queuePrefix: options.prefix,
      queueName: options.name,
      concurrency: options.concurrency,
      priorities: 'weighted',
      maxAttempts: 3,
      backoff: { kind: 'given', delaysMs: [5] },
    },
    timing: { ...quick, ...options.timing },
    handler: (job, { attempt }) => work(Buffer.from(job.raw), attempt),
    probe,
  })
  await made.start()
  return () => made.stop(50)
}

/** Workers on the keys themselves, as those of the seeds are: a client each, with ioredis's own settings. */
async function naive(): Promise<() => Promise<void>> {
  const open = () => new Redis(options.url, { protocol: 2 }).on('error', () => {}) // it opens anew by itself
  const first = open()
  if (options.kind === 'batch') {
    await batchRecovery(first, layout)
    const over = batchWorker(first, layout, String(process.pid), work, () => on)
    return () => over
  }
  await seedRecovery(first, layout)
  const all = Array.from({ length: options.concurrency }, () => seedWorker(open(), layout, work, probe, () => on))
  return async () => void (await Promise.all(all))
}

const stop = await (options.kind === 'pool' ? pool() : naive()).catch((error: unknown) => {
  // Whoever runs workers starts them again when Redis was away at the start.
  if (error instanceof SluiceError && error.code !== 'INTERNAL') process.exit(redisWasAway)
  throw error
})
process.once('SIGTERM', async () => {
  on = false
  await stop()
  process.exit(0)
})
// No worker outlives the test that started it.
process.stdin.on('end', () => process.exit(0)).resume()
process.stdout.write('ready\n')
