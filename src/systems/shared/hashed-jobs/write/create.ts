import { SluiceError } from '../../../../domain/errors.ts'
import type { Arg, Reply, Writer } from '../../../handles.ts'
import type { WriteActions } from '../../../system.ts'
import { describeRemoved } from '../../elements/discard.ts'
import { inOneSlot } from '../../one-slot.ts'
import { baseOf } from '../layout.ts'
import type { Seen } from '../refs.ts'
import { Answers, runScript, seenOf } from './answers.ts'
import { bulkKeys } from './bulk.ts'
import { discardLua } from './discard.ts'
import type { Library, StoredOptions } from './library.ts'
import { chunkSize, scriptsOf } from './prelude.lua.ts'

/**
 * Lua that makes a job as the library would: the number first, then the hash, then the queue. `due` is ms since 1970
 * for a job that is to wait, else 0. Returns its id, or false where another job has the id that is wanted; a number that
 * somebody chose as an id is passed over.
 */
export const createLua = `
local function create(b, name, data, opts, priority, delay, due, lifo, wanted)
  local id
  repeat id = string.format('%.0f', call('INCR', b .. 'id')) until wanted ~= '' or call('EXISTS', b .. id) == 0
  if wanted ~= '' then
    id = wanted
    if call('EXISTS', b .. id) == 1 then return false end
  end
  call('HSET', b .. id, 'name', name, 'data', data, 'opts', opts, 'timestamp', string.format('%.0f', now),
    'delay', delay, 'priority', priority)
  tell(b, 'added', id, name)
  if due > 0 then
    call('ZADD', b .. 'delayed', scoreAt(b, due), id)
    tell(b, 'delayed', id, due)
    later(b, due)
  else
    put(b, id, nil, lifo == '1' and (tonumber(priority) or 0) == 0)
  end
  return id
end`

/** Lua of a free score in the delayed set at a time: jobs that are due in the same ms run in the order they came. */
export const scoreLua = `
local function scoreAt(b, due)
  local least, most = due * 4096, due * 4096 + 4095
  local last = call('ZREVRANGEBYSCORE', b .. 'delayed', most, least, 'WITHSCORES', 'LIMIT', 0, 1)[2]
  return string.format('%.0f', last and math.min(most, tonumber(last) + 1) or least)
end`

