import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { isState, type Layout } from './layout.ts'

/**
 * A job as an operator saw it: its id, the state it was in, the stored time that changes when it leaves and comes back
 * (`timestamp` while it waits, the score while it is delayed, `processedOn` while it runs, `finishedOn` after), and a
 * mark of its payload, empty where that was not read.
 */
export interface Seen {
  readonly state: string
  readonly stamp: string
  readonly mark: string
  readonly id: Buffer
}

/** Payloads up to this size are marked whole; of larger ones two ends of half of it, and the size. */
const markedBytes = 4096

/** Lua of `markOf`, for scripts that read or check a payload: `mark(data)`, empty for what is not there. */
export const markLua = `
local function mark(data)
  if not data then return '' end
  if #data > ${markedBytes} then
    data = string.sub(data, 1, ${markedBytes / 2}) .. string.sub(data, -${markedBytes / 2}) .. #data
  end
  return string.sub(redis.sha1hex(data), 1, 8)
end`

/** The first 8 hex digits of a digest of a whole payload. */
export function markOf(data: Buffer): string {
  const end = markedBytes / 2
  const marked =
    data.length > markedBytes
      ? Buffer.concat([data.subarray(0, end), data.subarray(-end), Buffer.from(String(data.length))])
      : data
  return createHash('sha1').update(marked).digest('hex').slice(0, 8)
}

/** `state:stamp:mark:id`; an id that is not text goes as base64 behind a starred state. */
export function refOf({ state, stamp, mark, id }: Seen): string {
  return isUtf8(id)
    ? `${state}:${stamp}:${mark}:${id.toString('utf8')}`
    : `${state}*:${stamp}:${mark}:${id.toString('base64')}`
}

/** The parts of a ref; null when it is none. */
export function parseRef(layout: Layout, ref: string): Seen | null {
  const match = /^([a-z-]+)(\*?):(\d*):([0-9a-f]{8}|):(.+)$/s.exec(ref)
  const [, state = '', star, stamp = '', mark = '', id = ''] = match ?? []
  if (match === null || !isState(layout, state)) return null
  return { state, stamp, mark, id: Buffer.from(id, star === '*' ? 'base64' : 'utf8') }
}
