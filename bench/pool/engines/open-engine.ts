import type { Engine, OpenEngine } from './engine.ts'

/** Each engine in a file of its own, so that a process loads no library but the one that it measures. */
const engines = {
  sluice: async () => (await import('./sluice.ts')).openSluice,
  bullmq: async () => (await import('./bullmq.ts')).openBullmq,
  bull: async () => (await import('./bull.ts')).openBull,
  'bee-queue': async () => (await import('./bee.ts')).openBee,
  "the seed's loop": async () => (await import('./seed-loop.ts')).openSeedLoop,
  'BLMOVE and LREM': async () => (await import('./blmove.ts')).openBlmove,
  'bare batch': async () => (await import('./bare-batch.ts')).openBareBatch,
  'bare LPOP': async () => (await import('./bare-lpop.ts')).openBareLpop,
  'bare timers': async () => (await import('./bare-timers.ts')).openBareTimers,
} satisfies Record<string, () => Promise<OpenEngine>>

export type EngineName = keyof typeof engines

export async function openEngine(name: EngineName, port: number, queue: string): Promise<Engine> {
  const open = await engines[name]()
  return open(port, queue)
}
