import { formatClock, formatDateTime, formatRelative } from './format.ts'
import { useNow } from './use-now.ts'

/** How long ago (or ahead) a time is, ticking; the exact time is in its title. */
export function RelativeTime({ at, className }: { at: number; className?: string }) {
  const now = useNow()
  return (
    <time dateTime={isoTime(at)} title={formatDateTime(at)} className={className}>
      {formatRelative(at, now + 999)}
    </time>
  )
}

/** The time of day; the date and zone are in its title. */
export function ClockTime({ at, className }: { at: number; className?: string }) {
  return (
    <time dateTime={isoTime(at)} title={formatDateTime(at)} className={className}>
      {formatClock(at)}
    </time>
  )
}

function isoTime(at: number): string | undefined {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
