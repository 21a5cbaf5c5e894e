import { type MouseEvent, memo } from 'react'
import type { Kind } from '../../../domain/queue.ts'
import type { FoundJob } from '../../../domain/search.ts'
import { badgeWords } from '../../components/badge-words.ts'
import { AttemptsCell, BytesCell } from '../../components/job-cells.tsx'
import { kindLook } from '../../components/kind-look.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { Badge } from '../../ui/badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount } from '../../ui/format.ts'
import { Cell, HeaderCell } from '../../ui/grid-cells.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SelectBox } from '../../ui/select-box.tsx'
import { RelativeTime } from '../../ui/time.tsx'

/*
 * Three widths. Below 1,100 px error and payload share a column and the size is left out; below 900 px the id and the
 * tries too: they are in the job itself. Where no match has an error, its column is left out at any width.
 */
const wide = '@max-[1100px]:hidden'
const middle = '@max-[900px]:hidden'
const narrower =
  '@max-[1100px]:grid-cols-[32px_minmax(100px,160px)_112px_minmax(80px,130px)_minmax(80px,150px)_1fr_84px_52px_8px] @max-[900px]:grid-cols-[32px_minmax(90px,140px)_112px_minmax(70px,120px)_1fr_84px_8px]'
const withErrors = `grid-cols-[32px_minmax(110px,150px)_112px_minmax(90px,140px)_minmax(90px,150px)_minmax(140px,1fr)_minmax(140px,1.2fr)_88px_52px_72px_8px] ${narrower}`
const withoutErrors = `grid-cols-[32px_minmax(110px,180px)_112px_minmax(90px,150px)_minmax(90px,170px)_1fr_88px_52px_72px_8px] ${narrower}`

export const foundColumns = (errors: boolean): string => (errors ? withErrors : withoutErrors)

const unknown = <span className="text-faint">–</span>

export function FoundHeader({ errors }: { errors: boolean }) {
  return (
    <>
      <HeaderCell>Queue</HeaderCell>
      <HeaderCell>State</HeaderCell>
      <HeaderCell>Type</HeaderCell>
      <HeaderCell className={middle}>Id</HeaderCell>
      {errors && <HeaderCell className={wide}>Error</HeaderCell>}
      <HeaderCell className={wide}>Payload</HeaderCell>
      <HeaderCell className="hidden @max-[1100px]:block">{errors ? 'Error or payload' : 'Payload'}</HeaderCell>
      <HeaderCell end title="When it entered its state, or was created">
        Since
      </HeaderCell>
      <HeaderCell end className={middle} title="Attempts so far, of those allowed">
        Tries
      </HeaderCell>
      <HeaderCell end className={wide}>
        Size
      </HeaderCell>
    </>
  )
}

interface FoundCellsProps {
  found: FoundJob
  index: number
  selected: boolean
  stateLabel: string
  kind: Kind | null
  /** Some match has an error. */
  errors: boolean
  onSelect(index: number, event: MouseEvent): void
}

export const FoundCells = memo(function FoundCells({
  found,
  index,
  selected,
  stateLabel,
  kind,
  errors,
  onSelect,
}: FoundCellsProps) {
  const { queue, job } = found
  const at = job.at ?? job.createdAt
  const badges = job.badges.map((badge) => (
    <Badge key={badge} tone={badgeWords[badge].tone} title={badgeWords[badge].meaning}>
      {badgeWords[badge].label}
    </Badge>
  ))
  const error = job.error === null ? null : (job.error.split('\n', 1)[0] ?? '').slice(0, 400)
  return (
    <>
      <SelectBox
        selected={selected}
        label={`Select match ${formatCount(index + 1)}`}
        onClick={(event) => onSelect(index, event)}
      />
      <Cell>
        <QueueName queue={queue} />
      </Cell>
      <Cell className="flex items-center gap-1.5">
        <span
          className={classNames('size-2 shrink-0 rounded-full', kind === null ? 'bg-line-strong' : kindLook[kind].fill)}
          aria-hidden
        />
        <span className="min-w-0 truncate" title={stateLabel}>
          {stateLabel}
        </span>
      </Cell>
      <Cell>{job.name === null ? unknown : <RedisText text={job.name} truncate className="font-medium" />}</Cell>
      <Cell className={middle}>{job.id === null ? unknown : <RedisText text={job.id} mono truncate />}</Cell>
      {errors && <Cell className={wide}>{error === null ? unknown : <RedisText text={error} truncate />}</Cell>}
      <Cell className={classNames('flex items-center gap-1.5', wide)}>
        {badges.length > 0 && <span className="flex shrink-0 gap-1">{badges}</span>}
        <RedisText text={job.preview} mono truncate className="flex-1 text-muted" />
      </Cell>
      <Cell className="hidden items-center gap-1.5 @max-[1100px]:flex">
        {badges.length > 0 && <span className="flex shrink-0 gap-1 @max-[760px]:hidden">{badges}</span>}
        {error === null ? (
          <RedisText text={job.preview} mono truncate className="flex-1 text-muted" />
        ) : (
          <RedisText text={error} truncate className="flex-1" />
        )}
      </Cell>
      <Cell end className="text-sm whitespace-nowrap text-muted">
        {at === null ? unknown : <RelativeTime at={at} />}
      </Cell>
      <AttemptsCell job={job} className={middle} />
      <BytesCell job={job} className={wide} />
    </>
  )
})
