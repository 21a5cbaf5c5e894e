import { SluiceError } from '../../domain/errors.ts'
import type { JobSummary } from '../../domain/job.ts'
import type { QueueRef } from '../../domain/queue.ts'
import type { Reader } from '../handles.ts'
import { clockOf, isWrongType, itemsOf } from '../shared/hashed-jobs/replies.ts'
import { walk } from '../shared/hashed-jobs/walk.ts'
import type { WalkedRow, WalkSource } from '../shared/hashed-jobs/walk-source.ts'
import type { Frozen, ScannedJob, ScanRequest, ScanStep } from '../system.ts'
import { refOf, summaryOf } from './decode.ts'
import { isState, keyOf, type StateId, setOfState } from './keys.ts'
import { page } from './page.ts'
import { rowPart, type StoredJob, textFields } from './stored-job.ts'

/** Bytes of an exception that a walk tells. */
const exceptionBytes = 64 * 1024

/** 1 round trip a step, as `walk` says, oldest first. Of reserved jobs it walks all pending ones, whose hashes tell. */
export async function* scan(
  reader: Reader,
  queue: QueueRef,
  state: string,
  request: ScanRequest,
): AsyncGenerator<ScanStep, void, void> {
  if (!isState(state)) throw new SluiceError('NOT_FOUND', `Horizon has no state named ${state}.`)
  const source: WalkSource = {
    key: keyOf(queue, setOfState[state]),
    from: 'highest', // scores are negative times
    base: queue.prefix,
    payload: 'payload',
    fields: [...textFields.map((name) => [name, rowPart.text] as const), ['exception', exceptionBytes]],
    locks: false,
  }
  for await (const { rows, behind, total } of walk(reader, source, request)) {
    const jobs = rows.map((row) => new ScannedRecord(row, state))
    yield { jobs: state === 'reserved' ? jobs.filter(({ reserved }) => reserved) : jobs, behind, total }
  }
}

/** A job of a walk; what it is asked for is made then. */
class ScannedRecord implements ScannedJob {
  readonly bytes: number
  readonly #row: WalkedRow
  readonly #state: StateId
  #stored: StoredJob | null = null

  constructor(row: WalkedRow, state: StateId) {
    this.#row = row
    this.#state = state
    this.bytes = Math.max(0, row.size)
  }

  get ref(): string {
    return refOf({ id: this.#row.id.toString('utf8'), score: this.#row.score ?? '' })
  }

  get reserved(): boolean {
    return this.#value('status') === 'reserved'
  }

  payload(): Buffer {
    return this.#row.payload ?? Buffer.alloc(0)
  }

  error(): string | null {
    return this.#row.values.at(-1)?.toString('utf8') || null
  }

  at(): number | null {
    return this.#state === 'reserved' ? this.summary().at : Math.round(-1000 * Number(this.#row.score))
  }

  summary(): JobSummary {
    return summaryOf(this.#whole(), this.#state)
  }

  #value(name: (typeof textFields)[number]): string | undefined {
    return this.#row.values[textFields.indexOf(name)]?.toString('utf8')
  }

  #whole(): StoredJob {
    if (this.#stored !== null) return this.#stored
    const { id, score, size, payload, values } = this.#row
    const known = textFields.flatMap((name) => {
      const value = this.#value(name)
      return value === undefined ? [] : [[name, value] as const]
    })
    const ends = payload && payload.length > rowPart.head + rowPart.tail
    this.#stored = {
      id: id.toString('utf8'),
      score: score ?? '',
      type: size < 0 ? 'string' : known.length > 0 || size > 0 ? 'hash' : 'none',
      values: Object.fromEntries(known),
      payload:
        size <= 0
          ? null
          : {
              bytes: (ends ? payload.subarray(0, rowPart.head) : payload) ?? Buffer.alloc(0),
              tail: ends ? payload.subarray(-rowPart.tail) : Buffer.alloc(0),
              size,
            },
      exception: values.at(-1)?.subarray(0, rowPart.exception).toString('utf8') ?? '',
    }
    return this.#stored
  }
}

/** A moment and how many jobs there were by then: [unix seconds, jobs]. Reads only. */
const freezeLua = `
local time = redis.call('TIME')
local now = time[1] .. '.' .. string.format('%06d', time[2])
return { now, redis.call('ZCOUNT', KEYS[1], '-' .. now, '+inf') }`

/**
 * 1 round trip (2 where the user may not run scripts), O(log n): those that came until now by the server's clock. Of
 * reserved jobs what a page finds, in 2.
 */
export async function freeze(reader: Reader, queue: QueueRef, state: string): Promise<Frozen> {
  if (!isState(state)) throw new SluiceError('NOT_FOUND', `Horizon has no state named ${state}.`)
  if (state === 'reserved') {
    return { count: (await page(reader, queue, state, { offset: 0, limit: 0 })).total, mark: '0' }
  }
  const key = keyOf(queue, setOfState[state])
  const [reply] = await reader.pipeline([['EVAL', freezeLua, 1, key]])
  const [at, found] = itemsOf(reply)
  if (at instanceof Buffer) return { count: Number(found), mark: at.toString('latin1') }
  if (isWrongType(reply)) throw new SluiceError('WRONG_TYPE')
  const [time] = await reader.pipeline([['TIME'], ['EXISTS', key]]) // the time at the master that has the key
  if (time instanceof Error) throw time
  const now = (clockOf(time) / 1000).toFixed(6)
  return { count: Number(await reader.call('ZCOUNT', key, `-${now}`, '+inf')), mark: now }
}
