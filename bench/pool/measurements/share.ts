import { createInterface } from 'node:readline'
import type { Engine } from '../engines/engine.ts'
import { openEngine } from '../engines/open-engine.ts'
import type { ShareMeasurement, ShareOrder } from '../measurement.ts'
import { handlerOf } from './handlers.ts'
import { warmUp } from './run-dry.ts'
import { say } from './say.ts'

/** Says `ready` when it is warm, and when it has done what a line told it; works until it is killed. */
export async function share(port: number, { engine: name }: ShareMeasurement): Promise<void> {
  await warmUp(name, port, 10)
  say('ready')
  let engine: Engine | undefined
  for await (const line of createInterface(process.stdin)) {
    const order = JSON.parse(line) as ShareOrder
    if (order.kind === 'open') {
      engine = await openEngine(name, port, order.queue)
      globalThis.gc?.()
    } else if (order.kind === 'work') {
      const { concurrency, handlerMs } = order
      await engine?.work({ concurrency, handler: handlerOf(handlerMs), done() {} })
    } else await engine?.close()
    say('ready')
  }
}
