import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reply } from '../../handles.ts'
import type { Reading, SamplePlan } from '../../system.ts'
import { baseOf, isMarker, keyOfState, type Layout, misplaced, placeOf, statesOf } from './layout.ts'
import { isWrongType, numberOf } from './replies.ts'

/** Queues whose heads one tick looks at; of more than these each gets its turn. Keeps a script near a millisecond. */
const headsPerTick = 200
/** How long each turn lasts: about as long as a tick. */
const turnMs = 1000

/** Queues that one script counts: it takes about a millisecond. */
const queuesPerScript = 50

/**
 * 1 script for each 50 queues (14 O(1) reads a queue for BullMQ, 11 for Bull), and 1 for the heads of up to 200 queues;
 * all in the sampler's one pipeline. Scripts, because a reply of its own for each read costs this program five times as
 * much as the reads cost Redis. A user who may not run scripts gets the same reads one by one, by `plain`.
 * The scripts name one key of each queue; all others share its slot, because both libraries run in a cluster only with a
 * hash tag in prefix or name; so each hash tag has its own scripts.
 * The head is the job that runs next; its age counts from when it was added, so `lifo`, priority and retries bend it.
 * Without scripts the age is unknown, but the id at the head still tells how long it stays the same.
 */
export function sample(layout: Layout, queues: readonly QueueRef[], now = Date.now()): SamplePlan {
  const counts = groupsOf(
    queues,
    queues.map((_, i) => i),
    queuesPerScript,
  ).map((members): Script => {
    const bases = members.map((i) => baseOf(queues[i] as QueueRef))
    const keys = bases.map((base) => `${base}id`)
    return { command: ['EVAL', countsLuaOf(layout), keys.length, ...keys, ...bases], members }
  })
  const heads = groupsOf(queues, inTurn(queues.length, now), headsPerTick).map((members): Script => {
    const own = members.map((i) => queues[i] as QueueRef)
    const keys = own.flatMap((queue) => layout.heads.from.map((state) => keyOfState(layout, queue, state)))
    return { command: ['EVAL', layout.heads.lua, keys.length, ...keys, ...own.map(baseOf)], members }
  })
  return {
    commands: [...counts, ...heads].map(({ command }) => command),
    read(replies) {
      const own = byQueue(counts, replies)
      const head = byQueue(heads, replies.slice(counts.length))
      return queues.map((queue, i) => readingOf(layout, queue, answersOf(layout, own.get(i)), head.get(i)))
    },
    plain: () => plainSample(layout, queues),
  }
}

/** The same reads one by one, for a user who may not run scripts. */
function plainSample(layout: Layout, queues: readonly QueueRef[]): SamplePlan {
  const reads = queues.map((queue) => readsOf(layout, queue))
  const each = reads[0]?.length ?? 0
  return {
    commands: reads.flat(),
    read: (replies) =>
      queues.map((queue, i) => readingOf(layout, queue, replies.slice(i * each, (i + 1) * each), null)),
  }
}

/** A script of a plan, and the indexes of the queues that it serves, in the order of its answers. */
interface Script {
  readonly command: Command
  readonly members: readonly number[]
}

/** What is read of one queue. */
function readsOf(layout: Layout, queue: Pick<QueueRef, 'prefix' | 'name'>): Command[] {
  const base = baseOf(queue)
  return [
    ...statesOf(layout).map((state): Command => {
      const place = placeOf(layout, state)
      return [place?.type === 'list' ? 'LLEN' : 'ZCARD', base + (place?.suffix ?? state)]
    }),
    ...layout.heads.tails.map((state): Command => ['LINDEX', base + (placeOf(layout, state)?.suffix ?? state), -1]),
    ['GET', `${base}id`],
    layout.status.command(base),
    ['HGET', `${base}metrics:completed`, 'count'],
    ['HGET', `${base}metrics:failed`, 'count'],
  ]
}

const countsLua = new Map<Layout, string>()

/**
 * The reads of one queue after the other, a line for each: `-` for nothing, `!` before an error, fields of a hash parted
 * by tabs. One text a queue, because it takes longer to unpack so many answers than to give them. Of an id at a tail only
 * the marker of an old version is told. ARGV: what the keys of each queue begin with.
 */
function countsLuaOf(layout: Layout): string {
  const known = countsLua.get(layout)
  if (known !== undefined) return known
  const base = baseOf({ prefix: 'P', name: 'Q' })
  const reads = readsOf(layout, { prefix: 'P', name: 'Q' }).map(([name, key, ...rest]) => {
    const args = [name, String(key).slice(base.length), ...rest.map(String)]
    return `{ ${args.map((arg) => `'${arg}'`).join(', ')} }`
  })
  const lua = `
local reads = { ${reads.join(', ')} }
local answers = {}
for i, base in ipairs(ARGV) do
  local own = {}
  for n, read in ipairs(reads) do
    local value = redis.pcall(read[1], base .. read[2], unpack(read, 3))
    if type(value) == 'table' then
      if value.err then
        value = '!' .. value.err
      else
        for f, field in ipairs(value) do value[f] = field and string.gsub(field, '%c', ' ') or '-' end
        value = table.concat(value, '\\t')
      end
    elseif type(value) == 'string' then
      if read[1] == 'LINDEX' and not string.find(value, '^0:%d+$') then value = '-' end
      value = string.gsub(value, '%c', ' ')
    end
    own[n] = value or '-'
  end
  answers[i] = table.concat(own, '\\n')
end
return answers`
  countsLua.set(layout, lua)
  return lua
}

