import { SluiceError } from '../../../../domain/errors.ts'
import type { WriteActions } from '../../../system.ts'
import { describeRemoved, moreThanExpected } from '../../elements/discard.ts'
import { isEnded, parseMark, runsLua } from '../freeze.ts'
import { baseOf } from '../layout.ts'
import { itemsOf } from '../replies.ts'
import { runScript } from './answers.ts'
import { bulkKeys, keysOf, runInBulk, tallyLua } from './bulk.ts'
import { discardLua, removeAction } from './discard.ts'
import type { Library } from './library.ts'
import { chunkBytes, groupSize, holdsIds, scriptsOf } from './prelude.lua.ts'
import { thaw } from './thaw.ts'
import { overView } from './view.ts'

/** Jobs that a purge takes in a script; it stops earlier where they are large. */
const purgeChunk = 200
/** The most of jobs that ended, many of which are moved as they are. */
const endedChunk = 400
/** Jobs that came to a list since it was frozen and go back in one script, and how far the frozen ones are looked for. */
const arrivalsChunk = 1000
const soughtThrough = 100_000

export function purgeAction(library: Library): Required<Pick<WriteActions, 'purge'>> {
  const script = scriptsOf(library)
  const { remove } = removeAction(library)
  /**
   * Jobs that had ended at a moment, oldest first. ARGV: state, ms to live, what the trash holds, ms of the moment, how
   * many there were then, how many at most. Answers as `tally` says. The entry of the trash knows the score that was
   * come to: what is below it stays. Jobs that are a hash alone go together.
   */
  const purgeEndedScript = script(
    'purge-ended',
    `${discardLua}${tallyLua}
local state, ttl, bound = ARGV[1], ARGV[2], ARGV[4]
local key, passed = base .. sets[state], call('HGET', entry, 'passed')
local stay = passed and call('ZCOUNT', key, '-inf', '(' .. passed) or 0
local left = call('ZCOUNT', key, '-inf', bound) - stay
local most = math.min(tonumber(ARGV[6]), tonumber(ARGV[5]) - counted('done') - counted('refused'))
local bytes, came, done, moved, entries, last = 0, 0, 0, 0, {}, passed
local kind = '=' .. state .. ':'
-- An ended job has no lock: both libraries delete it in the script that ends it.
local beside = {}
for _, suffix in ipairs(suffixes) do if suffix ~= '' then beside[#beside + 1] = suffix end end
-- A job that nothing else belongs to goes into the trash by the name of its key: its bytes are not touched.
local function flush()
  if moved == 0 then return end
  call('ZREMRANGEBYRANK', key, stay, stay + moved - 1)
  call('RPUSH', items, unpack(entries))
  done, moved, entries = done + moved, 0, {}
end
local step = #aloneFields + 1
while came < most and left > 0 do
  if came > 0 and (bytes > ${chunkBytes} or late()) then break end
  local count = math.min(${groupSize}, most - came, left)
  local scores = call('ZRANGE', key, stay, stay + count - 1, 'WITHSCORES')
  local found = rows(key, stay, count, aloneFields)
  if #found == 0 then break end
  local free = calm(found, 1, #found, step, beside)
  for i = 1, #found, step do
    local id, score = found[i], scores[(i - 1) / step * 2 + 2]
    left = left - 1
    if score == passed and call('HEXISTS', refusedKey, id) == 1 then
      flush()
      stay = stay + 1
    else
      came, last = came + 1, score
      if free and alone(found, i) then
        local k = base .. id
        local to = entry .. ':' .. k
        call('RENAME', k, to)
        call('PEXPIRE', to, ttl)
        moved = moved + 1
        entries[moved] = kind .. score .. ':' .. id
      else
        flush()
        bytes = bytes + sizeOf(base .. id)
        local answer = discard(id, state)
        if answer == 1 then
          done = done + 1
        elseif answer ~= 'gone' then
          refuse(id, answer)
          stay = stay + 1
        end
      end
    end
  end
  flush()
end
if came > 0 then
  call('HSET', entry, 'passed', last)
  keepEntry(ttl, ARGV[3])
end
if done > 0 then
  call('HINCRBY', entry, 'done', done)
  tell(base, 'cleaned', done)
end
wake()
return tally(came, left, ttl)`,
  )
  /**
   * Takes a whole state out of the queue at once, O(1): its key goes to the trash as it is, and only then are its jobs
   * taken from there, chunk by chunk. KEYS[5]: the frozen ids. The next jobs of schedules stay, and what came to a list
   * since. The key does not expire while it holds ids. ARGV: state, ms to live, what the trash holds, how many there
   * were, then of a list the jobs that were at its head, each with its runs. Answers how many are frozen; -n when there
   * are more by now.
   */
  const freezeScript = script(
    'freeze',
    `${tallyLua}${runsLua}
local entry, frozen = KEYS[3], KEYS[5]
if call('HEXISTS', entry, 'count') == 1 then return counted('count') end
local set = sets[ARGV[1]] ~= nil
local key, most = base .. (sets[ARGV[1]] or lists[ARGV[1]]), tonumber(ARGV[4])
local count, arrived, stay = set and call('ZCARD', key) or call('LLEN', key), 0, {}
if count == 0 then return 0 end
if set then
  if count > most then return -count end
  for _, schedule in ipairs(scheduled(base, 1000)) do
    local score = call('ZSCORE', key, schedule)
    if score then stay[#stay + 1] = { schedule, score } end
  end
else
  local places, heads = {}, (#ARGV - 4) / 2
  for i = 1, heads do places[i] = call('LPOS', key, ARGV[3 + 2 * i], 'MAXLEN', ${soughtThrough}) end
  local function ran(i)
    local before, runs = ARGV[4 + 2 * i], runsOf(base .. ARGV[3 + 2 * i])
    if before == '?' then return string.sub(runs, 1, 1) ~= '/' end
    return runs ~= before
  end
  local function together(i)
    for j = i + 1, heads do
      if places[j] and places[j] == places[i] + j - i then return true end
    end
  end
  arrived = count
  for i = 1, heads do
    -- One that stands alone may have run since and come back: then it is no sign of where the others end.
    local alone = places[i] and not together(i)
    local back = alone and (count - places[i] > most or ran(i))
    if places[i] and not back then
      arrived = places[i]
      break
    end
  end
  if arrived == count then return 0 end
end
for _, job in ipairs(stay) do refuse(job[1], 'schedule') end
if count > #stay then
  call('RENAME', key, frozen)
  for _, job in ipairs(stay) do
    call('ZREM', frozen, job[1])
    call('ZADD', key, job[2], job[1])
  end
  call('HSET', entry, 'frozen', ARGV[1], 'arrived', arrived)
end
call('HSET', entry, 'of', ARGV[3], 'kind', 'jobs', 'count', count - #stay - arrived)
tally(0, 0, ARGV[2])
if count == #stay then call('PEXPIRE', entry, ARGV[2]) end
return count - #stay - arrived`,
  )
  /**
   * Puts what came to a list since it was frozen back to where it was, newest first: what comes meanwhile is in front of
   * it. ARGV: how many. Answers how many are left to put back.
   */
  const arrivalsScript = script(
    'arrivals',
    `
local entry, frozen = KEYS[3], KEYS[5]
local arrived = tonumber(call('HGET', entry, 'arrived') or 0)
local n = math.min(arrived, tonumber(ARGV[1]))
if n == 0 then return 0 end
for _, id in ipairs(call('LRANGE', frozen, 0, n - 1)) do call('RPUSH', line(base).list, id) end
call('LTRIM', frozen, n, -1)
call('HSET', entry, 'arrived', arrived - n)
line(base).put = true
wake()
return arrived - n`,
  )
  /**
   * ARGV: state, ms to live, what the trash holds, how many, ms of the moment. A job that was put to the tail of the list
   * after that, to run first, goes back. Answers as `tally` says.
   */
  const purgeFrozenScript = script(
    'purge-frozen',
    `${discardLua}${tallyLua}
frozen = KEYS[5]
local set = sets[ARGV[1]] ~= nil
local came, bytes, done, moment, back = 0, 0, 0, tonumber(ARGV[5]), {}
local function newer(k)
  local own = call('HMGET', k, 'timestamp', 'priority', 'opts')
  if not own[1] or (tonumber(own[1]) or 0) <= moment then return false end
  return (tonumber(own[2]) or 0) > 0 or own[3] and string.find(own[3], '"lifo"', 1, true)
end
while came < tonumber(ARGV[4]) do
  if came > 0 and (bytes > ${chunkBytes} or late()) then break end
  local id, score
  if set then
    local first = call('ZPOPMIN', frozen)
    id, score = first[1], first[2]
  else
    id = call('RPOP', frozen)
  end
  if not id then break end
  came = came + 1
  local k = base .. id
  bytes = bytes + sizeOf(k)
  local answer = not set and typeOf(k) == 'hash' and newer(k) and 'newer' or discard(id, ARGV[1], set and score or 'whole')
  if answer == 1 then
    done = done + 1
  elseif answer ~= 'gone' then
    if answer ~= 'newer' then refuse(id, answer) end
    if set then call('ZADD', base .. sets[ARGV[1]], score, id) else back[#back + 1] = id end
  end
end
for i = #back, 1, -1 do call('RPUSH', line(base).list, back[i]) end
if done > 0 then
  call('HINCRBY', entry, 'done', done)
  tell(base, 'cleaned', done)
end
local left = set and call('ZCARD', frozen) or call('LLEN', frozen)
if call('HEXISTS', entry, 'count') == 1 then
  keepEntry(ARGV[2], ARGV[3])
  if left > 0 then call('PERSIST', entry) else call('HDEL', entry, 'frozen') end
end
wake()
return tally(came, left, ARGV[2])`,
  )

  return {
    /**
     * 1 script per 200 jobs or 1 MB, of ended jobs per 400 or 4 ms. Of a state that workers take from, first the whole
     * state is taken out of their reach in O(1), so that none of its jobs runs meanwhile, and what came to a list since it
     * was frozen goes back, 1 script per 1,000 of those; cancelled, the rest goes back to its place. Throws CHANGED where
     * more jobs are delayed, prioritized or wait for children than there were. Ended jobs go oldest first.
     */
    async purge(writer, queue, state, frozen, trash, run) {
      if (!holdsIds(library, state)) {
        const act = (refs: string[]) => remove(writer, queue, state, refs, trash)
        return overView(library, writer, queue, state, frozen, trash, run, act)
      }
      const { at, heads } = parseMark(frozen.mark)
      const args = [state, trash.ttlMs, describeRemoved(queue, state)]
      if (isEnded(state)) {
        const { stopped: _, ...outcome } = await runInBulk(writer, trash, frozen, run, endedChunk, (most) =>
          runScript(writer, purgeEndedScript, keysOf(baseOf(queue), trash), [...args, at, frozen.count, most]),
        )
        return outcome
      }
      const keys = keysOf(baseOf(queue), trash, bulkKeys(trash).frozen)
      const newest = heads.flatMap(({ id, runs }) => [id, runs])
      const found = Number(await runScript(writer, freezeScript, keys, [...args, frozen.count, ...newest]))
      if (found < 0) throw moreThanExpected(-found, frozen.count)
      while (Number(await runScript(writer, arrivalsScript, keys, [arrivalsChunk])) > 0);
      const { stopped, ...outcome } = await runInBulk(writer, trash, frozen, run, purgeChunk, async (most) => {
        const reply = await runScript(writer, purgeFrozenScript, keys, [...args, most, at])
        if (itemsOf(reply).length === 0) throw new SluiceError('INTERNAL', 'Redis did not say what it removed.')
        return reply
      })
      if (!stopped) return outcome
      await thaw(library, writer, queue, state, trash)
      return outcome
    },
  }
}
