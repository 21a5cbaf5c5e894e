import { isRefused, SluiceError } from '../../../domain/errors.ts'
import type { Reader, Reply } from '../../handles.ts'
import type { Frozen } from '../../system.ts'
import { digestLua, digestOf } from './digest.ts'
import { buffersOf, numberOf } from './seen.ts'

/** Elements at the end of a list whose fingerprints a mark keeps: where the last one left, the one before it says as much. */
const markElements = 4

/** [type, how many, fingerprints of the last ones (newest first) or unix seconds by the server's clock]. Writes nothing. */
const freezeLua = `${digestLua}
local key, kind = KEYS[1], redis.call('TYPE', KEYS[1]).ok
if kind == 'list' then
  local prints = {}
  for i = 1, ${markElements} do
    local v = redis.call('LINDEX', key, -i)
    if v then prints[i] = digest(v) end
  end
  return { kind, redis.call('LLEN', key), table.concat(prints, ',') }
end
if kind == 'zset' then return { kind, redis.call('ZCARD', key), redis.call('TIME')[1] } end
return { kind, kind == 'set' and redis.call('SCARD', key) or 0, '' }`

/**
 * 1 round trip, O(1): how many elements a key holds, and where they end. New elements of a list come at its tail, so the
 * last ones say where it ends; a sorted set tells by its count alone, and by the time at which that was. For a user who
 * may not run scripts 3 round trips, which read the last elements whole.
 */
export async function freezeElements(reader: Reader, key: string): Promise<Frozen> {
  try {
    const reply = await reader.call('EVAL', freezeLua, 1, key)
    const [kind, count, end] = Array.isArray(reply) ? reply : []
    return { count: numberOf(count), mark: markOf(text(kind), text(end)) }
  } catch (error) {
    if (!isRefused(error)) throw error
    return freezeWithoutScripts(reader, key)
  }
}

const markOf = (type: string, end: string) => `${type}:${end}`
const text = (reply: Reply | undefined) => (reply instanceof Buffer ? reply.toString() : '')

async function freezeWithoutScripts(reader: Reader, key: string): Promise<Frozen> {
  const type = String(await reader.call('TYPE', key))
  if (type === 'list') {
    const [count, last] = await reader.pipeline([
      ['LLEN', key],
      ['LRANGE', key, -markElements, -1],
    ])
    const prints = buffersOf(last ?? []).map(digestOf)
    return { count: numberOf(count), mark: markOf(type, prints.reverse().join(',')) }
  }
  if (type === 'zset') {
    const [count, time] = await reader.pipeline([['ZCARD', key], ['TIME']])
    return { count: numberOf(count), mark: markOf(type, text(Array.isArray(time) ? time[0] : undefined)) }
  }
  return { count: type === 'set' ? Number(await reader.call('SCARD', key)) : 0, mark: markOf(type, '') }
}

/** What a mark says: fingerprints of the last elements of a list, or the unix seconds at which a sorted set was counted. */
export function parseMark(mark: string): { prints: string[]; seconds: string } {
  const match = /^(list|zset|set|none):([0-9a-f,]*)$/.exec(mark)
  if (match === null) throw new SluiceError('INVALID_INPUT', 'This is no mark of a frozen state.')
  const end = match[2] as string
  return match[1] === 'list' ? { prints: end.split(',').filter(Boolean), seconds: '' } : { prints: [], seconds: end }
}
