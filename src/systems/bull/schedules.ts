import { createHash } from 'node:crypto'
import { readFields, scalarText } from '../../domain/json-text.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Schedule } from '../../domain/schedule.ts'
import type { Command, Reader } from '../handles.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import { isOver, NextRuns, problemOf, runsOf } from '../shared/hashed-jobs/next-runs.ts'
import { isWrongType, itemsOf, numberOf, stringOf } from '../shared/hashed-jobs/replies.ts'
import { layout } from './keys.ts'

/** Schedules that are listed, those that run next first, and bytes of their payloads that are read. */
const most = 500
const payloadBudget = 1024 * 1024

/**
 * 3 round trips, O(1) a schedule but for those whose next job is not delayed, see `NextRuns`. Bull 4 keeps of a
 * schedule only its member of the sorted set `repeat`; payload, runs and limit are those of its next job.
 */
export async function schedules(reader: Reader, queue: QueueRef): Promise<Schedule[]> {
  const base = baseOf(queue)
  const [reply] = await reader.pipeline([['ZRANGE', `${base}repeat`, 0, most - 1, 'WITHSCORES']])
  if (reply instanceof Error && !isWrongType(reply)) throw reply
  const items = itemsOf(reply)
  const repeats = items.flatMap((member, i) =>
    i % 2 === 0 && Buffer.isBuffer(member) ? [repeatOf(member.toString('utf8'), numberOf(items[i + 1]))] : [],
  )
  if (repeats.length === 0) return []
  const settings = repeats.flatMap(({ ids }) =>
    ids.flatMap((id): Command[] => [
      ['HGET', base + id, 'opts'],
      ['HSTRLEN', base + id, 'data'],
    ]),
  )
  const next = new NextRuns(
    layout,
    queue,
    repeats.map(({ ids }) => ids),
  )
  const early = await reader.pipeline([...settings, ...next.first()])
  next.takeFirst(early.slice(settings.length))
  let at = 0
  let budget = payloadBudget
  const jobs = repeats.map(({ ids }) => {
    const read = ids.map((id) => ({ id, opts: stringOf(early[at++]), size: early[at++] }))
    const job = read.find(({ opts }) => opts !== null)
    const size = typeof job?.size === 'number' ? job.size : 0
    if (job === undefined || size === 0 || size > budget) return { opts: job?.opts ?? '', id: null }
    budget -= size
    return { opts: job.opts ?? '', id: job.id }
  })
  const payloads = jobs.flatMap(({ id }): Command[] => (id === null ? [] : [['HGET', base + id, 'data']]))
  const late = [...payloads, ...next.second()]
  const replies = late.length === 0 ? [] : await reader.pipeline(late)
  const fates = next.fates(replies.slice(payloads.length))
  let payload = 0
  return repeats.map(({ schedule }, i) => {
    const { count, ...options } = repeatOptions(jobs[i]?.opts ?? '')
    const fate = fates[i] ?? 'unsure'
    const over = isOver({ count, limit: options.limit, nextAt: schedule.nextAt, endsAt: schedule.endsAt })
    return {
      ...schedule,
      ...options,
      runs: runsOf(count, fate),
      payload: (jobs[i]?.id ?? null) === null ? null : stringOf(replies[payload++]),
      problem: over ? null : problemOf(fate),
    }
  })
}

/** What the options of a job say of its schedule; `count` is the job's number in the row. */
function repeatOptions(opts: string): { count: number | null } & Pick<Schedule, 'limit' | 'startsAt'> {
  const { repeat } = readFields(opts, ['repeat'])
  const { count, limit, startDate } = readFields(scalarText(repeat) ?? '', ['count', 'limit', 'startDate'])
  const starts = typeof startDate === 'number' ? startDate : Date.parse(String(startDate))
  return {
    count: typeof count === 'number' ? count : null,
    limit: typeof limit === 'number' ? limit : null,
    startsAt: Number.isFinite(starts) ? starts : null,
  }
}

/**
 * A member of `repeat`: `name:jobId:endDate:tz:cron`, or `name:jobId:endDate:every`. Names and ids may hold colons, the
 * rest holds none, so it is read from its end. The next job's id holds a digest of name and id run together, and where
 * the colons leave open which is which, of each way to cut them.
 */
function repeatOf(member: string, nextAt: number | null) {
  const parts = member.split(':')
  const last = parts.pop() ?? ''
  const every = /^\d+$/.test(last) ? Number(last) : null
  const timeZone = every === null ? parts.pop() || null : null
  const ends = parts.pop() ?? ''
  const named = parts.join(':')
  const cuts = [...named.matchAll(/:/g)].map(({ index }) => index)
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  // Bull's own way of reading it is the first cut; a name with colons and no id ends in one.
  const cut = named.endsWith(':') ? named.length - 1 : (cuts[0] ?? named.length)
  const ids = cuts.map((each) => {
    const id = named.slice(each + 1)
    return `repeat:${md5(`${named.slice(0, each)}${id === '' ? '' : id}:${md5(member)}`)}:${nextAt}`
  })
  const name = named.slice(0, cut)
  const schedule: Schedule = {
    id: member,
    name: name === layout.unnamed || name === '' ? null : name,
    pattern: every === null ? last : null,
    everyMs: every,
    timeZone,
    nextAt,
    startsAt: null,
    endsAt: /^\d+$/.test(ends) ? Number(ends) : null,
    runs: null,
    limit: null,
    payload: null,
    options: null,
    problem: null,
  }
  return { schedule, ids: nextAt === null ? [] : ids }
}
