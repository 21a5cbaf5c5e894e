import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { QueueRef } from '../src/domain/queue.ts'
import type { QueueSystem, ScannedJob } from '../src/systems/system.ts'
import { testReader } from './reader.ts'

/** Expects that a walk tells of the jobs of a state what its page does, and gives the payloads whole; at most 200 jobs. */
export async function expectScanLikePage(
  redis: Redis,
  system: QueueSystem,
  queue: QueueRef,
  state: string,
  payloads: readonly (string | Buffer)[],
): Promise<void> {
  const reader = testReader(redis)
  const page = await system.page(reader, queue, state, { offset: 0, limit: 200 })
  const jobs: ScannedJob[] = []
  for await (const step of system.scan(reader, queue, state, { chunk: 100, payloads: true })) jobs.push(...step.jobs)
  expect(jobs).toHaveLength(payloads.length)
  const byRef = new Map(page.jobs.map((job) => [job.ref, job]))
  for (const job of jobs) {
    const row = byRef.get(job.ref)
    expect(job.summary()).toEqual(row)
    expect({ bytes: job.bytes, error: job.error(), at: job.at() }).toEqual({
      bytes: row?.bytes,
      error: row?.error,
      at: row?.at,
    })
  }
  const texts = (all: readonly (string | Buffer)[]) => all.map((one) => Buffer.from(one).toString('base64')).sort()
  expect(texts(jobs.map((job) => job.payload()))).toEqual(texts(payloads))
}
