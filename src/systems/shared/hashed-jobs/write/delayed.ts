import type { WriteActions } from '../../../system.ts'
import { baseOf } from '../layout.ts'
import { Answers, runOverSeen, seenOf } from './answers.ts'
import { scoreLua } from './create.ts'
import type { Library } from './library.ts'
import { eachSeen, scriptsOf } from './prelude.lua.ts'

export function delayedActions(library: Library): Required<Pick<WriteActions, 'promote' | 'reschedule' | 'log'>> {
  const { layout } = library
  const script = scriptsOf(library)
  const promoteScript = script(
    'promote',
    eachSeen(
      2,
      `
local why = differs(base, id, ARGV[1], stamp, want)
if why then return why end
if call('EXISTS', base .. id) == 0 then return 'empty' end
if not take(base, ARGV[1], id) then return 'gone' end
call('HSET', base .. id, 'delay', 0)
put(base, id, ARGV[1])
return 1`,
    ),
  )
  /** ARGV: state, ms when it is due, then the jobs. */
  const rescheduleScript = script(
    'reschedule',
    scoreLua +
      eachSeen(
        3,
        `
local why = differs(base, id, ARGV[1], stamp, want) or bound(base, id, base .. id)
if why then return why end
if call('EXISTS', base .. id) == 0 then return 'empty' end
if not take(base, ARGV[1], id) then return 'gone' end
local due = tonumber(ARGV[2])
call('HSET', base .. id, 'delay', string.format('%.0f', math.max(0, due - now)))
call('ZADD', base .. 'delayed', scoreAt(base, due), id)
tell(base, 'delayed', id, due)
later(base, due)
return 1`,
      ),
  )
  /** ARGV: state, line, then the job. Keeps as many lines as the job's options say. */
  const logScript = script(
    'log',
    eachSeen(
      3,
      `
local k = base .. id
if call('EXISTS', k) == 0 then return 'gone' end
call('RPUSH', k .. ':logs', ARGV[2])
local read, opts = pcall(cjson.decode, call('HGET', k, 'opts') or '{}')
local most = read and type(opts) == 'table' and tonumber(opts.kl or opts.keepLogs)
if most and most > 0 then call('LTRIM', k .. ':logs', -most, -1) end
return 1`,
    ),
  )

  return {
    /** 1 script per 100 jobs, O(log n) each. They run after what waits already, by their priority. */
    async promote(writer, queue, state, refs) {
      const answers = new Answers()
      await runOverSeen(writer, promoteScript, [baseOf(queue)], [state], seenOf(layout, refs, answers), answers)
      return answers.outcome()
    },
    /** 1 script per 100 jobs, O(log n) each. */
    async reschedule(writer, queue, state, refs, at) {
      const answers = new Answers()
      await runOverSeen(writer, rescheduleScript, [baseOf(queue)], [state, at], seenOf(layout, refs, answers), answers)
      return answers.outcome()
    },
    /** 1 script. Whatever the job does meanwhile: a line takes nothing from it. */
    async log(writer, queue, state, ref, line) {
      const answers = new Answers()
      const head = [state, Buffer.from(line)]
      await runOverSeen(writer, logScript, [baseOf(queue)], head, seenOf(layout, [ref], answers), answers)
      return answers.outcome()
    },
  }
}
