import * as six from 'bullmq'
import * as five from 'bullmq5'
import { Redis } from 'ioredis'
import type { QueueRef } from '../../../src/domain/queue.ts'
import type { Side } from '../measurement.ts'

/** Queues of an official library that share one connection, as its docs advise for many of them. */
export function openLibrary(port: number, side: Side): { redis: Redis; queue(of: QueueRef): six.Queue } {
  const redis = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null })
  const Queue = side === 'bullmq 5' ? (five.Queue as unknown as typeof six.Queue) : six.Queue
  // It must not write its version over and over, nor wait for it in the middle of what is measured.
  const queue = ({ name, prefix }: QueueRef) => new Queue(name, { connection: redis, prefix, skipMetasUpdate: true })
  return { redis, queue }
}
