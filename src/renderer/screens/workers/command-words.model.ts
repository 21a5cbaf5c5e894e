import type { WorkerCommandStatus } from '../../../domain/worker-command.ts'
import { formatCount } from '../../ui/format.ts'

type LastExit = NonNullable<WorkerCommandStatus['lastExit']>

/** What common exit codes of shells and programs mean. */
const codes: Readonly<Record<number, string>> = {
  126: 'the program may not be run',
  127: 'the program was not found',
  137: 'it was killed',
  143: 'it was told to end',
}

/** How a process ended: "ended with exit code 127: the program was not found", "was ended by SIGKILL". */
export function exitWords({ code, signal }: Pick<LastExit, 'code' | 'signal'>): string {
  if (signal !== null) return `was ended by ${signal}`
  if (code === null) return 'ended, nobody knows how'
  if (code === 0) return 'ended well'
  const meaning = codes[code]
  return `ended with exit code ${code}${meaning === undefined ? '' : `: ${meaning}`}`
}

/** What all processes of a command need together; null where none was looked at yet. */
export function usageOf({ processes }: WorkerCommandStatus): { cpu: number | null; memoryBytes: number | null } {
  const sum = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
  }
  return {
    cpu: sum(processes.map(({ cpu }) => cpu)),
    memoryBytes: sum(processes.map(({ memoryBytes }) => memoryBytes)),
  }
}

/** Which queues a command serves, and how they are shared out. */
export function queuesWords({ queues, share }: WorkerCommandStatus['config']): string {
  if (queues.length === 0) return 'the queues that it names itself'
  if (queues.length === 1) return queues[0]?.queue.name ?? ''
  if (share === 'together') return queues.map(({ queue }) => queue.name).join(', ')
  const words = queues.map(({ queue, weight }) =>
    share === 'weighted' ? `${queue.name} ×${formatCount(weight)}` : queue.name,
  )
  return share === 'strict' ? words.join(' before ') : words.join(', ')
}
