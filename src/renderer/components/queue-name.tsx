import type { QueueRef, SystemId } from '../../domain/queue.ts'
import { RedisText } from '../ui/redis-text.tsx'
import { SystemIcon } from './system-label.tsx'

/** What each system has before its names unless someone chose otherwise; said only when it is something else. */
const usualPrefix: Partial<Record<SystemId, string>> = {
  'plain-list': 'queue:',
  laravel: 'laravel_database_',
  bull: 'bull',
  bullmq: 'bull',
}

/** The prefix of a queue where it is not the one that its system usually has; else null. */
export function unusualPrefix({ prefix, system }: QueueRef): string | null {
  return prefix === '' || prefix === usualPrefix[system] ? null : prefix
}

/** A queue: the sign of its system, its prefix where it is not the usual one, and its name. */
export function QueueName({ queue, icon = true }: { queue: QueueRef; icon?: boolean }) {
  const prefix = unusualPrefix(queue)
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      {icon && <SystemIcon system={queue.system} />}
      <RedisText text={queue.name} truncate className="font-medium" />
      {prefix !== null && <RedisText text={prefix} truncate className="max-w-24 shrink-[999] text-sm text-faint" />}
    </span>
  )
}
