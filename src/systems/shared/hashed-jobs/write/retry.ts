import type { AttemptsChoice } from '../../../../domain/job.ts'
import type { QueueRef } from '../../../../domain/queue.ts'
import type { Writer } from '../../../handles.ts'
import type { Run, StepOutcome, WriteActions } from '../../../system.ts'
import { baseOf, isState } from '../layout.ts'
import { readsOf } from '../reading.ts'
import { parseRef } from '../refs.ts'
import { Answers, runOverSeen, runScript, seenOf } from './answers.ts'
import { runInBulk } from './bulk.ts'
import type { Library } from './library.ts'
import { eachSeen, groupSize, holdsIds, scriptsOf } from './prelude.lua.ts'

/** Jobs that `retryAll` takes in a script at most: it reads no payloads, so that many fit into the time. */
const mostRetried = 300

/**
 * Puts a job that is where it was seen back to work: out of its state first, then cleared, then linked to its parent
 * again, and queued last. One of a flow whose children have yet to end goes to wait for them.
 */
const retryOneLua = `
local function lifo(k)
  local opts = call('HGET', k, 'opts')
  if not opts or not string.find(opts, '"lifo"', 1, true) or (tonumber(call('HGET', k, 'priority')) or 0) > 0 then
    return false
  end
  local read, options = pcall(cjson.decode, opts)
  return read and type(options) == 'table' and options.lifo == true
end
local function retry(id, state, reset)
  local k = base .. id
  local kind = typeOf(k)
  if kind ~= 'hash' then return kind == 'none' and 'empty' or 'wrong' end
  if held(k, state) then return 'held' end
  local to = ready(base, id, k)
  if to and to ~= 'park' then return to end
  if not take(base, state, id) then return 'gone' end
  again(k, state, reset)
  if state == 'stalled' then call('SREM', base .. 'stalled', id) end
  relink(base, k, state)
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
  /** ARGV: state, whether attempts begin anew, then the jobs. */
  const retryScript = script(
    'retry',
    retryOneLua + eachSeen(3, `return differs(base, id, ARGV[1], stamp, want) or retry(id, ARGV[1], ARGV[2] == '1')`),
  )
  /**
   * The oldest jobs of a sorted set that ended before a moment. ARGV: state, whether attempts begin anew, ms of the
   * moment (empty for now), jobs to pass over, how many at most. Answers the moment, the count of them, how many it came
   * to, how many of those it retried, and [id, code] of the others. Ordinary jobs are collected, and queued at once in
   * their order.
   */
  const retryAllScript = script(
    'retry-all',
    `${retryOneLua}
