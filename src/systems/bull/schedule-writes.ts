import { scheduleActions } from '../shared/hashed-jobs/write/schedules.ts'
import { library } from './library.ts'

/**
 * Bull names the next job of a schedule by an MD5 digest, which scripts of Redis cannot make: it is found among the
 * delayed jobs by its time, and known by the key of the schedule in its options. Nothing else holds the payload.
 */
const source = `
local function source(id)
  local at = call('ZSCORE', base .. 'repeat', id)
  if not at then return nil end
  local from = tonumber(at) * 4096
  for _, job in ipairs(call('ZRANGEBYSCORE', base .. 'delayed', from, from + 4095)) do
    local schedule = string.sub(job, 1, 7) == 'repeat:' and repeatOf(base .. job)
    if schedule and schedule.key == id then return base .. job, job end
  end
  return base .. 'no job'
end`

export const scheduleWrites = scheduleActions(library, source, `call('ZREM', base .. 'repeat', id)`)
