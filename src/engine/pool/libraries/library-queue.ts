import { SluiceError } from '../../../domain/errors.ts'
import type { LibrarySystem } from '../../../domain/pool.ts'
import { layout as bull } from '../../../systems/bull/keys.ts'
import { layout as bullmq } from '../../../systems/bullmq/keys.ts'
import type { Reader, Reply } from '../../../systems/handles.ts'
import { baseOf } from '../../../systems/shared/hashed-jobs/layout.ts'
import type { Connection } from '../../redis/connection.ts'
import { HandlerError, type Job } from '../handler.ts'
import { textFields } from '../lists/read-job.ts'
import type { BullmqVersion } from './bullmq-worker.ts'
import type { TakenJob } from './library-worker.ts'

const layouts = { bull, bullmq } as const

export interface QueueKeys {
  readonly system: LibrarySystem
  readonly queueName: string
  readonly queuePrefix: string
}

/** What a queue says of itself. */
export interface QueueState {
  readonly paused: boolean
  /** Which library its jobs are for. */
  readonly library: 'bull' | BullmqVersion
}

/**
 * One O(1) command. Which major of bullmq a queue is kept by is in its `meta`; a worker of the other one would keep its
 * paused jobs where the queue's own programs lose them. Where nothing is said (only Queue objects write it) 5 is taken:
 * 6 finds what 5 leaves behind, but not the other way round. Throws UNSUPPORTED for a version that is not known here.
 */
export async function readQueue(reader: Reader, keys: QueueKeys): Promise<QueueState> {
  const { status } = layouts[keys.system]
  const base = baseOf({ prefix: keys.queuePrefix, name: keys.queueName })
  const { paused, version, readOnly } = status.read(await reader.call(...status.command(base)), false)
  if (readOnly) throw new SluiceError('UNSUPPORTED', readOnly)
  const library = keys.system === 'bull' ? 'bull' : version?.startsWith('6.') ? 6 : 5
  return { paused: paused ?? false, library }
}

/**
 * One HGET. A job as handlers see it, its data byte for byte as stored: the library has parsed it, and with it made
 * floats of large numbers. While Redis is away it waits, for as long as the job is held. Throws a HandlerError for a job
 * that is not there.
 */
export async function readJob(
  connection: Connection,
  keys: QueueKeys,
  taken: TakenJob,
  signal: AbortSignal,
): Promise<Job> {
  const base = baseOf({ prefix: keys.queuePrefix, name: keys.queueName })
  const stored = await whenReady(connection, signal, (reader) => reader.call('HGET', base + taken.id, 'data'))
  if (!Buffer.isBuffer(stored)) throw new HandlerError('This job is no longer there.', { retryable: false })
  const raw = stored.toString('utf8')
  const data = textFields(raw)
  const { unnamed } = layouts[keys.system]
  return {
    id: taken.id,
    type: taken.name === unnamed ? null : taken.name,
    to: data.to ?? data.to_email ?? data.mobile ?? null,
    data,
    body: raw,
    attempts: taken.attempts,
    maxRetries: null,
    raw,
  }
}

/** Reads, again after each cut. */
async function whenReady(
  connection: Connection,
  signal: AbortSignal,
  read: (reader: Reader) => Promise<Reply>,
): Promise<Reply> {
  while (true) {
    signal.throwIfAborted()
    try {
      return await read(connection.reader)
    } catch (error) {
      // A closed connection ends the pool, which gives the job back: it is not to blame, and must not fail.
      const passes = error instanceof SluiceError && (error.retryable || error.code === 'NOT_OPEN')
      if (!passes) throw error
      await changed(connection, signal)
    }
  }
}

/** How long to wait for news of a connection that may be well by now. */
const againMs = 500

function changed(connection: Connection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      unsubscribe()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const unsubscribe = connection.onStatus(done)
    const timer = setTimeout(done, againMs)
    signal.addEventListener('abort', done)
  })
}
