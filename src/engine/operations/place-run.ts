import { asSluiceError } from '../../domain/errors.ts'
import type { Run, StepOutcome, TrashSlot } from '../../systems/system.ts'
import { trashTtlOf } from '../journal/journal-line.ts'
import type { Connection } from '../redis/connection.ts'
import type { BulkPlace, BulkQuestion, StepTools } from './bulk-work.ts'
import type { Gate } from './gate.ts'
import { isReceiptLost, type NumberedWriter, numberedWriter } from './numbered-writer.ts'
import type { ReplayLog } from './replay-log.ts'
import type { Other, RunLine } from './run-file.ts'
import type { PendingChunk, PlaceState } from './run-state.ts'

/** What the run of a place needs of the run that it belongs to. */
export interface PlaceTools {
  readonly number: number
  readonly question: BulkQuestion
  readonly gate: Gate
  readonly log: ReplayLog
  /** How far the place is, by what was written down. */
  state(): PlaceState
  /** Numbers chunks of the whole run. */
  nextChunk(): number
  write(line: RunLine, later?: boolean): Promise<void>
  connection(): Connection
  /** Does work again and again until it is done or fails for another reason than that Redis is away. */
  steadily<T>(work: () => Promise<T>): Promise<T>
  onTrouble(problem: string | null): void
  progress(done: number, total: number): void
}

/** How a place ended. `complete` is false when jobs were left as they were. */
export interface PlaceOutcome {
  readonly done: number
  readonly missing: number
  readonly refused: number
  readonly left: number
  readonly others: readonly Other[]
}

/** How long a receipt is kept while a run may go on, ms. */
const receiptMs = 7 * 24 * 60 * 60 * 1000
const usualChunk = 100
/** Scripts that one try of a whole may send, at most. */
const perEpoch = 1_000_000_000

/** Does what a run has to do at one place, or the rest of it. Throws what it cannot get over, and Stopped. */
export async function runPlace(place: BulkPlace, tools: PlaceTools): Promise<PlaceOutcome> {
  const key = tools.state().key ?? ''
  const trash: TrashSlot = { key, ttlMs: trashTtlOf(tools.question.action) }
  const { how } = place
  if (how.type === 'chunks') return chunks(place, how, trash, tools)
  const outcome = await (how.type === 'whole' ? whole(how, trash, tools) : replayed(place, how, trash, tools))
  const { done, missing, refused, left = 0 } = outcome
  return { done, missing, refused: refused.length, left, others: othersOf(outcome, []) }
}

type ByChunks = Extract<BulkPlace['how'], { type: 'chunks' }>
type AtOnce = Exclude<BulkPlace['how'], ByChunks>

async function chunks(place: BulkPlace, how: ByChunks, trash: TrashSlot, tools: PlaceTools): Promise<PlaceOutcome> {
  const { gate, state, number } = tools
  const most = how.most ?? usualChunk

  async function chunk(items: readonly string[], earlier: PendingChunk | null): Promise<void> {
    const { last, at, behind } = state()
    const first = earlier?.first ?? last + 1
    const id = earlier?.chunk ?? tools.nextChunk()
    if (earlier === null) {
      await tools.steadily(async () => {
        if (last > 0 && Date.now() - at > receiptMs / 2) await writerOf(trash, tools, last).fence(last)
        await tools.write({
          t: 'chunk',
          place: number,
          chunk: id,
          from: behind,
          size: items.length,
          first,
          at: Date.now(),
        })
      })
    }
    await tools.log.begin(id)
    const { outcome, writer } = await tools.steadily(async () => {
      tools.log.rewind()
      const writer = writerOf(trash, tools, first - 1)
      const run: Run = { signal: gate.cancelled, progress: () => {}, next: async (wanted) => wanted }
      return { outcome: await how.step(items, stepTools(writer, trash, tools, run)), writer }
    })
    const { done, missing, refused } = outcome
    const others = othersOf(outcome, items)
    const did = { done, missing, refused: refused.length, last: writer.last, others }
    await tools.steadily(() => tools.write({ t: 'did', place: number, chunk: id, ...did }, true))
  }

  const { pending } = state()
  if (pending !== null) {
    for await (const items of how.items(pending.size, pending.from)) {
      await chunk(items, pending)
      break
    }
  }
  for await (const group of how.items(most, state().behind)) {
    let rest: string[] = group
    while (rest.length > 0) {
      const count = await gate.next(rest.length)
      if (count === 0) return countsOf(place, state())
      await chunk(rest.slice(0, count), null)
      rest = rest.slice(count)
    }
  }
  return countsOf(place, state())
}

