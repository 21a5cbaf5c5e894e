import type { JobProgress, JobRecord } from '../../domain/job-record.ts'
import { Badge } from '../ui/badge.tsx'
import { classNames } from '../ui/class-names.ts'
import { Meter } from '../ui/meter.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { failureLooks, progressShare, progressWords } from './job-progress.model.ts'

/** How far a job is in one line: a bar where its share is known, and words. Nothing where neither is. */
export function ProgressMeter({ progress }: { progress: JobProgress }) {
  const share = progressShare(progress)
  const words = progressWords(progress)
  if (share === null && words === '') return null
  return (
    <div className="flex min-w-0 items-center gap-2">
      {share !== null && <Meter share={share} label="Progress" valueText={words} className="min-w-12 flex-1" />}
      {words !== '' && <span className="shrink-0 text-sm text-muted">{words}</span>}
    </div>
  )
}

/** The same with what its handler said, below. */
export function ProgressLine({ progress, className }: { progress: JobProgress; className?: string }) {
  return (
    <div className={classNames('flex min-w-0 flex-col gap-1', className)}>
      <ProgressMeter progress={progress} />
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
