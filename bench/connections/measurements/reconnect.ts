import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Reconnected } from '../measurement.ts'
import { openEngine } from './engine-client.ts'

/** Longer than a new connection needs to count as a good one; the odd part lets kills meet all phases of a tick. */
const betweenMs = 2_237

/** Kills all connections of a server and waits for the first numbers that were read after that. */
export async function measureReconnect(
  port: number,
  kills: number,
  order: (word: string) => Promise<string>,
): Promise<Reconnected> {
  const engine = await openEngine()
  const id = await engine.save(port)
  await engine.client.connections.open({ connectionId: id })
  let onSample = (_at: number) => {}
  void engine.watch((event) => {
    if (event.type === 'sample' && event.sample.connectionId === id) onSample(event.sample.at)
  })
  await new Promise<void>((resolve) => (onSample = () => resolve()))
  await order('warm')
  const ms: number[] = []
  for (let i = 0; i < kills; i++) {
    await pause(betweenMs)
    const killer = connect(port, '127.0.0.1')
    await once(killer, 'connect')
    const before = Date.now()
    const began = performance.now()
    const fresh = new Promise<void>((resolve) => {
      onSample = (at) => at > before && resolve()
    })
    killer.write('CLIENT KILL TYPE normal SKIPME yes\r\n')
    await once(killer, 'data')
    killer.destroy()
    await fresh
    ms.push(performance.now() - began)
  }
  await engine.close()
  return { ms }
}
