import type { Found } from '../../pool/measurement.ts'
import { say } from '../../pool/measurements/say.ts'
import { measured } from '../measurement.ts'
import { openSluice, runOf, trash } from './sluice.ts'

/** Retries all failed jobs, and says how many are behind it each time it knows: the bench kills it on the way. */
export async function retryBySteps(port: number, warm: () => Promise<void>): Promise<Found> {
  const { connection, system, write } = await openSluice(port)
  await warm()
  const run = runOf((done) => say(String(done)))
  // Another process goes on where this one was killed: what is failed then is the rest.
  const frozen = await system.freeze(connection.reader, measured, 'failed')
  const { done } = await write.retryAll(connection.writer(), measured, 'failed', frozen, trash(), 'keep', run)
  return { done }
}