local bound = ARGV[3] == '' and tostring(now) or ARGV[3]
local state, reset, offset = ARGV[1], ARGV[2] == '1', tonumber(ARGV[4])
local key = base .. sets[state]
local count = call('ZCOUNT', key, '-inf', bound)
local came, done, others, ids = 0, 0, {}, {}
local function flush()
  if #ids == 0 then return end
  -- What was passed over since stays below them.
  call('ZREMRANGEBYRANK', key, offset + #others, offset + #others + #ids - 1)
  for _, id in ipairs(ids) do again(base .. id, state, reset) end
  putAll(base, ids, state)
  done = done + #ids
  ids = {}
end
local step = #ordinaryFields + 1
local found = rows(key, offset, math.min(tonumber(ARGV[5]), count - offset), ordinaryFields)
for from = 1, #found, ${groupSize} * step do
  if from > 1 and late() then break end
  local to = math.min(from + ${groupSize} * step - 1, #found)
  local free = calm(found, from, to, step, careful)
  for i = from, to, step do
    local id = found[i]
    came = came + 1
    if free and ordinary(found, i) then
      ids[#ids + 1] = id
    else
      flush()
      local answer = retry(id, state, reset)
      if answer == 1 then done = done + 1 else others[#others + 1] = { id, answer } end
    end
  end
end
flush()
wake()
return { string.format('%.0f', bound), count, came, done, others }`,
  )
  /** ARGV: state, new payload, then the job. A job that has yet to run keeps its place. */
  const editScript = script(
    'edit',
    retryOneLua +
      eachSeen(
        3,
        `
local state, k = ARGV[1], base .. id
local why = differs(base, id, state, stamp, want)
if why then return why end
if call('EXISTS', k) == 0 then return 'empty' end
if held(k, state) then return 'held' end
if state == 'failed' or state == 'completed' or state == 'stalled' or state == 'orphans' then
  local answer = retry(id, state, false)
  if answer == 1 then call('HSET', k, 'data', ARGV[2]) end
  return answer
end
if sets[state] and not call('ZSCORE', base .. sets[state], id) then return 'gone' end
if lists[state] and not distance(base .. lists[state], id) then return 'gone' end
call('HSET', k, 'data', ARGV[2])
return 1`,
      ),
  )

  /** 1 script per 100 jobs: O(log n) a job in a sorted set, O(n) in a list. */
  async function retry(
    writer: Writer,
    queue: QueueRef,
    state: string,
    refs: readonly string[],
    attempts: AttemptsChoice,
  ): Promise<StepOutcome> {
    const answers = new Answers()
    const head = [state, attempts === 'reset' ? '1' : '0']
    await runOverSeen(writer, retryScript, [baseOf(queue)], head, seenOf(layout, refs, answers), answers)
    return answers.outcome()
  }

  /**
   * 1 script per 300 jobs or 4 ms of the failed and completed ones, oldest first, O(log n) each. "All" are those that ended
   * before it began, by the server's clock: a job that fails again meanwhile is not taken twice, and to resume after a
   * crash is to begin again. Of a view (stalled, orphans) 3 round trips per 200.
   */
  async function retryAll(
    writer: Writer,
    queue: QueueRef,
    state: string,
    _trash: unknown,
    attempts: AttemptsChoice,
    run: Run,
  ): Promise<StepOutcome> {
    if (!holdsIds(library, state)) {
      return overView(library, writer, queue, state, run, (refs) => retry(writer, queue, state, refs, attempts))
    }
    const answers = new Answers()
    const head = (bound: string, most: number) => [
      ...[state, attempts === 'reset' ? '1' : '0', bound, answers.refused.length, most],
    ]
    await runInBulk(answers, run, mostRetried, (bound, most) =>
      runScript(writer, retryAllScript, [baseOf(queue)], head(bound, most)),
    )
    return answers.outcome()
  }

  return {
    retry,
    retryAll,
    /** 1 script. */
    async editAndRetry(writer, queue, state, ref, payload) {
      const answers = new Answers()
      const head = [state, Buffer.from(payload)]
      await runOverSeen(writer, editScript, [baseOf(queue)], head, seenOf(layout, [ref], answers), answers)
      return answers.outcome()
    },
  }
}

/** Acts on all jobs of a view, page after page; what was refused is passed over. */
export async function overView(
  { layout }: Library,
  writer: Writer,
  queue: QueueRef,
  state: string,
  run: Run,
  act: (refs: string[]) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const outcome = { done: 0, missing: 0, refused: [] as StepOutcome['refused'] }
  const seen = new Set<string>()
  for (;;) {
    const { jobs, total } = isState(layout, state)
      ? await readsOf(layout).page(writer, queue, state, { offset: outcome.refused.length, limit: 200 })
      : { jobs: [], total: 0 }
    const refs = jobs.map(({ ref }) => ref).filter((ref) => !seen.has(ref) && parseRef(layout, ref) !== null)
    if (refs.length === 0) return outcome
    for (const ref of refs) seen.add(ref)
    const step = await act(refs)
    outcome.done += step.done
    outcome.missing += step.missing
    outcome.refused.push(...step.refused)
    run.progress(seen.size, Math.max(seen.size, outcome.done + total))
    if (run.signal.aborted) return { ...outcome, left: Math.max(0, total - refs.length) }
  }
}
