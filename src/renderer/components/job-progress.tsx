import type { JobProgress, JobRecord } from '../../domain/job-record.ts'
import { Badge } from '../ui/badge.tsx'
import { classNames } from '../ui/class-names.ts'
import { Meter } from '../ui/meter.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { failureLooks, progressShare, progressWords } from './job-progress.model.ts'

/** A bar and words: how far a job is, as its handler told. Without a known share the bar is left out. */
export function ProgressLine({ progress, className }: { progress: JobProgress; className?: string }) {
  const share = progressShare(progress)
  const words = progressWords(progress)
  return (
    <div className={classNames('flex min-w-0 flex-col gap-1', className)}>
      {(share !== null || words !== '') && (
        <div className="flex min-w-0 items-center gap-2">
          {share !== null && <Meter share={share} label="Progress" valueText={words} className="min-w-12 flex-1" />}
          {words !== '' && <span className="shrink-0 text-sm text-muted">{words}</span>}
        </div>
      )}
      {progress.message !== null && <RedisText text={progress.message} truncate className="text-sm text-muted" />}
    </div>
  )
}

/** What became of a try, in a word. */
export function OutcomeBadge({ record: { endedAt, failure } }: { record: JobRecord }) {
  if (endedAt === null) return <Badge tone="accent">running</Badge>
  if (failure === null) return <Badge tone="good">done</Badge>
  const { label, meaning } = failureLooks[failure.kind]
  return (
    <Badge tone={failure.kind === 'taken' ? 'warn' : 'bad'} title={meaning}>
      {label}
    </Badge>
  )
}
