import type { QueueRef } from '../../domain/queue.ts'
import type { Schedule } from '../../domain/schedule.ts'
import type { Command, Reader, Reply } from '../handles.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import { isOver, NextRuns, problemOf, runsOf } from '../shared/hashed-jobs/next-runs.ts'
import { isWrongType, itemsOf, numberOf, stringOf } from '../shared/hashed-jobs/replies.ts'
import { layout } from './keys.ts'

/** Schedules that are listed, those that run next first, and bytes of their payloads that are read. */
const most = 500
const payloadBudget = 1024 * 1024

const settings = ['name', 'pattern', 'every', 'tz', 'startDate', 'endDate', 'limit', 'ic', 'opts'] as const

/**
 * 3 round trips, O(1) a schedule but for those whose next job is not delayed, see `NextRuns`. Job schedulers of BullMQ 5
 * and 6, and the repeatable jobs that version 5 still serves: those have no count `ic`, and the oldest no hash at all.
 */
export async function schedules(reader: Reader, queue: QueueRef): Promise<Schedule[]> {
  const base = baseOf(queue)
  const [reply] = await reader.pipeline([['ZRANGE', `${base}repeat`, 0, most - 1, 'WITHSCORES']])
  if (reply instanceof Error && !isWrongType(reply)) throw reply
  const items = itemsOf(reply)
  const members = items.flatMap((member, i) =>
    i % 2 === 0 && Buffer.isBuffer(member) ? [{ id: member.toString('utf8'), nextAt: numberOf(items[i + 1]) }] : [],
  )
  if (members.length === 0) return []
  const hashes = members.flatMap(({ id }): Command[] => [
    ['HMGET', `${base}repeat:${id}`, ...settings],
    ['HSTRLEN', `${base}repeat:${id}`, 'data'],
  ])
  const next = new NextRuns(
    layout,
    queue,
    members.map(({ id, nextAt }) => (nextAt === null ? [] : [`repeat:${id}:${nextAt}`])),
  )
  const early = await reader.pipeline([...hashes, ...next.first()])
  next.takeFirst(early.slice(hashes.length))
  let budget = payloadBudget
  const wanted = members.map((_, i) => {
    const size = early[2 * i + 1]
    if (typeof size !== 'number' || size === 0 || size > budget) return false
    budget -= size
    return true
  })
  const payloads = members.flatMap(({ id }, i): Command[] =>
    wanted[i] ? [['HGET', `${base}repeat:${id}`, 'data']] : [],
  )
  const late = [...payloads, ...next.second()]
  const replies = late.length === 0 ? [] : await reader.pipeline(late)
  const fates = next.fates(replies.slice(payloads.length))
  let payload = 0
  return members.map(({ id, nextAt }, i) => {
    const { count, sure, ...schedule } = scheduleOf(id, nextAt, itemsOf(early[2 * i]))
    const fate = sure ? (fates[i] ?? 'unsure') : 'unsure'
    return {
      ...schedule,
      runs: runsOf(count, fate),
      payload: wanted[i] ? stringOf(replies[payload++]) : null,
      problem: isOver({ ...schedule, count }) ? null : problemOf(fate),
    }
  })
}

/** `sure` is false where the id of the next job cannot be told: the oldest repeatables digest a part of the payload. */
function scheduleOf(id: string, nextAt: number | null, hash: readonly Reply[]) {
  const [name, pattern, every, timeZone, startDate, endDate, limit, made, options] = hash
  const bare = hash.every((field) => field === null)
  const old = bare ? /^([^:]*):([^:]*):(\d*):([^:]*):(.+)$/s.exec(id) : null
  const oldEvery = old !== null && /^\d+$/.test(old[5] ?? '')
  const count = numberOf(made)
  return {
    id,
    name: stringOf(name) ?? (old?.[1] || null),
    pattern: stringOf(pattern) ?? (oldEvery ? null : (old?.[5] ?? null)),
    everyMs: numberOf(every) ?? (oldEvery ? Number(old?.[5]) : null),
    timeZone: stringOf(timeZone) ?? (old?.[4] || null),
    nextAt,
    startsAt: numberOf(startDate),
    endsAt: numberOf(endDate) ?? (old?.[3] ? Number(old[3]) : null),
    limit: numberOf(limit),
    options: stringOf(options),
    count,
    sure: count !== null || id.split(':').length <= 2,
  }
}
