import { readFileSync } from 'node:fs'

/** What a real library left in Redis: the ids by state with their scores, and the jobs' hashes, all as stored. */
export interface BullRecording {
  /** Library and version, as in `bullmq 6.7.0`. */
  readonly made: string
  /** Ids by what the jobs are: `fillBull` and `fillBullmq` name them. */
  readonly ids: Readonly<Record<string, unknown>>
  readonly states: Readonly<Record<string, readonly { readonly id: string; readonly score: string | null }[]>>
  /** Ids whose lock a worker held. */
  readonly locked: readonly string[]
  readonly jobs: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Reads `bull-4.16.json` and the like, made by `npx tsx test/peers/record-bull.ts`. */
export function bullRecording(file: string): BullRecording {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as BullRecording
}
