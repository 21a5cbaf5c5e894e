import { Redis } from 'ioredis'
import { openEngine } from '../engines/open-engine.ts'
import { type DrainMeasurement, type Found, measuredQueue } from '../measurement.ts'
import { fill } from './fill.ts'
import { handlerOf } from './handlers.ts'
import { runDry, warmUp } from './run-dry.ts'
import { readServerCost } from './server-cost.ts'

/** From the beginning of the first job until Redis has answered that the last one is done. */
export async function measureDrain(port: number, what: DrainMeasurement): Promise<Found> {
  const { engine: name, concurrency, jobs, handlerMs } = what
  const control = new Redis({ host: '127.0.0.1', port, protocol: 2 })
  await warmUp(name, port, concurrency)
  const engine = await openEngine(name, port, measuredQueue)
  await fill(engine, jobs)
  globalThis.gc?.()

  const server = await readServerCost(control)
  const node = process.cpuUsage()
  let began = 0
  await runDry(engine, jobs, concurrency, handlerOf(handlerMs), () => {
    began = performance.now()
  })
  const seconds = (performance.now() - began) / 1000
  const nodeSpent = process.cpuUsage(node)
  const serverAfter = await readServerCost(control)
  return {
    jobsPerSecond: jobs / seconds,
    commands: (serverAfter.commands - server.commands) / jobs,
    roundTrips: (serverAfter.reads - server.reads - 1) / jobs, // 1: what the bench asked last
    redisMicros: (serverAfter.cpuMicros - server.cpuMicros) / jobs,
    nodeMicros: (nodeSpent.user + nodeSpent.system) / jobs,
  }
}
