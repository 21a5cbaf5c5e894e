import type { Reply } from '../../../handles.ts'
import type { Run } from '../../../system.ts'
import type { Answers } from './answers.ts'

/** Jobs that the first script takes. */
const firstChunk = 200
const leastChunk = 50
/** Scripts on their way at a time: while one runs the next one is there already, so that Redis never waits for us. */
const abreast = 2

/**
 * Runs a script over all jobs that ended before a moment, chunk by chunk, and counts into `answers`. `send` gets that
 * moment ('' in the first script, which sets it) and how many jobs to take. A script that came to fewer, because its time
 * was up, makes the next ones smaller. Cancelled, it lets those end that are on their way, and `answers` knows how many
 * jobs were left.
 */
export async function runInBulk(
  answers: Answers,
  run: Run,
  mostInChunk: number,
  send: (bound: string, most: number) => Promise<Reply>,
): Promise<void> {
  const first = answers.addBulk(await send('', firstChunk))
  const { moment, count: total } = first
  let chunk = nextChunk(firstChunk, first.came, mostInChunk)
  let asked = first.came
  let over = first.came === 0
  const tell = () => {
    const behind = answers.done + answers.refused.length
    run.progress(behind, Math.max(total, behind))
  }
  if (total > 0) tell()
  const onTheWay: { most: number; reply: Promise<Reply> }[] = []
  /** What the others on the way still did counts, before the first error is told. */
  const failed = async (error: unknown): Promise<never> => {
    for (const { reply } of onTheWay) await reply.then((answer) => answers.addBulk(answer)).catch(() => {})
    tell()
    throw error
  }
  for (;;) {
    while (onTheWay.length < abreast && !over && !run.signal.aborted && asked < total) {
      const most = Math.min(chunk, total - asked)
      const reply = send(moment, most)
      reply.catch(() => {}) // it is told when it is this one's turn
      onTheWay.push({ most, reply })
      asked += most
    }
    const next = onTheWay.shift()
    if (next === undefined) break
    const { came } = answers.addBulk(await next.reply.catch(failed))
    asked += came - next.most
    chunk = nextChunk(next.most, came, mostInChunk)
    over ||= came === 0
    tell()
  }
  if (run.signal.aborted) answers.left = Math.max(0, total - answers.done - answers.refused.length)
}

/** How many jobs the next script takes: as many as the last one came to, or more where that was too easy. */
function nextChunk(chunk: number, came: number, most: number): number {
  return came < chunk ? Math.max(leastChunk, came) : Math.min(most, chunk * 2)
}
