import { ChevronRight } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import type { JobRecord } from '../../../domain/job-record.ts'
import { failureLooks, resultText, tookMs } from '../../components/job-progress.model.ts'
import { OutcomeBadge, ProgressLine, ProgressMeter } from '../../components/job-progress.tsx'
import { formatDuration } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'

/** A job in hand: how far it is, where it runs and for how long. As high whatever it tells, so that the list stands still. */
export const RunningJob = memo(function RunningJob({ record }: { record: JobRecord }) {
  return (
    <li className="flex flex-col gap-1 border-b border-line/60 px-3 py-1.5">
      <div className="flex min-w-0 items-baseline gap-2">
        <JobName record={record} />
        {record.progress?.message != null && (
          <RedisText text={record.progress.message} truncate className="flex-1 text-sm text-muted" />
        )}
        <Facts record={record} />
        <RunningFor record={record} />
      </div>
      <div className="h-5">
        {record.progress === null ? (
          <span className="text-sm text-faint">It has not told how far it is.</span>
        ) : (
          <ProgressMeter progress={record.progress} />
        )}
      </div>
    </li>
  )
})

/** Apart, because it ticks. */
function RunningFor({ record }: { record: JobRecord }) {
  const now = useNow()
  return <span className="w-16 shrink-0 text-end">{formatDuration(tookMs(record, now + 999))}</span>
}

/** A job that ended: what became of it, and on demand why, and what it returned. */
export const EndedJob = memo(function EndedJob({ record }: { record: JobRecord }) {
  const { failure, result, progress, endedAt } = record
  const summary = (
    <>
      <span className="w-30 shrink-0">
        <OutcomeBadge record={record} />
      </span>
      <JobName record={record} />
      <span className="min-w-0 flex-1 truncate text-sm">
        {failure !== null ? (
          <RedisText
            text={firstLine(failure.message)}
            truncate
            className={failure.kind === 'taken' ? 'text-muted' : 'text-bad'}
          />
        ) : (
          result !== null && <RedisText text={result} mono truncate className="text-muted" />
        )}
      </span>
      <Facts record={record} />
      <span className="w-16 shrink-0 text-end text-muted" title="How long it took">
        {formatDuration(tookMs(record, 0))}
      </span>
    </>
  )
  const look = 'flex min-h-8 min-w-0 items-center gap-2 py-1 pr-3'
  if (failure === null && result === null && progress === null) {
    return <li className={`${look} border-b border-line/60 pl-7`}>{summary}</li>
  }
  return (
    <li className="border-b border-line/60">
      <details className="group">
        <summary className={`${look} list-none pl-2 hover:bg-hover`}>
          <ChevronRight size={12} className="shrink-0 text-faint group-open:rotate-90" aria-hidden />
          {summary}
        </summary>
        <div className="flex flex-col gap-2 bg-sunken py-2 pr-3 pl-7">
          {endedAt !== null && (
            <p className="text-sm text-muted">
              Ended <RelativeTime at={endedAt} />.{failure !== null && ` ${failureLooks[failure.kind].meaning}`}
            </p>
          )}
          {progress !== null && <ProgressLine progress={progress} className="max-w-100" />}
          {failure !== null && (
            <Block>
              <RedisText text={failure.message} mono lines selectable className="wrap-anywhere" />
            </Block>
          )}
          {result !== null && (
            <Block>
              <RedisText text={resultText(result)} mono lines selectable className="wrap-anywhere" />
            </Block>
          )}
        </div>
      </details>
    </li>
  )
})

function Block({ children }: { children: ReactNode }) {
  return <div className="max-h-60 overflow-auto rounded-md border border-line bg-canvas px-2 py-1.5">{children}</div>
}

function JobName({ record: { name, id } }: { record: JobRecord }) {
  return (
    <span className="flex max-w-1/2 min-w-0 items-baseline gap-1.5">
      {name !== null && <RedisText text={name} truncate className="font-medium" />}
      {id !== null && (
        <RedisText
          text={id}
          mono
          truncate
          selectable
          className={name === null ? 'text-muted' : 'max-w-1/2 shrink-0 text-muted'}
        />
      )}
      {name === null && id === null && <span className="font-medium">Job without a name</span>}
    </span>
  )
}

function Facts({ record: { attempt, pid } }: { record: JobRecord }) {
  return (
    <span className="ml-auto flex shrink-0 gap-2 text-sm text-faint">
      {attempt > 1 && <span>attempt {attempt}</span>}
      {pid !== null && <span className="@max-[560px]:hidden">pid {pid}</span>}
    </span>
  )
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? ''
