import type { AttemptsChoice } from '../../../../domain/job.ts'
import type { QueueRef } from '../../../../domain/queue.ts'
import type { Writer } from '../../../handles.ts'
import type { Frozen, Run, StepOutcome, TrashSlot, WriteActions } from '../../../system.ts'
import { describeRemoved } from '../../elements/discard.ts'
import { parseMark } from '../freeze.ts'
import { baseOf } from '../layout.ts'
import { Answers, runOverSeen, runScript, seenOf } from './answers.ts'
import { bulkKeys, keysOf, runInBulk, tallyLua } from './bulk.ts'
import type { Library } from './library.ts'
import { eachSeen, groupSize, holdsIds, scriptsOf } from './prelude.lua.ts'
import { keepAgainLua } from './recall.lua.ts'
import { overView } from './view.ts'

/** Jobs that `retryAll` takes in a script at most: it reads no payloads, so that many fit into the time. */
const mostRetried = 300

/**
 * Puts a job that is where it was seen back to work: out of its state first, then cleared, then linked to its parent
 * again, and queued last. One of a flow whose children have yet to end goes to wait for them. What it clears is kept for
 * the trash under these names of fields.
 */
const retryOneLua = `${keepAgainLua}
local function lifo(k)
  local opts = call('HGET', k, 'opts')
  if not opts or not string.find(opts, '"lifo"', 1, true) or (tonumber(call('HGET', k, 'priority')) or 0) > 0 then
    return false
  end
  local read, options = pcall(cjson.decode, opts)
  return read and type(options) == 'table' and options.lifo == true
end
local function retry(id, state, reset, names)
  local k = base .. id
  local kind = typeOf(k)
  if kind ~= 'hash' then return kind == 'none' and 'empty' or 'wrong' end
  if held(k, state) then return 'held' end
  local to = ready(base, id, k)
  if to and to ~= 'park' then return to end
  local values = call('HMGET', k, unpack(names))
  local place = take(base, state, id)
  if not place then return 'gone' end
  again(k, state, reset)
  if state == 'stalled' then call('SREM', base .. 'stalled', id) end
  local tied = relink(base, k, state) or to == 'park'
  local jobs, n = keeping(state, names)
  jobs[n + 1], jobs[n + 2] = id, place
  jobs[n + 3] = state == 'stalled' and 'lost' or tied and 'flow' or false
  for i = 1, #names do jobs[n + 3 + i] = values[i] end
  if to == 'park' then
    call('ZADD', base .. 'waiting-children', now, id)
    tell(base, 'waiting-children', id, state)
  else
    put(base, id, state == 'stalled' and 'active' or state, state == 'stalled' or lifo(k))
  end
  return 1
end`

