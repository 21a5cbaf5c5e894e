import type { Cost } from '../../domain/sample.ts'
import { formatBytes, formatDuration } from '../ui/format.ts'

const short = (value: number) => (value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10))

/** What Sluice costs one Redis, in a few words: `2.1 commands/s, 0.3 ms/s`. */
export function costWords({ commandsPerSecond, redisMsPerSecond }: Cost): string {
  return `${short(commandsPerSecond)} commands/s, ${short(redisMsPerSecond)} ms/s`
}

/** The same in whole sentences, for who points at it. */
export function costSentences(cost: Cost): string {
  const { commandsPerSecond, redisMsPerSecond, bytesPerSecond, sockets, everyMs, heldBack } = cost
  return [
    `Sluice sends this Redis ${short(commandsPerSecond)} commands a second over ${sockets} ${sockets === 1 ? 'socket' : 'sockets'} (${formatBytes(bytesPerSecond)}/s).`,
    `Counting and finding queues takes ${short(redisMsPerSecond)} ms of each second of it, every ${formatDuration(everyMs)}.`,
    ...(heldBack ? ['It would read more often, were it not for the budget of this connection.'] : []),
  ].join(' ')
}
