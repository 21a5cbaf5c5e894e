import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import { headCommand, readHead, wrongType } from '../shared/elements/elements.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { birthOf } from './decode.ts'
import { keyOfState, stateTypes } from './keys.ts'

/** The type of :processing and its size, by the command that suits it: asking with the wrong one would count as an error in the server's statistics. */
const sizeLua = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'set' then return { kind, redis.call('SCARD', KEYS[1]) } end
if kind == 'list' then return { kind, redis.call('LLEN', KEYS[1]) } end
return { kind, 0 }`

const perQueue = 6

/** 6 O(1) commands a queue: 4 counts, and 2 small scripts for the size of :processing and the beginning of the next job. */
export function sample(queues: readonly QueueRef[]): SamplePlan {
  return {
    commands: queues.flatMap((queue): Command[] => [
      ['LLEN', keyOfState(queue, 'ready')],
      ['ZCARD', keyOfState(queue, 'delayed')],
      ['LLEN', keyOfState(queue, 'failed')],
      ['LLEN', keyOfState(queue, 'completed')],
      ['EVAL', sizeLua, 1, keyOfState(queue, 'processing')],
      headCommand(keyOfState(queue, 'ready')),
    ]),
    read: (replies) => queues.map((queue, i) => readingOf(queue, replies.slice(i * perQueue, (i + 1) * perQueue))),
  }
}

function readingOf(queue: QueueRef, [ready, delayed, failed, completed, size, headReply]: readonly Reply[]): Reading {
  const count = (reply: Reply | undefined) => (typeof reply === 'number' ? reply : 0)
  const [type, processing] = Array.isArray(size) ? size : []
  const head = readHead(headReply)
  return {
    queue,
    states: {
      ready: count(ready),
      delayed: count(delayed),
      processing: count(processing),
      failed: count(failed),
      completed: count(completed),
    },
    head: head && { createdAt: birthOf(head.element), fingerprint: head.fingerprint },
    totals: { added: null, finished: null },
    workers: null,
    paused: false,
    problem: problemOf(queue, [ready, delayed, failed, completed, size], type),
  }
}

function problemOf(queue: QueueRef, replies: readonly (Reply | undefined)[], type: Reply | undefined): string | null {
  const failed = replies.find((reply) => reply instanceof Error)
  if (failed instanceof Error) return `A key of ${queue.prefix}${queue.name} cannot be read: ${failed.message}`
  if (!(type instanceof Buffer)) return null
  return wrongType(keyOfState(queue, 'processing'), type.toString(), stateTypes.processing)
}
