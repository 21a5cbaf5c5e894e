import { SluiceError } from '../../../../domain/errors.ts'
import type { QueueRef } from '../../../../domain/queue.ts'
import type { Reader, Reply } from '../../../handles.ts'
import type { Fates, TrashSlot, WriteActions } from '../../../system.ts'
import { baseOf, keyOfState } from '../layout.ts'
import { itemsOf } from '../replies.ts'
import { bulkKeys } from './bulk.ts'
import type { Library } from './library.ts'

/** Items of the trash, each of up to 100 jobs, of which one look takes some jobs. */
const sampledItems = 20
/** Items that are read at a time to find their keys. */
const keyChunk = 500

/**
 * What became of retried jobs: [waiting, succeeded, failed]. A retry took them out of `failed` and `completed`, so that
 * where they are now tells; one that is gone ended well and was removed. Reads only. KEYS: the items, failed, completed.
 * ARGV: most. The hashes of the jobs share the slot of the queue.
 */
const fatesLua = `
local items, most = redis.call('LLEN', KEYS[1]), tonumber(ARGV[1])
local looked = math.min(items, ${sampledItems}, most)
local waiting, succeeded, failed = 0, 0, 0
local function look(b, id)
  if redis.call('ZSCORE', KEYS[2], id) then failed = failed + 1
  elseif redis.call('ZSCORE', KEYS[3], id) or redis.call('EXISTS', b .. id) == 0 then succeeded = succeeded + 1
  else waiting = waiting + 1 end
end
for i = 0, looked - 1 do
  local packed = redis.call('LINDEX', KEYS[1], math.floor(i * items / looked))
  local item = string.sub(packed, 1, 1) ~= '=' and cmsgpack.unpack(packed) or {}
  if item[1] == 'again' then
    local step = 1 + (item[6] or 2) + #item[4]
    local jobs = #item[5] / step
    local some = math.min(jobs, math.ceil((most - waiting - succeeded - failed) / (looked - i)))
    for n = 0, some - 1 do look(item[2], item[5][math.floor(n * jobs / some) * step + 1]) end
  end
end
return { waiting, succeeded, failed }`

const number = (reply: Reply | undefined) => (typeof reply === 'number' ? reply : 0)

export function afterwards(library: Library): Required<Pick<WriteActions, 'fates' | 'trashKeys'>> {
  const { layout } = library
  return {
    /** 1 script: of at most 2,000 jobs of 20 items of the trash, spread over all, O(log n) each. */
    async fates(reader: Reader, queue: QueueRef, _state: string, trash: TrashSlot, most: number): Promise<Fates> {
      const keys = [bulkKeys(trash).items, keyOfState(layout, queue, 'failed'), keyOfState(layout, queue, 'completed')]
      const [reply] = await reader.pipeline([['EVAL', fatesLua, keys.length, ...keys, Math.max(1, most)]])
      if (reply instanceof Error) throw reply
      const [waiting, succeeded, failed] = itemsOf(reply).map(number)
      return { waiting: waiting ?? 0, succeeded: succeeded ?? 0, failed: failed ?? 0 }
    },
    /**
     * 1 round trip per 500 items of what a purge moved by the names of its keys, 1 otherwise: those keys, then what was
     * refused, frozen and kept, then the entry.
     */
    async *trashKeys(reader: Reader, queue: QueueRef, trash: TrashSlot) {
      const { items, refused, frozen } = bulkKeys(trash)
      const beside = [items, refused, frozen]
      const [kind, ...there] = await reader.pipeline([
        ['HGET', trash.key, 'kind'],
        ...beside.map((key) => ['EXISTS', key] as const),
      ])
      const failed = there.find((reply) => reply instanceof Error)
      if (failed instanceof Error) throw failed
      if (String(kind) === 'jobs' && there[0] === 1) {
        for (let from = 0; ; from += keyChunk) {
          const found = itemsOf(await reader.call('LRANGE', items, from, from + keyChunk - 1))
          const keys = found.flatMap((item) => movedKey(item, queue, trash))
          if (keys.length > 0) yield keys
          if (found.length < keyChunk) break
        }
      }
      yield [...beside.filter((_, i) => there[i] === 1), trash.key]
    },
  }
}

/** The key of a job that is in the trash by its name: its item is `=state:score:id`. */
function movedKey(item: Reply, queue: QueueRef, trash: TrashSlot): string[] {
  if (!Buffer.isBuffer(item) || item[0] !== 0x3d) return []
  const id = /^=[^:]*:[^:]*:(.*)$/s.exec(item.toString('utf8'))?.[1]
  if (id === undefined) throw new SluiceError('INTERNAL', 'An item of the trash cannot be read.')
  return [`${trash.key}:${baseOf(queue)}${id}`]
}
