import { SluiceError } from '../../../domain/errors.ts'
import type { QueueRef } from '../../../domain/queue.ts'
import type { Command, Reader } from '../../handles.ts'
import type { Frozen } from '../../system.ts'
import { isMarker, keyOfState, type Layout, placeOf } from './layout.ts'
import { orphanPage } from './orphans.ts'
import { clockOf, isWrongType, itemsOf } from './replies.ts'
import { stalledPage } from './stalled.ts'

/** Ids at the head of a list that are remembered: when the newest has left, the next one tells where the list ended. */
const heads = 4

/** One moment of a sorted set that is ordered by when jobs ended: [ms, jobs that had ended by then]. Reads only. */
const endedLua = `
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return { now, redis.call('ZCOUNT', KEYS[1], '-inf', now) }`

/** Where a frozen state ends: the moment by the server's clock in ms, and the ids at the head of a list, newest first. */
export interface Mark {
  readonly at: string
  readonly heads: readonly Buffer[]
}

/** Whether jobs are in this state by the time when they ended, so that a moment tells which were there. */
export const isEnded = (state: string) => state === 'failed' || state === 'completed'

/**
 * 1 round trip (2 where the user may not run scripts), O(log n). Of failed and completed jobs the mark is a moment of the
 * server's clock: those that ended until then. Of a list it is the ids at its head, since jobs come there. What is sorted
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
  const [time, ids, count] = await read(reader, [
    ['TIME'],
    place.type === 'list' ? ['LRANGE', key, 0, heads - 1] : ['EXISTS', key],
    [place.type === 'list' ? 'LLEN' : 'ZCARD', key],
  ])
  const newest = itemsOf(ids).filter((id) => Buffer.isBuffer(id) && !isMarker(layout, id)) as Buffer[]
  const markers = itemsOf(ids).length - newest.length
  const names = newest.map((id) => id.toString('base64'))
  return { count: Math.max(0, Number(count) - markers), mark: [clockOf(time), ...names].join(' ') }
}

/** What `freeze` wrote down. */
export function parseMark(mark: string): Mark {
  const [at = '0', ...ids] = mark.split(' ')
  return { at: /^\d{1,16}$/.test(at) ? at : '0', heads: ids.map((id) => Buffer.from(id, 'base64')) }
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
