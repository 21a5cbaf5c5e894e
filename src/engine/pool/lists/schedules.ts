import { Cron } from 'croner'
import { SluiceError } from '../../../domain/errors.ts'
import { isJson, readFields, setField } from '../../../domain/json-text.ts'
import type { Reader, Script, Writer } from '../../../systems/handles.ts'
import type { Layout } from './layout.ts'

/** A job that comes again and again. */
export interface Schedule {
  /** Unique in its queue. */
  readonly id: string
  /** Five or six fields (seconds first), or a word such as @hourly. */
  readonly cron: string
  /** An IANA name, such as Asia/Tehran: the fields are read on that clock, daylight saving included. */
  readonly timezone: string
  /** The payload that is added. An object without an `id` gets one that names the schedule and the time. */
  readonly payload: string
}

export interface PlannedSchedule extends Schedule {
  /** Epoch ms. */
  readonly next: number
}

/** KEYS: schedules, due. ARGV: id, schedule as JSON, next epoch ms. */
const setScript: Script = {
  name: 'pool-schedule-set',
  lua: `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1`,
}

/** KEYS: schedules, due. ARGV: id. Reply: 1, or 0 when there was none. */
const removeScript: Script = {
  name: 'pool-schedule-remove',
  lua: `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`,
}

/**
 * Adds the job of one schedule and plans its next time, if nobody was faster: of all who see that it is due, one fires.
 * KEYS: schedules, due, waiting. ARGV: id, schedule as the caller read it, time for which it was due, next time or '' for
 * none, payload. Reply: 1, or 0 when it was fired, changed or removed in between.
 */
const fireScript: Script = {
  name: 'pool-schedule-fire',
  lua: `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due or tonumber(due) ~= tonumber(ARGV[3]) then return 0 end
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1]) end
redis.call('RPUSH', KEYS[3], ARGV[5])
return 1`,
}

/** Two round trips: adds a schedule, or replaces the one of that id. Throws INVALID_INPUT when it makes no sense. */
export async function setSchedule(writer: Writer, layout: Layout, schedule: Schedule): Promise<PlannedSchedule> {
  const now = await redisNow(writer)
  const next = nextTime(schedule, now)
  if (next === null) throw new SluiceError('INVALID_INPUT', `${schedule.cron} names no time that is still to come.`)
  const { id, cron, timezone, payload } = schedule
  const text = JSON.stringify({ cron, timezone, payload })
  await writer.run(setScript, [layout.schedules, layout.scheduleTimes], [id, text, next])
  return { ...schedule, next }
}

/** One script; false when there was none of that id. Jobs that it added stay. */
export async function removeSchedule(writer: Writer, layout: Layout, id: string): Promise<boolean> {
  return (await writer.run(removeScript, [layout.schedules, layout.scheduleTimes], [id])) === 1
}

/** One round trip, O(schedules): all of a queue, the next one first. What cannot be read is left out. */
export async function listSchedules(reader: Reader, layout: Layout): Promise<PlannedSchedule[]> {
  return (await readSchedules(reader, layout)).schedules
}

/**
 * Adds the jobs that are due: one round trip, and one script for each. A time that passed while nobody looked is made up
 * for once, however often it passed.
 * @returns ms until the next one is due; null when there are no schedules
 */
export async function fireSchedules(writer: Writer, layout: Layout): Promise<number | null> {
  const { now, schedules, texts } = await readSchedules(writer, layout)
  const keys = [layout.schedules, layout.scheduleTimes, layout.waiting]
  let soonest: number | null = null
  for (const schedule of schedules) {
    let { next } = schedule
    if (next <= now) {
      let after: number | null
      try {
        after = nextTime(schedule, now)
      } catch {
        continue // written by somebody else: it stays, and the others run
      }
      const args = [schedule.id, texts.get(schedule.id) ?? '', next, after ?? '', payloadOf(schedule)]
      await writer.run(fireScript, keys, args)
      if (after === null) continue
      next = after
    }
    soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, next - now)
  }
  return soonest
}

async function readSchedules(reader: Reader, layout: Layout) {
  const [time, all, times] = await reader.pipeline([
    ['TIME'],
    ['HGETALL', layout.schedules],
    ['ZRANGE', layout.scheduleTimes, 0, -1, 'WITHSCORES'],
  ])
  const planned = new Map(pairs(times).map(([id, next]) => [id, Number(next)]))
  const texts = new Map(pairs(all))
  const schedules = [...texts].flatMap(([id, text]): PlannedSchedule[] => {
    const next = planned.get(id)
    if (next === undefined || !isJson(text)) return []
    const { cron, timezone, payload } = readFields(text, ['cron', 'timezone', 'payload'])
    if (typeof cron !== 'string' || typeof timezone !== 'string' || typeof payload !== 'string') return []
    return [{ id, cron, timezone, payload, next }]
  })
  return { now: timeOf(time), texts, schedules: schedules.sort((a, b) => a.next - b.next) }
}

const pairs = (reply: unknown): [string, string][] =>
  Array.isArray(reply)
    ? Array.from({ length: reply.length / 2 }, (_, i) => [String(reply[2 * i]), String(reply[2 * i + 1])])
    : []

const timeOf = (reply: unknown) =>
  Array.isArray(reply) ? Number(reply[0]) * 1000 + Math.floor(Number(reply[1]) / 1000) : Date.now()

async function redisNow(reader: Reader): Promise<number> {
  return timeOf(await reader.call('TIME'))
}

/** The first time after `now`; null when there is none. */
function nextTime({ cron, timezone }: Schedule, now: number): number | null {
  try {
    return new Cron(cron, { timezone, paused: true }).nextRun(new Date(now))?.getTime() ?? null
  } catch (error) {
    throw new SluiceError('INVALID_INPUT', `${cron} in ${timezone}: ${error instanceof Error ? error.message : error}`)
  }
}

function payloadOf({ id, payload, next }: PlannedSchedule): string {
  if (!/^\s*\{/.test(payload) || !isJson(payload) || 'id' in readFields(payload, ['id'])) return payload
  return setField(payload, 'id', JSON.stringify(`${id}@${new Date(next).toISOString()}`))
}
