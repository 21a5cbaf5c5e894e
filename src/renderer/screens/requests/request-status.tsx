import { KeyRound } from 'lucide-react'
import { memo } from 'react'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatDuration } from '../../ui/format.ts'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { useNow } from '../../ui/use-now.ts'
import type { Phase } from './requests.model.ts'

export const phaseLooks: Record<Phase, { label: string; tone: Tone; fill: string }> = {
  running: { label: 'Running', tone: 'accent', fill: 'bg-accent' },
  otp: { label: 'Needs a code', tone: 'warn', fill: 'bg-kind-retrying' },
  completed: { label: 'Completed', tone: 'good', fill: 'bg-good' },
  failed: { label: 'Failed', tone: 'bad', fill: 'bg-kind-failed' },
  cancelled: { label: 'Cancelled', tone: 'neutral', fill: 'bg-kind-paused' },
}

interface StatusChipProps {
  status: string
  phase: Phase
  gone: boolean
}

/** The status in the service's own word, in the colour of what it means. */
export const StatusChip = memo(function StatusChip({ status, phase, gone }: StatusChipProps) {
  if (gone) return <Badge title="Redis has it no more: it expired, or was deleted">gone</Badge>
  return (
    <span className="flex min-w-0">
      <Badge tone={phaseLooks[phase].tone} title={`${phaseLooks[phase].label}: ${plainVisible(status)}`}>
        {phase === 'otp' && <KeyRound size={10} aria-hidden />}
        <RedisText text={status} className="max-w-24 truncate" />
      </Badge>
    </span>
  )
})

interface ProgressBarProps {
  progress: number | null
  phase: Phase
  className?: string
}

/**
 * Grows by a transform, so that nothing around it is laid out again; no rounded clip, which would cost a mask a bar and
 * frame. It glides while updates are few; in a flood it moves several times a second by itself, and gliding would only
 * cost frames. Without a known progress it is empty.
 */
export function ProgressBar({ progress, phase, className }: ProgressBarProps) {
  return (
    <div
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={progress === null ? undefined : Math.round(progress)}
      className={classNames('h-1.5 rounded-xs bg-line', className)}
    >
      <div
        className={classNames(
          'size-full origin-left rounded-xs ease-linear group-data-calm/requests:transition-transform group-data-calm/requests:duration-200',
          phaseLooks[phase].fill,
        )}
        style={{ transform: `scaleX(${(progress ?? 0) / 100})` }}
      />
    </div>
  )
}

/** Time left until an epoch ms; all of them tick together. `over` is said when it has passed. */
export function Countdown({ until, over, className }: { until: number; over: string; className?: string }) {
  const now = useNow()
  const left = Math.ceil((until - now) / 1000) * 1000
  return (
    <span className={className}>{left <= 0 ? over : left < 60_000 ? `${left / 1000} s` : formatDuration(left)}</span>
  )
}