/** What the scripts answered for each queue; an error for all that a failed one served. */
function byQueue(scripts: readonly Script[], replies: readonly Reply[]): Map<number, Reply> {
  const found = new Map<number, Reply>()
  for (const [s, { members }] of scripts.entries()) {
    const reply = replies[s]
    for (const [at, i] of members.entries()) {
      found.set(i, Array.isArray(reply) ? (reply[at] ?? null) : reply instanceof Error ? reply : null)
    }
  }
  return found
}

/** The answers of one queue, as they would have come one by one. */
function answersOf(layout: Layout, reply: Reply | undefined): readonly Reply[] {
  if (reply instanceof Error) return [reply]
  if (!Buffer.isBuffer(reply)) return []
  const counts = statesOf(layout).length
  return reply
    .toString('utf8')
    .split('\n')
    .map((line, i): Reply => {
      if (line.startsWith('!')) return new Error(line.slice(1))
      if (i < counts) return line === '' || !Number.isFinite(Number(line)) ? null : Number(line)
      return line.includes('\t') ? line.split('\t').map(stored) : stored(line)
    })
}

const stored = (text: string) => (text === '-' ? null : Buffer.from(text))

/** The indexes of the queues whose heads this tick looks at. */
function inTurn(queues: number, now: number): number[] {
  const turns = Math.max(1, Math.ceil(queues / headsPerTick))
  const first = (Math.floor(now / turnMs) % turns) * headsPerTick
  return Array.from({ length: Math.min(headsPerTick, queues - first) }, (_, i) => first + i)
}

/** The queues of each hash tag together, at most `most` in a group. */
function groupsOf(queues: readonly QueueRef[], indexes: readonly number[], most: number): number[][] {
  const tags = new Map<string, number[]>()
  for (const i of indexes) {
    const tag = /^[^{]*\{([^}]+)\}/.exec(baseOf(queues[i] as QueueRef))?.[1] ?? ''
    const group = tags.get(tag)
    if (group) group.push(i)
    else tags.set(tag, [i])
  }
  return [...tags.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, n) => group.slice(n * most, (n + 1) * most)),
  )
}

function readingOf(layout: Layout, queue: QueueRef, own: readonly Reply[], head: Reply | undefined): Reading {
  const ids = statesOf(layout)
  const { tails, from } = layout.heads
  const ends = own.slice(ids.length, ids.length + tails.length)
  const [id, status, completed, failed] = own.slice(ids.length + tails.length)
  const states = Object.fromEntries(
    ids.map((state, i) => {
      const marked = isMarker(layout, ends[tails.indexOf(state)])
      return [state, Math.max(0, countOf(own[i]) - (marked ? 1 : 0))]
    }),
  )
  const waiting = from.reduce((sum, state) => sum + (states[state] ?? 0), 0)
  const done = numberOf(completed)
  const died = numberOf(failed)
  return {
    queue,
    states,
    head: waiting === 0 ? null : headOf(layout, head, ends),
    // Workers count what they finish only where they have the `metrics` option; a counter appears with its first job.
    totals: { added: numberOf(id), finished: done === null && died === null ? null : (done ?? 0) + (died ?? 0) },
    workers: null,
    problem: problemOf(layout, queue, own),
    ...layout.status.read(
      status,
      ends.some((tail) => isMarker(layout, tail)),
    ),
  }
}

/** Undefined where it is not the queue's turn. */
function headOf(layout: Layout, head: Reply | undefined, tails: readonly (Reply | undefined)[]): Reading['head'] {
  if (head === undefined) return undefined
  const [id, born] = Array.isArray(head)
    ? head
    : [tails.find((tail) => Buffer.isBuffer(tail) && !isMarker(layout, tail))]
  if (!Buffer.isBuffer(id)) return null
  return { createdAt: numberOf(born) || null, fingerprint: id.toString('latin1') }
}

const countOf = (reply: Reply | undefined) => (typeof reply === 'number' && reply > 0 ? reply : 0)

function problemOf(layout: Layout, queue: QueueRef, own: readonly Reply[]): string | null {
  const base = baseOf(queue)
  const failed = own.findIndex((reply) => reply instanceof Error)
  const error = own[failed]
  if (error instanceof Error) {
    if (!isWrongType(error)) return `A key of ${base.slice(0, -1)} cannot be read: ${error.message}`
    const state = statesOf(layout)[failed]
    const place = state === undefined ? null : placeOf(layout, state)
    return state === undefined || place === null
      ? `A key of ${base.slice(0, -1)} has another type than ${layout.label} uses.`
      : misplaced(layout, keyOfState(layout, queue, state), place)
  }
  const counted = statesOf(layout).every((_, i) => typeof own[i] === 'number')
  return counted ? null : `The counts of ${base.slice(0, -1)} could not be read.`
}
