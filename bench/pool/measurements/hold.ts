import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { openEngine } from '../engines/open-engine.ts'
import { jobOf } from '../job.ts'
import { type HoldMeasurement, measuredQueue } from '../measurement.ts'
import { say } from './say.ts'

/** Works until it is killed. Says `ready` when it works, and `begun` when a job has come; the job never ends. */
export async function hold(port: number, { engine: name, add, elsewhere }: HoldMeasurement): Promise<void> {
  if (elsewhere) {
    os.hostname = () => 'elsewhere'
    syncBuiltinESMExports() // the engine is loaded after this
  }
  const engine = await openEngine(name, port, measuredQueue)
  if (add) await engine.add(jobOf(0))
  await engine.work({
    concurrency: 1,
    handler() {
      say('begun')
      return new Promise(() => {})
    },
    done() {},
  })
  say('ready')
}
