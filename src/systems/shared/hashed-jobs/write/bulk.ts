import type { Reply, Writer } from '../../../handles.ts'
import type { Frozen, Run, StepOutcome, TrashSlot } from '../../../system.ts'
import { itemsOf } from '../replies.ts'
import { refusedIn } from './answers.ts'

/** Jobs that the first script takes. */
const firstChunk = 200
const leastChunk = 50
/** Scripts on their way at a time: while one runs the next one is there already, so that Redis never waits for us. */
const abreast = 2

/** Keys of a trash entry of these libraries; the entry itself is `trash.key`. */
export const bulkKeys = ({ key }: TrashSlot) => ({
  items: `${key}:items`,
  refused: `${key}:refused`,
  frozen: `${key}:frozen`,
})

/**
 * Lua of what scripts over very many jobs know of each other: the entry of the trash counts what is done and refused, and
 * `tally` answers [done, refused, jobs that this script came to, jobs left]. So each of them goes on where the one before
 * it ended, whoever sent that. KEYS[4] is the hash of refused ids and codes.
 */
export const tallyLua = `
local refusedKey = KEYS[4]
local function counted(name)
  return tonumber(call('HGET', KEYS[3], name) or 0)
end
local function refuse(id, code)
  if call('HSET', refusedKey, id, code) == 1 then call('HINCRBY', KEYS[3], 'refused', 1) end
end
local function tally(came, left, ttl)
  if call('EXISTS', refusedKey) == 1 then call('PEXPIRE', refusedKey, ttl) end
  return { counted('done'), counted('refused'), came, left }
end`

/**
 * Runs a script over all jobs of a frozen state, chunk by chunk, until they are done, refused or gone. `send` gets how
 * many jobs to take, and gives what `tally` answered. A script that came to fewer, because its time was up, makes the
 * next ones smaller. Told to end, it lets those end that are on their way; `left` says how many jobs were left then.
 */
export async function runInBulk(
  writer: Writer,
  trash: TrashSlot,
  { count }: Pick<Frozen, 'count'>,
  run: Run,
  mostInChunk: number,
  send: (most: number) => Promise<Reply>,
): Promise<StepOutcome & { stopped: boolean }> {
  let [done, refused, left, chunk, underway] = [0, 0, count, Math.min(firstChunk, mostInChunk), 0]
  let over = count === 0
  let stopped = false
  const take = async (most: number) => {
    underway += most
    try {
      const [nowDone, nowRefused, came, rest] = itemsOf(await send(most)).map(Number)
      // They are answered in their order, so that the last answer is the newest.
      done = Math.max(done, nowDone ?? 0)
      refused = Math.max(refused, nowRefused ?? 0)
      left = rest ?? 0
      chunk = nextChunk(most, came ?? 0, mostInChunk)
      over ||= came === 0 || left === 0 || done + refused >= count
      run.progress(done + refused, Math.max(count, done + refused))
    } finally {
      underway -= most
    }
  }
  const onTheWay: Promise<void>[] = []
  for (;;) {
    while (onTheWay.length < abreast && !over && !stopped) {
      const open = count - done - refused - underway
      if (open <= 0) break
      const most = run.signal.aborted ? 0 : await run.next(Math.min(chunk, open))
      stopped = most === 0 || run.signal.aborted
      if (stopped || over) break
      const sent = take(most)
      sent.catch(() => {}) // it is told when it is this one's turn
      onTheWay.push(sent)
    }
    const next = onTheWay.shift()
    if (next === undefined) break
    try {
      await next
    } catch (error) {
      await Promise.allSettled(onTheWay) // what they did counts
      throw error
    }
  }
  const open = Math.max(0, count - done - refused)
  const rest = stopped ? Math.min(open, left) : 0
  return {
    done,
    missing: open - rest,
    refused: refused > 0 ? await refusedIn(writer, bulkKeys(trash).refused) : [],
    ...(rest > 0 && { left: rest }),
    stopped,
  }
}

/** How many jobs the next script takes: as many as the last one came to, or more where that was too easy. */
function nextChunk(chunk: number, came: number, most: number): number {
  return came < chunk ? Math.max(Math.min(leastChunk, most), came) : Math.min(most, chunk * 2)
}

/** Keys of a script over very many jobs, in the order that its Lua wants. */
export function keysOf(base: string, trash: TrashSlot, ...others: string[]): string[] {
  const { items, refused } = bulkKeys(trash)
  return [base, items, trash.key, refused, ...others]
}