export function retryActions(library: Library): Required<Pick<WriteActions, 'retry' | 'retryAll' | 'editAndRetry'>> {
  const { layout } = library
  const script = scriptsOf(library)
  /** ARGV: state, whether attempts begin anew, ms to live, what the trash holds, then the jobs. */
  const retryScript = script(
    'retry',
    `${retryOneLua}
local names, retried = cleared(ARGV[1], ARGV[2] == '1'), 0
${eachSeen(
  5,
  `
local answer = differs(base, id, ARGV[1], stamp, want) or retry(id, ARGV[1], ARGV[2] == '1', names)
if answer == 1 then retried = retried + 1 end
return answer`,
  `if retried > 0 then
  keepAgain(ARGV[1], names)
  call('HINCRBY', entry, 'done', retried)
  keepEntry(ARGV[3], ARGV[4], 'again')
end`,
)}`,
  )
  /**
   * The oldest jobs of a sorted set that had ended at a moment. ARGV: state, whether attempts begin anew, ms of the
   * moment, how many there were then, how many at most, ms to live, what the trash holds. Answers as `tally` says. The
   * entry of the trash knows the score that was come to: what is below it was passed over, or came back since. Ordinary
   * jobs are queued at once in their order, and kept as they were read.
   */
  const retryAllScript = script(
    'retry-all',
    `${retryOneLua}${tallyLua}
local state, reset, bound = ARGV[1], ARGV[2] == '1', ARGV[3]
local key, passed = base .. sets[state], call('HGET', entry, 'passed')
local stay = passed and call('ZCOUNT', key, '-inf', '(' .. passed) or 0
local left = call('ZCOUNT', key, '-inf', bound) - stay
local most = math.min(tonumber(ARGV[5]), tonumber(ARGV[4]) - counted('done') - counted('refused'))
local came, done, ids, last = 0, 0, {}, passed
local names, known, fields = cleared(state, reset), {}, {}
for _, name in ipairs(ordinaryFields) do fields[#fields + 1] = name end
-- What a job will fail with at once ends with its failure: it says nothing that the reason does not.
for _, name in ipairs(names) do
  if name ~= 'defa' then
    known[#known + 1] = name
    fields[#fields + 1] = name
  end
end
local before, step = #ordinaryFields, #fields + 1
local function flush()
  if #ids == 0 then return end
  -- What was passed over stays below them.
  call('ZREMRANGEBYRANK', key, stay, stay + #ids - 1)
  for _, id in ipairs(ids) do again(base .. id, state, reset) end
  putAll(base, ids, state)
  done = done + #ids
  ids = {}
end
-- Whether all of some jobs are ordinary, and ended when their scores say: both libraries write one time to both places.
local function plain(found)
  local least = tonumber(last or 0)
  for i = 1, #found, step do
    local ended = tonumber(found[i + before + 1] or nil)
    if not ended or ended < least or not ordinary(found, i) then return false end
    least = ended
  end
  local final = #found - step + 1
  return (not passed or tonumber(found[before + 2]) > tonumber(passed))
    and call('ZSCORE', key, found[1]) == found[before + 2]
    and call('ZSCORE', key, found[final]) == found[final + before + 1]
end
while came < most and left > 0 do
  if came > 0 and late() then break end
  local count = math.min(${groupSize}, most - came, left)
  local found = rows(key, stay, count, fields)
  if #found == 0 then break end
  local free = calm(found, 1, #found, step, careful)
  if free and plain(found) then
    for i = 1, #found, step do ids[#ids + 1] = found[i] end
    came, left, last = came + #ids, left - #ids, found[#found - step + 2 + before]
    flush()
    keepAgain(state, known)
    call('RPUSH', items, cmsgpack.pack({ 'again', base, state, known, found, before }))
  else
    local scores = call('ZRANGE', key, stay, stay + count - 1, 'WITHSCORES')
    for i = 1, #found, step do
      local id, score = found[i], scores[(i - 1) / step * 2 + 2]
      left = left - 1
      if score == passed and call('HEXISTS', refusedKey, id) == 1 then
        stay = stay + 1
      else
        came, last = came + 1, score
        local answer = retry(id, state, reset, names)
        if answer == 1 then
          done = done + 1
        elseif answer ~= 'gone' then
          refuse(id, answer)
          stay = stay + 1
        end
      end
    end
    keepAgain(state, names)
  end
end
if came > 0 then
  call('HSET', entry, 'passed', last)
  if done > 0 then call('HINCRBY', entry, 'done', done) end
  keepEntry(ARGV[6], ARGV[7], 'again')
end
wake()
return tally(came, left, ARGV[6])`,
  )
  /**
   * ARGV: state, new payload, ms to live, what the trash holds, then the job. A job that has yet to run keeps its place;
   * its item in the trash is { 'edit', base, id, the old payload, mark of the new one, when it was last begun }.
   */
  const editScript = script(
    'edit',
    retryOneLua +
      eachSeen(
        5,
        `
local state, k = ARGV[1], base .. id
local why = differs(base, id, state, stamp, want)
if why then return why end
if call('EXISTS', k) == 0 then return 'empty' end
if held(k, state) then return 'held' end
if state == 'failed' or state == 'completed' or state == 'stalled' or state == 'orphans' then
  local names = cleared(state, false)
  names[#names + 1] = 'data'
  local answer = retry(id, state, false, names)
  if answer == 1 then
    call('HSET', k, 'data', ARGV[2])
    keepAgain(state, names)
    keepEntry(ARGV[3], ARGV[4], 'again')
  end
  return answer
end
if sets[state] and not call('ZSCORE', base .. sets[state], id) then return 'gone' end
if lists[state] and not distance(base .. lists[state], id) then return 'gone' end
local own = call('HMGET', k, 'data', 'processedOn')
call('RPUSH', items, cmsgpack.pack({ 'edit', base, id, own[1], mark(ARGV[2]), own[2] }))
keepEntry(ARGV[3], ARGV[4], 'again')
call('HSET', k, 'data', ARGV[2])
return 1`,
      ),
  )

  const namesOf = (queue: QueueRef, trash: TrashSlot) => [baseOf(queue), bulkKeys(trash).items, trash.key]

  /** 1 script per 100 jobs: O(log n) a job in a sorted set, O(n) in a list. */
  async function retry(
    writer: Writer,
    queue: QueueRef,
    state: string,
    refs: readonly string[],
    attempts: AttemptsChoice,
    trash: TrashSlot,
  ): Promise<StepOutcome> {
    const answers = new Answers()
    const head = [state, attempts === 'reset' ? '1' : '0', trash.ttlMs, describeRemoved(queue, state)]
    await runOverSeen(writer, retryScript, namesOf(queue, trash), head, seenOf(layout, refs, answers), answers)
    return answers.outcome()
  }

  /**
   * 1 script per 300 jobs or 4 ms of the failed and completed ones, oldest first, O(log n) each. "All" are those that had
   * ended when they were frozen, by the server's clock: a job that fails again meanwhile is not taken twice. Of a view
   * (stalled, orphans) 3 round trips per 200.
   */
  async function retryAll(
    writer: Writer,
    queue: QueueRef,
    state: string,
    frozen: Frozen,
    trash: TrashSlot,
    attempts: AttemptsChoice,
    run: Run,
  ): Promise<StepOutcome> {
    if (!holdsIds(library, state)) {
      const act = (refs: string[]) => retry(writer, queue, state, refs, attempts, trash)
      return overView(library, writer, queue, state, frozen, trash, run, act)
    }
    const head = [state, attempts === 'reset' ? '1' : '0', parseMark(frozen.mark).at, frozen.count]
    const tail = [trash.ttlMs, describeRemoved(queue, state)]
    const { stopped: _, ...outcome } = await runInBulk(writer, trash, frozen, run, mostRetried, (most) =>
      runScript(writer, retryAllScript, keysOf(baseOf(queue), trash), [...head, most, ...tail]),
    )
    return outcome
  }

  return {
    retry,
    retryAll,
    /** 1 script. */
    async editAndRetry(writer, queue, state, ref, payload, trash) {
      const answers = new Answers()
      const head = [state, Buffer.from(payload), trash.ttlMs, describeRemoved(queue, state)]
      await runOverSeen(writer, editScript, namesOf(queue, trash), head, seenOf(layout, [ref], answers), answers)
      return answers.outcome()
    },
  }
}
