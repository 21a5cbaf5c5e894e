import { type MouseEvent, memo } from 'react'
import type { JobSummary } from '../../../domain/job.ts'
import type { Kind } from '../../../domain/queue.ts'
import { badgeWords } from '../../components/badge-words.ts'
import { AttemptsCell, BytesCell } from '../../components/job-cells.tsx'
import { Badge } from '../../ui/badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount } from '../../ui/format.ts'
import { Cell } from '../../ui/grid-cells.tsx'
import { Meter } from '../../ui/meter.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SelectBox } from '../../ui/select-box.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { columnsOf, hideMiddle, hideNarrow, hideTiny } from './job-columns.tsx'
import { rowTime } from './job-pages.model.ts'
import { RunningSince } from './running-since.tsx'

const unknown = <span className="text-faint">–</span>

interface JobCellsProps {
  job: JobSummary
  /** Its place in the state, from 0. */
  place: number
  /** Its row in the list, which a filter makes shorter. */
  index: number
  kind: Kind
  /** How long a job of this queue may run, by its policy; null where that says nothing. */
  timeoutSeconds: number | null
  selected: boolean
  onSelect(index: number, event: MouseEvent): void
}

/** The cells of one job. */
export const JobCells = memo(function JobCells(props: JobCellsProps) {
  const { job, place, index, kind, timeoutSeconds, selected, onSelect } = props
  const { error: hasError, progress: hasProgress } = columnsOf(kind)
  const at = rowTime(job, kind)
  const badges = job.badges.map((badge) => (
    <Badge key={badge} tone={badgeWords[badge].tone} title={badgeWords[badge].meaning}>
      {badgeWords[badge].label}
    </Badge>
  ))
  return (
    <>
      <SelectBox
        selected={selected}
        label={`Select job ${formatCount(place + 1)}`}
        onClick={(event) => onSelect(index, event)}
      />
      <Cell end className={classNames('text-sm text-faint', hideMiddle)}>
        {formatCount(place + 1)}
      </Cell>
      <Cell className={hideNarrow}>{job.id === null ? unknown : <RedisText text={job.id} mono truncate />}</Cell>
      <Cell className={hideTiny}>
        {job.name === null ? unknown : <RedisText text={job.name} truncate className="font-medium" />}
      </Cell>
      {hasProgress && (
        <Cell className={classNames('flex items-center gap-1.5', hideNarrow)}>
          {job.progress !== null && (
            <>
              <Meter
                share={job.progress / 100}
                label="Progress"
                valueText={`${Math.round(job.progress)}%`}
                className="w-10"
              />
              <span className="w-7 text-end text-xs text-muted">{Math.round(job.progress)}%</span>
            </>
          )}
        </Cell>
      )}
      {hasError && (
        <Cell className="flex items-center gap-1.5">
          {job.error === null ? unknown : <RedisText text={firstLine(job.error)} truncate className="flex-1" />}
          {badges.length > 0 && (
            <span className="hidden shrink-0 gap-1 @max-[900px]:flex @max-[420px]:hidden">{badges}</span>
          )}
        </Cell>
      )}
      <Cell className={classNames('flex items-center gap-1.5', hasError && hideMiddle)}>
        {badges.length > 0 && <span className="flex shrink-0 gap-1">{badges}</span>}
        <RedisText text={job.preview} mono truncate className="flex-1 text-muted" />
      </Cell>
      <Cell end className="text-sm whitespace-nowrap text-muted">
        {at === null ? (
          unknown
        ) : kind === 'active' && timeoutSeconds !== null && job.at !== null ? (
          <RunningSince at={job.at} timeoutSeconds={timeoutSeconds} />
        ) : (
          <RelativeTime at={at} />
        )}
      </Cell>
      <AttemptsCell job={job} className={hideMiddle} />
      <BytesCell job={job} className={hideMiddle} />
    </>
  )
})

/** A row whose page is on its way, or that was no longer there when it came. */
export function EmptyCells({ index, past, error }: { index: number; past: boolean; error: boolean }) {
  return (
    <>
      <Cell />
      <Cell end className={classNames('text-sm text-faint', hideMiddle)}>
        {formatCount(index + 1)}
      </Cell>
      {past || error ? (
        <Cell className="col-[3/-1] text-sm whitespace-nowrap text-faint @max-[900px]:col-[2/-1]">
          {past ? 'No longer there: the list became shorter' : 'Could not be read'}
        </Cell>
      ) : (
        <>
          <Cell className={hideNarrow}>
            <Skeleton className="h-2.5 w-4/5" />
          </Cell>
          <Cell className={hideTiny}>
            <Skeleton className="h-2.5 w-2/3" />
          </Cell>
          <Cell>
            <Skeleton className="h-2.5 w-full max-w-96" />
          </Cell>
        </>
      )}
    </>
  )
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 400) ?? ''
}
