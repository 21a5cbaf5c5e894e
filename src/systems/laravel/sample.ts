import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import { headCommand, readHead } from '../shared/elements/elements.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { birthOf } from './decode.ts'
import { keyOfState } from './keys.ts'

const perQueue = 4

/** 4 O(1) commands a queue: 3 counts, and a small script for the ends of the next job. */
export function sample(queues: readonly QueueRef[]): SamplePlan {
  return {
    commands: queues.flatMap((queue): Command[] => [
      ['LLEN', keyOfState(queue, 'ready')],
      ['ZCARD', keyOfState(queue, 'delayed')],
      ['ZCARD', keyOfState(queue, 'reserved')],
      headCommand(keyOfState(queue, 'ready')),
    ]),
    read: (replies) => queues.map((queue, i) => readingOf(queue, replies.slice(i * perQueue, (i + 1) * perQueue))),
  }
}

/** Laravel keeps no counters and no list of workers in Redis, and its pause is in the cache. */
function readingOf(queue: QueueRef, [ready, delayed, reserved, headReply]: readonly Reply[]): Reading {
  const count = (reply: Reply | undefined) => (typeof reply === 'number' ? reply : 0)
  const failed = [ready, delayed, reserved].find((reply) => reply instanceof Error)
  const head = readHead(headReply)
  return {
    queue,
    states: { ready: count(ready), delayed: count(delayed), reserved: count(reserved) },
    head: head && { createdAt: birthOf(head.element), fingerprint: head.fingerprint },
    totals: { added: null, finished: null },
    workers: null,
    paused: false,
    problem:
      failed instanceof Error ? `A key of ${keyOfState(queue, 'ready')} cannot be read: ${failed.message}` : null,
  }
}
