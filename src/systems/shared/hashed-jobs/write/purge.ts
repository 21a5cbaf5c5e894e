import type { Arg, Writer } from '../../../handles.ts'
import type { Run, StepOutcome, WriteActions } from '../../../system.ts'
import { describeRemoved, moreThanExpected } from '../../elements/discard.ts'
import { baseOf } from '../layout.ts'
import { Answers, runScript } from './answers.ts'
import { runInBulk } from './bulk.ts'
import { discardLua, removeAction } from './discard.ts'
import type { Library } from './library.ts'
import { chunkBytes, groupSize, holdsIds, scriptsOf } from './prelude.lua.ts'
import { overView } from './retry.ts'
import { thaw } from './thaw.ts'

/** Jobs that a purge takes in a script; it stops earlier where they are large. */
const purgeChunk = 200
/** The most of jobs that ended, many of which are moved as they are. */
const endedChunk = 400

export function purgeAction(library: Library): Required<Pick<WriteActions, 'purge'>> {
  const script = scriptsOf(library)
  const { remove } = removeAction(library)
  /**
   * Jobs that ended before a moment, oldest first. ARGV: state, ms to live, what the trash holds, ms of the moment
   * (empty for now), jobs to pass over, how many, most. Answers the moment, how many there are, how many it came to, how
   * many of those it removed, and [id, code] of the others; the count alone when there are more than `most`. Jobs that
   * are a hash alone go together.
   */
  const purgeEndedScript = script(
    'purge-ended',
    `${discardLua}
local key, at = base .. sets[ARGV[1]], ARGV[4] == '' and string.format('%.0f', now) or ARGV[4]
local count = call('ZCOUNT', key, '-inf', at)
if count > tonumber(ARGV[7]) then return count end
local bytes, came, done, others, offset = 0, 0, 0, {}, tonumber(ARGV[5])
local moved, entries = 0, {}
local ttl, kind = ARGV[2], '=' .. ARGV[1] .. ':'
-- An ended job has no lock: both libraries delete it in the script that ends it.
local beside = {}
for _, suffix in ipairs(suffixes) do if suffix ~= '' then beside[#beside + 1] = suffix end end
-- A job that nothing else belongs to goes into the trash by the name of its key: its bytes are not touched.
local function flush()
  if moved == 0 then return end
  call('ZREMRANGEBYRANK', key, offset + #others, offset + #others + moved - 1)
  call('RPUSH', items, unpack(entries))
  done, moved, entries = done + moved, 0, {}
end
local step = #aloneFields + 1
local most = math.min(tonumber(ARGV[6]), count - offset)
local found = rows(key, offset, most, aloneFields)
local scores = call('ZRANGE', key, offset, offset + most - 1, 'WITHSCORES')
for from = 1, #found, ${groupSize} * step do
  if from > 1 and (bytes > ${chunkBytes} or late()) then break end
  local to = math.min(from + ${groupSize} * step - 1, #found)
  local free = calm(found, from, to, step, beside)
  for i = from, to, step do
    local id = found[i]
    came = came + 1
    if free and alone(found, i) then
      local k = base .. id
      local to = entry .. ':' .. k
      call('RENAME', k, to)
      call('PEXPIRE', to, ttl)
      moved = moved + 1
      entries[moved] = kind .. scores[2 * came] .. ':' .. id
    else
      flush()
      bytes = bytes + sizeOf(base .. id)
      local answer = discard(id, ARGV[1])
      if answer == 1 then done = done + 1 else others[#others + 1] = { id, answer } end
    end
  end
end
flush()
if done > 0 then
  keepEntry(ARGV[2], ARGV[3])
  tell(base, 'cleaned', done)
end
wake()
return { at, count, came, done, others }`,
  )
  /**
   * Takes a whole state out of the queue at once, O(1): its key goes to the trash as it is, and only then are its jobs
   * taken from there, chunk by chunk. KEYS[4]: the frozen ids. The next jobs of schedules stay. The key does not expire
   * while it holds ids. ARGV: state, what the trash holds, most. Answers how many; -n when there are more than `most`.
   */
  const freezeScript = script(
    'freeze',
    `
local key = base .. (sets[ARGV[1]] or lists[ARGV[1]])
local count = sets[ARGV[1]] and call('ZCARD', key) or call('LLEN', key)
if count == 0 then return 0 end
if count > tonumber(ARGV[3]) then return -count end
local stay = {}
if sets[ARGV[1]] then
  for _, schedule in ipairs(scheduled(base, 1000)) do
    local score = call('ZSCORE', key, schedule)
    if score then stay[#stay + 1] = { schedule, score } end
  end
end
if count == #stay then return 0 end
call('RENAME', key, KEYS[4])
for _, job in ipairs(stay) do
  call('ZREM', KEYS[4], job[1])
  call('ZADD', key, job[2], job[1])
end
call('HSET', KEYS[3], 'of', ARGV[2], 'kind', 'jobs', 'frozen', ARGV[1])
return count - #stay`,
  )
  /** ARGV: state, ms to live, what the trash holds, how many. Answers for each frozen job 1 or [id, code]. */
  const purgeFrozenScript = script(
    'purge-frozen',
    `${discardLua}
frozen = KEYS[4]
local set = sets[ARGV[1]] ~= nil
local answers, bytes, done = {}, 0, 0
for i = 1, tonumber(ARGV[4]) do
  if bytes > ${chunkBytes} then break end
  local id, score
  if set then
    local first = call('ZPOPMIN', frozen)
    id, score = first[1], first[2]
  else
    id = call('RPOP', frozen)
  end
  if not id then break end
  bytes = bytes + sizeOf(base .. id)
  local answer = discard(id, ARGV[1], set and score or 'whole')
  if answer == 1 then
    done = done + 1
    answers[#answers + 1] = 1
  else
    if set then call('ZADD', base .. sets[ARGV[1]], score, id) else call('RPUSH', line(base).list, id) end
    answers[#answers + 1] = { id, answer }
  end
end
if done > 0 then tell(base, 'cleaned', done) end
if call('EXISTS', items) == 1 then keepEntry(ARGV[2], ARGV[3]) end
if call('EXISTS', frozen) == 1 then
  call('PERSIST', entry)
else
  call('HDEL', entry, 'frozen')
  if call('EXISTS', items) == 0 then call('DEL', entry) end
end
wake()
return answers`,
  )

  return {
    /**
     * 1 script per 200 jobs or 1 MB, of ended jobs per 400 or 4 ms. Of a state that workers take from, first the whole
     * state is taken out of their reach in O(1), so that none of its jobs runs meanwhile and later ones are not touched;
     * cancelled, the rest goes back to its place. Ended jobs go oldest first, those that ended before it began.
     */
    async purge(writer, queue, state, expected, trash, run) {
      if (!holdsIds(library, state)) {
        return overView(library, writer, queue, state, run, (refs) => remove(writer, queue, state, refs, trash))
      }
      const most = Math.min(expected, Number.MAX_SAFE_INTEGER)
      const args = [state, trash.ttlMs, describeRemoved(queue, state)]
      if (state === 'failed' || state === 'completed') {
        return purgeEnded(writer, [baseOf(queue), `${trash.key}:items`, trash.key], args, most, run)
      }
      const keys = [baseOf(queue), `${trash.key}:items`, trash.key, `${trash.key}:frozen`]
      const total = Number(await runScript(writer, freezeScript, keys, [state, describeRemoved(queue, state), most]))
      if (total < 0) throw moreThanExpected(-total, expected)
      const answers = new Answers()
      for (let behind = 0; behind < total; ) {
        if (run.signal.aborted) {
          const left = await thaw(library, writer, queue, state, trash)
          return { ...answers.outcome(), left }
        }
        const reply = await runScript(writer, purgeFrozenScript, keys, [...args, purgeChunk])
        const items = Array.isArray(reply) ? reply : []
        if (items.length === 0) break
        for (const item of items) addTo(answers, item)
        behind += items.length
        run.progress(behind, total)
      }
      return answers.outcome()
    },
  }

  async function purgeEnded(
    writer: Writer,
    keys: readonly string[],
    args: readonly Arg[],
    most: number,
    run: Run,
  ): Promise<StepOutcome> {
    const answers = new Answers()
    let confirmed = most
    await runInBulk(answers, run, endedChunk, async (bound, chunk) => {
      const limits = [bound, answers.refused.length, chunk, confirmed]
      confirmed = Number.MAX_SAFE_INTEGER
      const reply = await runScript(writer, purgeEndedScript, keys, [...args, ...limits])
      if (typeof reply === 'number') throw moreThanExpected(reply, most)
      return reply
    })
    return answers.outcome()
  }
}

function addTo(answers: Answers, item: unknown): void {
  if (Array.isArray(item)) answers.add(String(item[0]), item[1])
  else answers.add('', Number(item))
}
