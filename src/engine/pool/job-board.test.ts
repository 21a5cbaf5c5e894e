import { describe, expect, it } from 'vitest'
import { type JobProgress, jobRecordSchema } from '../../domain/job-record.ts'
import { type Handler, HandlerError, type Job, type JobContext } from './handler.ts'
import { type BoardView, JobBoard } from './job-board.ts'

const job = (id: string): Job => ({
  ...{ id, type: 'resize', to: null, data: {}, body: '{}', attempts: 1, maxRetries: null, raw: '{}' },
})
const half: JobProgress = { percent: 50, done: 1, total: 2, failed: 0, message: 'half' }

function context(over: Partial<JobContext> = {}): JobContext {
  return { signal: new AbortController().signal, attempt: 2, log: () => {}, progress: () => {}, ...over }
}

/** Runs one job by a handler, and resolves when it has ended, however it did. */
async function run(board: JobBoard, handler: Handler, over: Partial<JobContext> = {}, id = '1') {
  return board
    .watch(handler)(job(id), context(over))
    .catch((error: unknown) => ({ error }))
}

describe('the board of a pool', () => {
  it('shows a job while it runs, with what its handler tells, and passes that on', async () => {
    const board = new JobBoard()
    const passed: unknown[] = []
    const lines: string[] = []
    let finish: (result: string) => void = () => {}
    const handler: Handler = (_job, { attempt }) => {
      expect(attempt).toBe(2)
      return new Promise((resolve) => (finish = resolve))
    }
    const watched = board.watch(
      (one, told) => {
        told.progress(half)
        told.log('begun')
        told.runsIn?.(77)
        return handler(one, told)
      },
      (line) => lines.push(line),
    )
    const running = watched(job('1'), context({ progress: (p) => passed.push(p), log: (line) => passed.push(line) }))
    const [record] = board.view().running
    expect(jobRecordSchema.parse(record)).toMatchObject({
      ...{ id: '1', name: 'resize', attempt: 2, endedAt: null, pid: 77, progress: half, failure: null, result: null },
    })
    expect(passed).toEqual([half, 'begun'])
    expect(lines).toEqual(['begun'])
    finish('{"size":9223372036854775807}')
    expect(await running).toBe('{"size":9223372036854775807}')
    expect(board.view()).toMatchObject({
      running: [],
      ended: [{ key: record?.key, result: '{"size":9223372036854775807}', endedAt: expect.any(Number) }],
    })
  })

  it('says why a job failed, and lets its pool know', async () => {
    const board = new JobBoard()
    const error = new HandlerError('too much', { retryable: true, kind: 'memory' })
    expect(await run(board, () => Promise.reject(error))).toEqual({ error })
    await run(board, () => Promise.reject(new TypeError('no such field')))
    await run(board, () => {
      throw new Error('at once')
    })
    const cancel = new AbortController()
    cancel.abort()
    await run(board, () => Promise.reject(new Error('stopped')), { signal: cancel.signal })
    expect(board.view().ended.map(({ failure }) => failure)).toEqual([
      { kind: 'taken', message: 'stopped' },
      { kind: 'threw', message: 'at once' },
      { kind: 'threw', message: 'no such field' },
      { kind: 'memory', message: 'too much' },
    ])
  })

  it('keeps the last hundred, newest first, and cuts what is long', async () => {
    const board = new JobBoard()
    for (let id = 1; id <= 350; id++) await run(board, async () => 'x'.repeat(5000), {}, String(id))
    const { ended } = board.view()
    expect(ended).toHaveLength(100)
    expect(ended[0]).toMatchObject({ id: '350', result: `${'x'.repeat(4000)}…` })
    expect(ended.at(-1)?.id).toBe('251')
  })

  it('tells its readers of changes, the newest state alone', async () => {
    const board = new JobBoard()
    const stop = new AbortController()
    const feed = board.feed.read(stop.signal, () => board.view())
    expect((await feed.next()).value).toEqual({ running: [], ended: [] })
    const next = feed.next()
    await Promise.all(['1', '2', '3'].map((id) => run(board, async () => undefined, {}, id)))
    expect(((await next).value as BoardView).ended).toHaveLength(3)
    // The last of it is told although its pool is over.
    const last = feed.next()
    await run(board, async () => undefined, {}, '4')
    board.close()
    expect(((await last).value as BoardView).ended).toHaveLength(4)
    stop.abort()
  })
})
