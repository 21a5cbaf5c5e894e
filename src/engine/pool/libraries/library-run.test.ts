import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job } from '../handler.ts'
import { LibraryRun, type RunOptions } from './library-run.ts'
import type { TakenJob } from './library-worker.ts'

const taken: TakenJob = {
  ...{ id: '1', name: 'mail', attempts: 0, timeoutMs: null },
  ...{ progress: async () => {}, log: async () => {}, giveBack: async () => {} },
}
const job = { id: '1' } as Job

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A run whose job is read when `read` is called. */
function runOf(handler: RunOptions['handler'], timeoutMs: number | null = null) {
  let read = () => {}
  const reading = new Promise<Job>((resolve) => {
    read = () => resolve(job)
  })
  const run = new LibraryRun(taken, { handler, read: () => reading, timeoutMs, lockMs: 60_000, onError: () => {} })
  return { run, read }
}

describe('a try of a job', () => {
  it('does not begin when the job was lost, or is on its way back, before it was read', async () => {
    const handler = vi.fn(async () => {})
    const lost = runOf(handler)
    const outcome = lost.run.work()
    lost.run.lose()
    lost.read()
    expect(await outcome).toEqual({ kind: 'left' })
    const returned = runOf(handler)
    const other = returned.run.work()
    const back = returned.run.giveBack('The pool stopped.')
    returned.read()
    await back
    expect(await other).toEqual({ kind: 'left' })
    await vi.runAllTimersAsync()
    expect(handler).not.toHaveBeenCalled()
  })

  it('has its whole time from when its handler begins, however long the reading took', async () => {
    const told = vi.fn()
    const { run, read } = runOf((_job, { signal }) => new Promise(() => signal.addEventListener('abort', told)), 200)
    const outcome = run.work()
    await vi.advanceTimersByTimeAsync(1000)
    read()
    await vi.advanceTimersByTimeAsync(199)
    expect(told).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(await outcome).toMatchObject({ kind: 'failed', error: { message: 'The job took longer than 0.2 s.' } })
    expect(told).toHaveBeenCalledOnce()
  })
})
