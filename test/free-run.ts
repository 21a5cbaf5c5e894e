import type { Run } from '../src/systems/system.ts'

/** A long action that nobody steers: it may take all it asks for. */
export const freeRun: Run = {
  signal: new AbortController().signal,
  progress: () => {},
  next: async (most) => most,
}