function countsOf({ count }: BulkPlace, { done, missing, refused, behind }: PlaceState): PlaceOutcome {
  return { done, missing, refused, left: Math.max(0, count - behind), others: [] }
}

async function whole(how: AtOnce, trash: TrashSlot, tools: PlaceTools): Promise<StepOutcome> {
  return tools.steadily(async () => {
    const { epoch } = tools.state()
    await tools.write({ t: 'epoch', place: tools.number, epoch: epoch + 1 })
    const writer = writerOf(trash, tools, epoch * perEpoch, null)
    if (epoch > 0) await writer.fence(epoch * perEpoch)
    const run: Run = { signal: tools.gate.cancelled, progress: tools.progress, next: (most) => tools.gate.next(most) }
    return how.work(stepTools(writer, trash, tools, run))
  })
}

async function replayed(place: BulkPlace, how: AtOnce, trash: TrashSlot, tools: PlaceTools): Promise<StepOutcome> {
  const { log, number, state } = tools
  const id = state().pending?.chunk ?? tools.nextChunk()
  if (state().pending === null) {
    await tools.write({ t: 'chunk', place: number, chunk: id, from: 0, size: place.count, first: 1, at: Date.now() })
  }
  await log.begin(id)
  return tools.steadily(async () => {
    log.rewind()
    const next = async (most: number) => {
      const known = log.next()
      if (known !== null) return Number(known.reply)
      const count = await tools.gate.next(most)
      log.push(count)
      return count
    }
    const run: Run = { signal: tools.gate.cancelled, progress: tools.progress, next }
    return how.work(stepTools(writerOf(trash, tools, 0), trash, tools, run))
  })
}

function writerOf(
  trash: TrashSlot,
  tools: PlaceTools,
  last: number,
  log: ReplayLog | null = tools.log,
): NumberedWriter {
  return numberedWriter({
    connection: tools.connection(),
    ...{ trash, ttlMs: receiptMs, last, signal: tools.gate.ended },
    onTrouble: tools.onTrouble,
    ...(log !== null && { log }),
  })
}

function stepTools(writer: NumberedWriter, trash: TrashSlot, tools: PlaceTools, run: Run): StepTools {
  const { log } = tools
  return {
    ...{ writer, trash, run, connection: tools.connection() },
    async remember<T>(work: () => Promise<T>): Promise<T> {
      const known = log.next()
      if (known !== null) return JSON.parse(String(known.reply)) as T
      const answer = await work()
      log.push(Buffer.from(JSON.stringify(answer)))
      return answer
    },
  }
}

/** The jobs of a chunk that were not simply done. Which ones are missing is told where the system says, or all are. */
function othersOf(outcome: StepOutcome, items: readonly string[]): Other[] {
  const { missing, refused } = outcome
  const gone = outcome.gone ?? (missing > 0 && missing === items.length ? items : null)
  const others: Other[] = refused.map(({ ref, reason }) => ({ ref, what: 'refused', reason }))
  if (gone !== null) return [...others, ...gone.map((ref): Other => ({ ref, what: 'missing', reason: goneReason }))]
  if (missing === 0) return others
  return [...others, { ref: '', what: 'missing', reason: `${missing} of ${items.length} jobs were no longer there.` }]
}

const goneReason = 'It was no longer there.'

/** Whether an error says that Redis, or the right to write, may come back. */
export function mayComeBack(error: unknown): boolean {
  const { code, retryable } = asSluiceError(error)
  if (isReceiptLost(error)) return false
  return retryable || code === 'READ_ONLY' || code === 'NOT_OPEN' || code === 'OUTCOME_UNKNOWN'
}
