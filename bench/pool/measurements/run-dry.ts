import type { Engine } from '../engines/engine.ts'
import { type EngineName, openEngine } from '../engines/open-engine.ts'
import { fill } from './fill.ts'

/** Works until so many jobs are done. `begun` is called when the first one begins. */
export function runDry(
  engine: Engine,
  jobs: number,
  concurrency: number,
  handler: () => Promise<void>,
  begun: () => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = jobs
    let first = true
    const work = {
      concurrency,
      handler() {
        if (first) begun()
        first = false
        return handler()
      },
      done(count: number) {
        left -= count
        if (left <= 0) resolve()
      },
    }
    engine.work(work).catch(reject)
  })
}

/** Lets the machine code of an engine come about: on a queue of its own, which is gone afterwards. */
export async function warmUp(name: EngineName, port: number, concurrency: number, jobs = 4000): Promise<void> {
  const engine = await openEngine(name, port, `warm-${process.pid}`)
  await fill(engine, jobs)
  await runDry(engine, jobs, concurrency, async () => {})
  await engine.close()
}
