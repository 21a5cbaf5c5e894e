import { setTimeout as pause } from 'node:timers/promises'
import type { Sample } from '../../../src/domain/sample.ts'
import { cpuSince } from '../../operations/measurements/cpu.ts'
import type { Measurement, Opened, Order, Spent } from '../measurement.ts'
import { openEngine } from './engine-client.ts'

/** Opens all profiles at once, and then spends time as it is told. */
export async function measureFleet(
  { ports, queuesEach }: Extract<Measurement, { kind: 'fleet' }>,
  order: (word: string) => Promise<string>,
): Promise<void> {
  const engine = await openEngine()
  const ids: string[] = []
  for (const port of ports) ids.push(await engine.save(port))
  const latest = new Map<string, Sample>()
  let onSample = () => {}
  void engine.watch((event) => {
    if (event.type !== 'sample') return
    latest.set(event.sample.connectionId, event.sample)
    onSample()
  })
  await order('warm')

  const began = performance.now()
  const allCounted = new Promise<number>((resolve) => {
    onSample = () => {
      const counted = ids.filter((id) => latest.get(id)?.queues.length === queuesEach)
      if (counted.length === ids.length) resolve(performance.now() - began)
    }
  })
  const opened = await Promise.all(ids.map((connectionId) => engine.client.connections.open({ connectionId })))
  const reachableMs = performance.now() - began
  const away = opened.filter(({ status }) => status !== 'ready')
  if (away.length > 0) throw new Error(`${away.length} profiles could not be opened`)
  let found: Opened | Spent = { reachableMs, numbersMs: await allCounted }
  for (;;) {
    const { attention, seconds } = JSON.parse(await order(JSON.stringify(found))) as Order
    await engine.client.telemetry.attend({ window: 'bench', attention })
    await pause(1000) // what was on its way
    globalThis.gc?.()
    const before = process.cpuUsage()
    const from = performance.now()
    await pause(seconds * 1000)
    found = {
      seconds: (performance.now() - from) / 1000,
      cpuMs: cpuSince(before),
      rssBytes: process.memoryUsage.rss(),
    }
  }
}
