import type { Kind } from '../../../domain/queue.ts'
import { HeaderCell } from '../../ui/grid-cells.tsx'
import { timeHeading } from './job-pages.model.ts'

/*
 * Four widths of the table. What a narrow one leaves out is in the job itself: below 900 px the place, the payload of a
 * failed job, attempts and size; below 640 px the id and progress; below 420 px (beside a job) all but what the job is about.
 */
export const hideMiddle = '@max-[900px]:hidden'
export const hideNarrow = '@max-[640px]:hidden'
export const hideTiny = '@max-[420px]:hidden'

// Written out, so that the style sheet has them.
const grids = {
  failed:
    'grid-cols-[32px_72px_minmax(90px,150px)_minmax(90px,160px)_minmax(140px,1.2fr)_minmax(120px,1fr)_92px_52px_68px_8px] @max-[900px]:grid-cols-[32px_minmax(80px,140px)_minmax(80px,150px)_1fr_92px_8px] @max-[640px]:grid-cols-[32px_minmax(80px,130px)_1fr_84px_8px] @max-[420px]:grid-cols-[32px_1fr_76px_8px]',
  active:
    'grid-cols-[32px_72px_minmax(90px,150px)_minmax(90px,160px)_84px_1fr_92px_52px_68px_8px] @max-[900px]:grid-cols-[32px_minmax(80px,140px)_minmax(80px,150px)_84px_1fr_92px_8px] @max-[640px]:grid-cols-[32px_minmax(80px,130px)_1fr_84px_8px] @max-[420px]:grid-cols-[32px_1fr_76px_8px]',
  plain:
    'grid-cols-[32px_72px_minmax(90px,150px)_minmax(90px,160px)_1fr_92px_52px_68px_8px] @max-[900px]:grid-cols-[32px_minmax(80px,140px)_minmax(80px,150px)_1fr_92px_8px] @max-[640px]:grid-cols-[32px_minmax(80px,130px)_1fr_84px_8px] @max-[420px]:grid-cols-[32px_1fr_76px_8px]',
}

export interface ColumnSet {
  readonly grid: string
  readonly error: boolean
  readonly progress: boolean
}

/** Failed jobs show their error before their payload, active ones their progress. */
export function columnsOf(kind: Kind): ColumnSet {
  if (kind === 'failed') return { grid: grids.failed, error: true, progress: false }
  if (kind === 'active') return { grid: grids.active, error: false, progress: true }
  return { grid: grids.plain, error: false, progress: false }
}

export function JobHeader({ kind }: { kind: Kind }) {
  const { error, progress } = columnsOf(kind)
  const time = timeHeading(kind)
  return (
    <>
      <HeaderCell end className={hideMiddle} title="Place in the list">
        #
      </HeaderCell>
      <HeaderCell className={hideNarrow}>Id</HeaderCell>
      <HeaderCell className={hideTiny}>Type</HeaderCell>
      {progress && <HeaderCell className={hideNarrow}>Progress</HeaderCell>}
      {error && <HeaderCell>Error</HeaderCell>}
      <HeaderCell className={error ? hideMiddle : undefined}>Payload</HeaderCell>
      <HeaderCell end title={time.title}>
        {time.label}
      </HeaderCell>
      <HeaderCell end className={hideMiddle} title="Attempts so far, of those allowed">
        Tries
      </HeaderCell>
      <HeaderCell end className={hideMiddle}>
        Size
      </HeaderCell>
    </>
  )
}
