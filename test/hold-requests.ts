import { createRequestPool, requestPoolDefaults } from '../src/engine/pool/requests/request-pool.ts'
import { openTestConnection } from './pool.ts'

/** A pool in a process of its own, for a test that kills it: takes what waits, never ends it, and says so. */
const connection = await openTestConnection(process.argv[2] ?? '')
const pool = createRequestPool({
  connection,
  handler: () => {
    process.stdout.write('taken\n')
    return new Promise(() => {})
  },
  config: { ...requestPoolDefaults, queueName: 'local_request', queuePrefix: '' },
  timing: { leaseMs: 800, beatMs: 50 },
})
await pool.start()
