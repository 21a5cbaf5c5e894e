import type { QueueRef } from '../../domain/queue.ts'
import type { Command, Reply } from '../handles.ts'
import type { Reading, SamplePlan } from '../system.ts'
import { listKey, newestLooked, requestKey } from './keys.ts'
import { countLua } from './lua.ts'
import { parseTrackedRequest } from './parse.ts'
import { type StateId, stateOf, statusesOf } from './status.ts'

/** 1 script a tracker, bounded by the newest 500 requests and the first 512 bytes of each: a few ms of Redis time. */
export function sample(queues: readonly QueueRef[]): SamplePlan {
  return {
    commands: queues.map(
      (queue): Command => ['EVAL', countLua, 1, listKey(queue), requestKey(queue, ''), ...statusesOf.pending],
    ),
    read: (replies, now) => queues.map((queue, i) => readingOf(queue, replies[i] ?? null, now)),
  }
}

/** What the scripts could not see, in a sentence; null when they saw all that is alive. */
export function unseen(length: number, more: boolean, late: number): string | null {
  const sentences: string[] = []
  if (more) {
    const all = length.toLocaleString('en')
    sentences.push(`Only the newest ${newestLooked} of ${all} tracked requests are looked at, and more may be alive.`)
  }
  if (late > 0) {
    sentences.push(
      `${late} of them hold their status behind other data, too late to be read here: they count as other.`,
    )
  }
  return sentences.length > 0 ? sentences.join(' ') : null
}

function readingOf(queue: QueueRef, reply: Reply, now: number): Reading {
  const states: Record<StateId, number> = {
    pending: 0,
    processing: 0,
    otp: 0,
    other: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    expired: 0,
  }
  let problem: string | null = null
  let head: Reading['head'] = null
  if (reply instanceof Error) problem = `${listKey(queue)} cannot be read: ${reply.message}`
  else if (Array.isArray(reply)) {
    const [length, more, late, oldest, expired, ...counts] = reply
    if (oldest instanceof Buffer) head = headOf(oldest, now)
    states.expired = Number(expired ?? 0)
    for (let i = 0; i + 1 < counts.length; i += 2) states[stateOf(String(counts[i]))] += Number(counts[i + 1])
    problem = unseen(Number(length ?? 0), more === 1, Number(late ?? 0))
  }
  return {
    queue,
    states,
    head,
    totals: { added: null, finished: null },
    workers: null,
    paused: false,
    problem,
  }
}

/** The request that waits longest, told by its own time: its bytes are no fingerprint, since every update changes them. */
function headOf(oldest: Buffer, now: number): Reading['head'] {
  const { startedAt } = parseTrackedRequest('', oldest, null, now)
  return { createdAt: startedAt, fingerprint: null }
}
