import { SluiceError } from '../../../domain/errors.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader } from '../../handles.ts'
import type { Frozen } from '../../system.ts'
import { baseOf, isMarker, keyOfState, type Layout, placeOf } from './layout.ts'
import { orphanPage } from './orphans.ts'
import { clockOf, isWrongType, itemsOf } from './replies.ts'
import { stalledPage } from './stalled.ts'

/** Jobs at the head of a list that are remembered: when the newest has left, the next one tells where the list ended. */
const heads = 4

/** One moment of a sorted set that is ordered by when jobs ended: [ms, jobs that had ended by then]. Reads only. */
const endedLua = `
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return { now, redis.call('ZCOUNT', KEYS[1], '-inf', now) }`

/** Lua that tells the runs of a job, given its key, in a text that is another one after each run. */
export const runsLua = `
local function runsOf(key)
  local told = redis.pcall('HMGET', key, 'processedOn', 'attemptsMade', 'atm', 'ats')
  if told.err then return '///' end
  for i = 1, 4 do told[i] = told[i] or '' end
  return table.concat(told, '/')
end`

/** The head of a list. KEYS: the list. ARGV: how many ids, and what keys of jobs begin with. Reads only. */
const headLua = `${runsLua}
local time, ids, runs = redis.call('TIME'), redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1), {}
for i, id in ipairs(ids) do runs[i] = runsOf(ARGV[2] .. id) end
return { time, redis.call('LLEN', KEYS[1]), ids, runs }`

/** Where a frozen state ends: the moment by the server's clock in ms, and the jobs at the head of a list, newest first. */
export interface Mark {
  readonly at: string
  readonly heads: readonly Head[]
}

/** A job's id, and its runs as `runsLua` tells them; '?' where they are not known. */
interface Head {
  readonly id: Buffer
  readonly runs: Buffer | '?'
}

/** Whether jobs are in this state by the time when they ended, so that a moment tells which were there. */
export const isEnded = (state: string) => state === 'failed' || state === 'completed'

/**
 * 1 round trip (2 where the user may not run scripts), O(log n). Of failed and completed jobs the mark is a moment of the
 * server's clock: those that ended until then. Of a list it is the jobs at its head, since jobs come there. What is sorted
 * by when it is due, by priority or by when it began to wait does not tell what is new: there only the count holds. A
 * view costs what a page of it does; its count is of what such a page finds, and an action takes at most as many.
 */
export async function freeze(layout: Layout, reader: Reader, queue: QueueRef, state: string): Promise<Frozen> {
  const nothing = { offset: 0, limit: 0 }
  if (state === 'stalled') return { count: (await stalledPage(layout, reader, queue, nothing)).total, mark: '0' }
  if (state === 'orphans') return { count: (await orphanPage(layout, reader, queue, nothing)).total, mark: '0' }
  const place = placeOf(layout, state)
  if (place === null) throw new SluiceError('INVALID_INPUT', `${layout.label} has no state ${state}.`)
  const key = keyOfState(layout, queue, state)
  if (isEnded(state)) return frozenEnded(reader, key)
  if (place.type === 'list') return frozenList(layout, reader, key, baseOf(queue))
  const [time, count] = await read(reader, [['TIME'], ['ZCARD', key]])
  return { count: Number(count), mark: String(clockOf(time)) }
}

async function frozenList(layout: Layout, reader: Reader, key: string, base: string): Promise<Frozen> {
  const [reply] = await reader.pipeline([['EVAL', headLua, 1, key, heads, base]])
  if (isWrongType(reply)) throw new SluiceError('WRONG_TYPE')
  const told = Array.isArray(reply)
    ? reply
    : await read(reader, [['TIME'], ['LLEN', key], ['LRANGE', key, 0, heads - 1]])
  const [time, count, ids, runs] = told
  const [all, allRuns] = [itemsOf(ids), itemsOf(runs)]
  const names = all.flatMap((id, i) => {
    if (!Buffer.isBuffer(id) || isMarker(layout, id)) return []
    const run = allRuns[i]
    return [Buffer.isBuffer(run) ? `${id.toString('base64')}:${run.toString('base64')}` : id.toString('base64')]
  })
  return { count: Math.max(0, Number(count) - (all.length - names.length)), mark: [clockOf(time), ...names].join(' ') }
}

/** What `freeze` wrote down. */
export function parseMark(mark: string): Mark {
  const [at = '0', ...all] = mark.split(' ')
  const heads = all.map((head): Head => {
    const [id = '', runs] = head.split(':')
    return { id: Buffer.from(id, 'base64'), runs: runs === undefined ? '?' : Buffer.from(runs, 'base64') }
  })
  return { at: /^\d{1,16}$/.test(at) ? at : '0', heads }
}

async function frozenEnded(reader: Reader, key: string): Promise<Frozen> {
  const [reply] = await reader.pipeline([['EVAL', endedLua, 1, key]])
  const [at, count] = itemsOf(reply)
  if (Buffer.isBuffer(at)) return { count: Number(count), mark: at.toString('latin1') }
  if (isWrongType(reply)) throw new SluiceError('WRONG_TYPE')
  const [time] = await read(reader, [['TIME'], ['EXISTS', key]]) // the time at the master that has the key
  const now = clockOf(time)
  const [ended] = await read(reader, [['ZCOUNT', key, '-inf', now]])
  return { count: Number(ended), mark: String(now) }
}

async function read(reader: Reader, commands: readonly Command[]) {
  const replies = await reader.pipeline(commands)
  const failed = replies.find((reply) => reply instanceof Error)
  if (isWrongType(failed)) throw new SluiceError('WRONG_TYPE')
  if (failed instanceof Error) throw failed
  return replies
}