export function createActions(library: Library): Required<Pick<WriteActions, 'add' | 'duplicate' | 'move'>> {
  const { layout } = library
  const script = scriptsOf(library)
  const addScript = script(
    'add',
    `${scoreLua}${createLua}
local delay = tonumber(ARGV[5])
local id = create(base, ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], delay > 0 and now + delay or 0, ARGV[6], ARGV[7])
wake()
return id and 1 or 0`,
  )
  /** ARGV: state, then id, stamp and mark of each. Answers the options of each, or a code. */
  const optionsScript = script.reads(
    'options',
    `
local answers = {}
for i = 2, #ARGV, 3 do
  local k = base .. ARGV[i]
  local why = differs(base, ARGV[i], ARGV[1], ARGV[i + 1], ARGV[i + 2])
  if not why and call('EXISTS', k) == 0 then why = 'empty' end
  if not why and ARGV[1] ~= 'orphans' and not where(base, ARGV[i]) then why = 'gone' end
  answers[#answers + 1] = why or { call('HGET', k, 'opts') or '{}' }
end
return answers`,
  )
  const copyLua = `
local function copy(from, id, to, opts, priority, lifo, due)
  local fields = call('HMGET', from .. id, 'name', 'data', 'delay')
  return create(to, fields[1] or '', fields[2] or 'null', opts, priority, due > 0 and fields[3] or 0, due, lifo, '')
end`
  /** ARGV: state, then id, stamp, mark, options, priority and lifo of each. */
  const duplicateScript = script(
    'duplicate',
    `${scoreLua}${createLua}${copyLua}
local answers = {}
for i = 2, #ARGV, 6 do
  local id = ARGV[i]
  local why = differs(base, id, ARGV[1], ARGV[i + 1], ARGV[i + 2])
  if not why and call('EXISTS', base .. id) == 0 then why = 'empty' end
  if not why and not copy(base, id, base, ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], 0) then why = 'exists' end
  answers[#answers + 1] = why or 1
end
wake()
return answers`,
  )
  /**
   * ARGV: state, ms to live, what the trash holds, then as above. Copies there, then out of here into the trash, which
   * knows the copy. KEYS[4]: what the keys of the other queue begin with. A delayed job stays due when it was.
   */
  const moveScript = script(
    'move',
    `${scoreLua}${createLua}${copyLua}${discardLua}
local target, answers, state, moved = KEYS[4], {}, ARGV[1], 0
local closed = refusal(target) or sound(target)
if closed then return closed end
for i = 4, #ARGV, 6 do
  local id = ARGV[i]
  local k = base .. id
  local why = differs(base, id, state, ARGV[i + 1], ARGV[i + 2])
  if not why and call('EXISTS', k) == 0 then why = 'empty' end
  if not why and held(k, state) then why = 'held' end
  why = why or rooted(base, id, k)
  local place = not why and take(base, state, id)
  if not why and not place then why = 'gone' end
  if not why then
    local due = state == 'delayed' and math.floor(place / 4096) or 0
    local copied = copy(base, id, target, ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], due)
    keep(base, id, state, place, untie(base, id, k, false), target, copied)
    moved = moved + 1
    tell(base, 'removed', id, state)
  end
  answers[#answers + 1] = why or 1
end
if moved > 0 then
  call('HINCRBY', entry, 'done', moved)
  keepEntry(ARGV[2], ARGV[3])
end
wake()
return answers`,
  )

  /** Reads the options of jobs as they are and gives those of a copy; the others are answered for already. */
  async function prepare(
    writer: Pick<Writer, 'run'>,
    base: string,
    state: string,
    chunk: readonly { ref: string; seen: Seen }[],
    answers: Answers,
  ) {
    const reply = await runScript(writer, optionsScript, [base], [state, ...chunk.flatMap(({ seen }) => argsOf(seen))])
    return (Array.isArray(reply) ? reply : []).flatMap((item: Reply, i) => {
      const job = chunk[i]
      if (job === undefined) return []
      if (!Array.isArray(item)) {
        answers.add(job.ref, item)
        return []
      }
      return [{ ...job, options: copiedOptions(library, String(item[0])) }]
    })
  }

  async function copyJobs(
    writer: Pick<Writer, 'run'>,
    keys: readonly string[],
    state: string,
    refs: readonly string[],
    copyScript: typeof moveScript,
    head: readonly Arg[] = [],
  ) {
    const answers = new Answers()
    const jobs = seenOf(layout, refs, answers)
    for (let from = 0; from < jobs.length; from += chunkSize) {
      const ready = await prepare(writer, keys[0] ?? '', state, jobs.slice(from, from + chunkSize), answers)
      if (ready.length === 0) continue
      const args = ready.flatMap(({ seen, options }): Arg[] => [
        ...argsOf(seen),
        options.json,
        options.priority,
        options.lifo ? '1' : '0',
      ])
      const reply = await runScript(writer, copyScript, keys, [state, ...head, ...args])
      for (const [i, answer] of (Array.isArray(reply) ? reply : []).entries()) answers.add(ready[i]?.ref ?? '', answer)
    }
    return answers.outcome()
  }

  return {
    /** 1 script. */
    async add(writer, queue, job) {
      const { json, priority, delayMs, lifo, id } = library.optionsOf(parseOptions(job.options), Date.now())
      const name = job.name === null || job.name === '' ? (layout.unnamed ?? 'job') : job.name
      const args = [name, Buffer.from(job.payload), json, priority, delayMs, lifo ? '1' : '0', id ?? '']
      const done = Number(await runScript(writer, addScript, [baseOf(queue)], args))
      if (done === 0) throw new SluiceError('CHANGED', `The id ${id} is taken by another job, so none was added.`)
      return { done, missing: 0, refused: [] }
    },
    /** 2 scripts per 100 jobs. A copy has the payload, the name and the options, but no parent, schedule or own id. */
    duplicate: (writer, queue, state, refs) => copyJobs(writer, [baseOf(queue)], state, refs, duplicateScript),
    /** 2 scripts per 100 jobs. Jobs get a new id there, because ids of two queues collide. */
    async move(writer, from, state, refs, to, trash) {
      const sentence = 'The two queues are on different nodes of the cluster, where no job can move in one step.'
      const inSlot: typeof writer.run = (...call) => inOneSlot(sentence, () => writer.run(...call))
      const keys = [baseOf(from), bulkKeys(trash).items, trash.key, baseOf(to)]
      const head = [trash.ttlMs, describeRemoved(from, state)]
      return copyJobs({ run: inSlot }, keys, state, refs, moveScript, head)
    },
  }
}

const argsOf = ({ id, stamp, mark }: Seen): Arg[] => [id, stamp, mark]

/** The options that a person wrote. */
function parseOptions(text: string | null): Record<string, unknown> {
  if (text === null || text.trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  } catch {
    // told below
  }
  throw new SluiceError('INVALID_INPUT', 'The options are not a JSON object.')
}

/** Options for a copy of a job, without what belongs to the first one alone; none where they cannot be read. */
export function copiedOptions(library: Library, json: string): StoredOptions {
  let options: Record<string, unknown> = {}
  try {
    options = parseOptions(json)
  } catch {
    // half-written: the copy runs with the library's defaults
  }
  for (const own of library.ownOptions) delete options[own]
  return library.optionsOf(options, Date.now())
}
