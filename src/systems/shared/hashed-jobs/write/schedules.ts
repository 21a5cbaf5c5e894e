import { SluiceError } from '../../../../domain/errors.ts'
import type { WriteActions } from '../../../system.ts'
import { baseOf } from '../layout.ts'
import { itemsOf, stringOf } from '../replies.ts'
import { runScript } from './answers.ts'
import { copiedOptions, createLua, scoreLua } from './create.ts'
import type { Library } from './library.ts'
import { scriptsOf } from './prelude.lua.ts'

/**
 * Ending and running the schedules of a library. `source` is Lua of `function source(id)`: the key of the hash that
 * tells what the schedule's jobs are made of (name, data, opts), and the id of its next job where that is known; nil for
 * a schedule that is not there. `removeLua` takes the schedule itself away, `id` being its id.
 */
export function scheduleActions(
  library: Library,
  source: string,
  removeLua: string,
): Required<Pick<WriteActions, 'removeSchedule' | 'runSchedule'>> {
  const script = scriptsOf(library)
  const removeScript = script(
    'remove-schedule',
    `${source}
local id = ARGV[1]
local from, next = source(id)
if not from then return 0 end
if next and call('ZREM', base .. 'delayed', next) == 1 then
  local names = {}
  for i, suffix in ipairs(suffixes) do names[i] = base .. next .. suffix end
  call('DEL', unpack(names))
  tell(base, 'removed', next, 'delayed')
end
${removeLua}
return 1`,
  )
  const readScript = script(
    'read-schedule',
    `${source}
local from = source(ARGV[1])
if not from then return 0 end
return call('HMGET', from, 'name', 'data', 'opts')`,
  )
  const runLua = script(
    'run-schedule',
    `${scoreLua}${createLua}
local id = create(base, ARGV[1], ARGV[2], ARGV[3], ARGV[4], 0, 0, ARGV[5], '')
wake()
return id and 1 or 0`,
  )
  const gone = () => new SluiceError('NOT_FOUND', 'That schedule is no longer there.')

  return {
    /** 1 script, O(log n). A job of it that runs already goes on. */
    async removeSchedule(writer, queue, id) {
      const done = Number(await runScript(writer, removeScript, [baseOf(queue)], [id]))
      if (done === 0) throw gone()
      return { done, missing: 0, refused: [] }
    },
    /** 2 scripts. The job is one like the schedule's, but not of it: the schedule goes on as if nothing had been. */
    async runSchedule(writer, queue, id) {
      const [name, data, opts] = itemsOf(await runScript(writer, readScript, [baseOf(queue)], [id]))
      if (name === undefined) throw gone()
      if (name === null) {
        throw new SluiceError('CHANGED', 'Its next job is being made, and holds the payload: try again in a moment.')
      }
      const { json, priority, lifo } = copiedOptions(library, stringOf(opts) ?? '{}')
      const args = [stringOf(name) ?? '', Buffer.isBuffer(data) ? data : '{}', json, priority, lifo ? '1' : '0']
      const done = Number(await runScript(writer, runLua, [baseOf(queue)], args))
      return { done, missing: 0, refused: [] }
    },
  }
}
