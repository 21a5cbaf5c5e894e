import { asSluiceError, SluiceError } from '../../domain/errors.ts'
import type { LiveEvent } from '../../domain/live.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../../systems/handles.ts'
import { systemOf } from '../../systems/registry.ts'
import type { LiveSource } from '../../systems/system.ts'
import { Alarm } from '../alarm.ts'
import type { Connection } from '../redis/connection.ts'

/** Events that came together, oldest first; `gap` when some before them were missed. */
export interface LiveBatch {
  readonly events: LiveEvent[]
  readonly gap: boolean
}

/** What queue libraries tell of their jobs, while somebody watches. */
export interface LiveQueues {
  /**
   * First what a stream still holds of the last moments (nothing of channels), then batches until the signal aborts or
   * the connection closes. Channels cost one subscription; a stream four XREVRANGE a second, because blocking on it would
   * hold one more connection a queue. Throws UNSUPPORTED where the library tells nothing.
   */
  watch(connection: Connection, queue: QueueRef, signal?: AbortSignal): AsyncGenerator<LiveBatch, void, void>
}

const batchEveryMs = 100
const lookEveryMs = 250
/** Most events that wait for a slow screen, or are read of a stream at once; older ones are a gap. */
const most = 500
const recent = 50

export function createLiveQueues(): LiveQueues {
  return {
    async *watch(connection, queue, signal) {
      const system = systemOf(queue.system)
      const source = system.live?.(queue)
      if (source === undefined) throw new SluiceError('UNSUPPORTED', `${system.label} does not tell what happens.`)
      const ended = new AbortController()
      const stopListening = connection.onStatus(({ status }) => {
        if (status === 'closed') ended.abort()
      })
      const until = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
      try {
        yield* source.type === 'stream'
          ? readStream(connection, source, until)
          : readChannels(connection, source, until)
      } finally {
        stopListening()
      }
    },
  }
}

async function* readChannels(
  connection: Connection,
  source: Extract<LiveSource, { type: 'channels' }>,
  until: AbortSignal,
): AsyncGenerator<LiveBatch, void, void> {
  const alarm = new Alarm()
  let unread: LiveEvent[] = []
  let gap = false
  const wake = () => alarm.ring()
  until.addEventListener('abort', wake)
  const stop = await connection.subscribe(
    [source.pattern],
    (channel, message) => {
      const event = source.read(channel, message, Date.now())
      if (event === null) return
      unread.push(event)
      if (unread.length > most) {
        unread.shift()
        gap = true
      }
      alarm.ring()
    },
    () => {
      gap = true
      alarm.ring()
    },
  )
  try {
    yield { events: [], gap: false }
    while (!until.aborted) {
      await alarm.sleep(null)
      if (until.aborted) return
      const batch = { events: unread, gap }
      unread = []
      gap = false
      yield batch
      await new Promise((resolve) => setTimeout(resolve, batchEveryMs))
    }
  } finally {
    until.removeEventListener('abort', wake)
    await stop()
  }
}

async function* readStream(
  { reader }: Connection,
  source: Extract<LiveSource, { type: 'stream' }>,
  until: AbortSignal,
): AsyncGenerator<LiveBatch, void, void> {
  const alarm = new Alarm()
  const wake = () => alarm.ring()
  until.addEventListener('abort', wake)
  const read = (entries: readonly Entry[]) =>
    entries.flatMap(({ id, fields }) => {
      const event = source.read(id, fields)
      return event === null ? [] : [event]
    })
  try {
    let last = none
    let missed = false
    for (let looked = false; ; looked = true) {
      try {
        const look = await lookInto(reader, source.key, last, looked ? most : recent)
        if (until.aborted) return
        missed ||= look.missed
        last = look.last
        // A look that only finds that something is gone is told together with what comes next.
        if (look.entries.length > 0 || !looked) {
          const batch = { events: read(look.entries), gap: missed && looked }
          missed = false
          yield batch
        }
      } catch (thrown) {
        if (until.aborted) return
        if (!looked || !asSluiceError(thrown).retryable) throw thrown
        // Redis is away: when it is back, the next look finds out whether its stream still holds the last entry.
      }
      if (until.aborted) return
      await alarm.sleep(lookEveryMs)
      if (until.aborted) return
    }
  } finally {
    until.removeEventListener('abort', wake)
  }
}

/** What an empty stream ends with. */
const none = '0-0'

/**
 * The entries after `last`, the newest `limit` of them, so that after a flood the screen is up to date. The look begins
 * with `last` itself: where that is gone, the stream was trimmed, and entries behind it may be gone too.
 */
async function lookInto(reader: Reader, key: string, last: string, limit: number) {
  const found = entriesOf(await reader.call('XREVRANGE', key, '+', last, 'COUNT', limit + 1)).reverse()
  const goesOn = found[0]?.id === last
  const entries = goesOn ? found.slice(1) : found.slice(-limit)
  return { entries, last: found.at(-1)?.id ?? none, missed: !goesOn && (last !== none || found.length > limit) }
}

interface Entry {
  readonly id: string
  readonly fields: readonly Buffer[]
}

function entriesOf(reply: unknown): Entry[] {
  if (!Array.isArray(reply)) return []
  return reply.flatMap((entry: unknown) => {
    const [id, fields] = Array.isArray(entry) ? (entry as unknown[]) : []
    if (!Buffer.isBuffer(id) || !Array.isArray(fields)) return []
    return [{ id: id.toString('latin1'), fields: fields.filter((field): field is Buffer => Buffer.isBuffer(field)) }]
  })
}
