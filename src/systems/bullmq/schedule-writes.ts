import { Cron } from 'croner'
import { SluiceError } from '../../domain/errors.ts'
import type { ScheduleChange } from '../../domain/schedule.ts'
import { baseOf } from '../shared/hashed-jobs/layout.ts'
import { itemsOf, stringOf } from '../shared/hashed-jobs/replies.ts'
import { runScript } from '../shared/hashed-jobs/write/answers.ts'
import { scoreLua } from '../shared/hashed-jobs/write/create.ts'
import { scriptsOf } from '../shared/hashed-jobs/write/prelude.lua.ts'
import { scheduleActions } from '../shared/hashed-jobs/write/schedules.ts'
import type { WriteActions } from '../system.ts'
import { library } from './library.ts'

/** The hash of a scheduler is a template, but of old repeatables only their next job has the payload: that is asked first. */
const source = `
local function source(id)
  local at = call('ZSCORE', base .. 'repeat', id)
  if not at then return nil end
  local next = 'repeat:' .. id .. ':' .. at
  return base .. (call('EXISTS', base .. next) == 1 and next or 'repeat:' .. id), next
end`

const ending = scheduleActions(
  library,
  source,
  `call('ZREM', base .. 'repeat', id)
call('DEL', base .. 'repeat:' .. id)`,
)

const script = scriptsOf(library)

/** Answers [time of the next run, options of the next job, pattern, every, count of runs], or 0 for no schedule. */
const readScript = script.reads(
  'read-scheduler',
  `
local at = call('ZSCORE', base .. 'repeat', ARGV[1])
if not at then return 0 end
local hash = call('HMGET', base .. 'repeat:' .. ARGV[1], 'pattern', 'every', 'ic')
local next = 'repeat:' .. ARGV[1] .. ':' .. at
local waits = call('ZSCORE', base .. 'delayed', next) and call('HGET', base .. next, 'opts')
return { at, waits, hash[1], hash[2], hash[3] }`,
)

/**
 * Changes the template, and makes its delayed job anew under the new time. ARGV: id, time of the next run that was read,
 * the new one, options of the new job, payload, then names and values of the template's fields ('' for none). Answers
 * 'changed' where the next run is another by now.
 */
const saveScript = script(
  'save-scheduler',
  `${scoreLua}
local id, old, at = ARGV[1], 'repeat:' .. ARGV[1] .. ':' .. ARGV[2], tonumber(ARGV[3])
local hash, job = base .. 'repeat:' .. id, 'repeat:' .. id .. ':' .. ARGV[3]
if call('ZSCORE', base .. 'repeat', id) ~= ARGV[2] or not call('ZSCORE', base .. 'delayed', old) then return 'changed' end
if job ~= old and call('EXISTS', base .. job) == 1 then return 'taken' end
local own = call('HMGET', base .. old, 'name', 'priority')
call('ZREM', base .. 'delayed', old)
local names = {}
for i, suffix in ipairs(suffixes) do names[i] = base .. old .. suffix end
call('DEL', unpack(names))
if job ~= old then tell(base, 'removed', old, 'delayed') end
call('HSET', hash, 'data', ARGV[5])
for i = 6, #ARGV, 2 do
  if ARGV[i + 1] == '' then call('HDEL', hash, ARGV[i]) else call('HSET', hash, ARGV[i], ARGV[i + 1]) end
end
call('ZADD', base .. 'repeat', ARGV[3], id)
call('INCR', base .. 'id')
call('HSET', base .. job, 'name', own[1], 'data', ARGV[5], 'opts', ARGV[4], 'timestamp', string.format('%.0f', now),
  'delay', string.format('%.0f', math.max(0, at - now)), 'priority', own[2] or 0, 'rjk', id)
tell(base, 'added', job, own[1])
call('ZADD', base .. 'delayed', scoreAt(base, at), job)
tell(base, 'delayed', job, at)
later(base, at)
return 1`,
)

/** When a changed schedule runs next, epoch ms. Throws INVALID_INPUT for a pattern that is none, or that is over. */
function nextRun({ pattern, everyMs, timeZone }: ScheduleChange, unchangedAt: number | null): number {
  if (everyMs !== null) return unchangedAt ?? Date.now() + everyMs
  try {
    const next = new Cron(pattern ?? '', timeZone === null ? {} : { timezone: timeZone }).nextRun()
    if (next !== null) return next.getTime()
  } catch (error) {
    throw new SluiceError('INVALID_INPUT', `That is no schedule: ${(error as Error).message}`)
  }
  throw new SluiceError('INVALID_INPUT', 'That pattern has no time to come.')
}

/**
 * 2 scripts, O(log n). Job schedulers of BullMQ 5.16 and later. While the next job waits in line or runs, BullMQ would
 * make the one after it by the old pattern, so that nothing is changed then, and CHANGED says so.
 */
const saveSchedule: Required<WriteActions>['saveSchedule'] = async (writer, queue, change) => {
  const keys = [baseOf(queue)]
  const [at, options, , every, runs] = itemsOf(await runScript(writer, readScript, keys, [change.id]))
  if (at === undefined) throw new SluiceError('NOT_FOUND', 'That schedule is no longer there.')
  if (runs === null) {
    throw new SluiceError('UNSUPPORTED', 'Repeatable jobs of old versions cannot be changed: remove and add it again.')
  }
  const busy = () =>
    new SluiceError('CHANGED', 'Its job waits in line or runs at the moment: try again when it is done.')
  if (options === null) throw busy()
  const before = String(at)
  const same = change.everyMs !== null && stringOf(every) === String(change.everyMs)
  const next = nextRun(change, same ? Number(before) : null)
  const stored = parseObject(stringOf(options))
  const { pattern: _pattern, every: _every, tz: _tz, offset: _offset, ...rest } = parseObject(stored.repeat)
  const offset = change.everyMs === null ? 0 : next % change.everyMs
  const timing =
    change.everyMs === null
      ? { pattern: change.pattern, ...(change.timeZone !== null && { tz: change.timeZone }) }
      : { every: change.everyMs, offset }
  const opts = {
    ...stored,
    prevMillis: next,
    jobId: `repeat:${change.id}:${next}`,
    delay: Math.max(0, next - Date.now()),
    timestamp: Date.now(),
    repeat: { ...rest, ...timing },
  }
  const reply = await runScript(writer, saveScript, keys, [
    ...[change.id, before, next, JSON.stringify(opts), Buffer.from(change.payload)],
    ...['pattern', change.pattern ?? '', 'every', change.everyMs ?? '', 'tz', change.timeZone ?? '', 'offset', offset],
  ])
  if (reply === 1) return { done: 1, missing: 0, refused: [] }
  if (String(reply) === 'taken') {
    throw new SluiceError('CHANGED', 'A job of this schedule was made for that time already: choose another.')
  }
  throw busy()
}

function parseObject(value: unknown): Record<string, unknown> {
  try {
    const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {} // half-written
  }
}

export const scheduleWrites = { ...ending, saveSchedule }
