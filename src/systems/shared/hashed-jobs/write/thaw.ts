import type { QueueRef } from '../../../../domain/queue.ts'
import type { Writer } from '../../../handles.ts'
import type { TrashSlot } from '../../../system.ts'
import { baseOf } from '../layout.ts'
import { runScript } from './answers.ts'
import type { Library } from './library.ts'
import { scriptsOf } from './prelude.lua.ts'

/** Ids that go back in a script when a purge is cancelled. */
const thawChunk = 1000

/** Puts frozen ids that were not purged back to where they were, 1 script per 1,000; returns how many. */
export async function thaw(
  library: Library,
  writer: Writer,
  queue: QueueRef,
  state: string,
  trash: TrashSlot,
): Promise<number> {
  const keys = [baseOf(queue), `${trash.key}:frozen`, trash.key]
  const script = scriptsOf(library)('thaw', thawLua)
  let back = 0
  for (;;) {
    const moved = Number(await runScript(writer, script, keys, [state, thawChunk, trash.ttlMs]))
    if (!(moved > 0)) return back
    back += moved
  }
}

/**
 * The head goes first, so that the job that was to run next is at the tail again. A parent whose children ended while it
 * was frozen would wait for ever: it runs. ARGV: state, how many, ms to live.
 */
const thawLua = `
local frozen, moved = KEYS[2], 0
if sets[ARGV[1]] then
  local some = call('ZRANGE', frozen, 0, ARGV[2] - 1, 'WITHSCORES')
  for i = 1, #some, 2 do
    if ARGV[1] == 'waiting-children' and call('SCARD', base .. some[i] .. ':dependencies') == 0 then
      put(base, some[i], ARGV[1], true)
    else
      call('ZADD', base .. sets[ARGV[1]], some[i + 1], some[i])
    end
    moved = moved + 1
  end
  call('ZREMRANGEBYRANK', frozen, 0, ARGV[2] - 1)
  if moved > 0 and ARGV[1] == 'delayed' then later(base) end
  if moved > 0 and ARGV[1] == 'prioritized' then line(base).put = true end
else
  local some = call('LRANGE', frozen, 0, ARGV[2] - 1)
  for _, id in ipairs(some) do call('RPUSH', line(base).list, id) end
  moved = #some
  call('LTRIM', frozen, ARGV[2], -1)
  if moved > 0 then line(base).put = true end
end
if call('EXISTS', frozen) == 0 then
  call('HDEL', KEYS[3], 'frozen')
  if call('EXISTS', KEYS[3] .. ':items') == 1 then
    call('PEXPIRE', KEYS[3], ARGV[3])
  else
    call('DEL', KEYS[3], KEYS[3] .. ':refused')
  end
end
wake()
return moved`
