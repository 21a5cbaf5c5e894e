import type { OutputLog } from '../processes/output-log.ts'
import { goodRunMs } from './restarts.ts'
import type { Ended } from './worker-process.ts'

/** Why a line of workers is not started again, with the last words of its last process: a sentence or two. */
export function whyGivenUp(
  how: Ended,
  { inARow, queues, pid }: { inARow: number; queues: string | null; pid: number | null },
  output: OutputLog,
): string {
  const where = queues === null ? '' : ` for ${queues}`
  const times = inARow === 1 ? '' : `${inARow} times in a row, each time `
  const last = inARow === 1 ? '' : 'the last time '
  const ends = `It ended${where} ${times}within ${secondsText(goodRunMs)} of its start, ${last}${howText(how)}`
  const said = pid === null ? '' : lastWords(output, pid)
  return `${ends}, and is not started again.${said === '' ? '' : ` It said: ${said}`}`
}

/** How a process ended, to stand after "It ended". */
export function howText({ code, signal, problem }: Ended): string {
  if (problem !== null) return `because ${problem.charAt(0).toLowerCase()}${problem.slice(1).replace(/\.$/, '')}`
  return signal === null ? `with code ${code}` : `by ${signal}`
}

export const secondsText = (ms: number) => `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`

/** The last lines that a process wrote to stderr, or else to stdout; at most 600 characters. */
function lastWords(output: OutputLog, pid: number): string {
  const lines = output
    .read({ search: '', after: 0 })
    .lines.filter((line) => line.pid === pid && line.text.trim() !== '' && line.from !== 'sluice')
  const from = lines.some((line) => line.from === 'err') ? 'err' : 'out'
  const said = lines.filter((line) => line.from === from).slice(-3)
  return said
    .map(({ text }) => text.trim())
    .join(' / ')
    .slice(-600)
}
