import { kinds } from '../../../domain/queue.ts'
import { kindLook } from '../../components/kind-look.ts'
import { HeaderCell } from '../../ui/grid-cells.tsx'
import type { SortColumn, Sorting } from './overview.model.ts'

/*
 * Three widths of the table. What a narrow one leaves out is still in the bar's title and in the queue itself:
 * below 1120 px the system's name, completed and paused; below 920 px also delayed, retrying, drain, course, workers.
 */
export const columns =
  'grid-cols-[minmax(140px,1fr)_80px_80px_repeat(3,58px)_66px_58px_72px_58px_58px_58px_74px_66px_76px_62px_8px] @max-[1120px]:grid-cols-[minmax(140px,1fr)_80px_repeat(3,58px)_66px_58px_58px_58px_74px_66px_76px_62px_8px] @max-[920px]:grid-cols-[minmax(120px,1fr)_72px_repeat(3,56px)_58px_60px_72px_8px]'

export const hideMiddle = '@max-[1120px]:hidden'
export const hideNarrow = '@max-[920px]:hidden'

/** Which kinds a narrower table leaves out. */
export const kindHiding: Partial<Record<(typeof kinds)[number], string>> = {
  completed: hideMiddle,
  paused: hideMiddle,
  delayed: hideNarrow,
  retrying: hideNarrow,
}

interface OverviewHeaderProps {
  sorting: Sorting
  onSort(column: SortColumn): void
}

export function OverviewHeader({ sorting, onSort }: OverviewHeaderProps) {
  const sort = (column: SortColumn) => ({
    sorted: sorting.column === column ? (sorting.descending ? ('descending' as const) : ('ascending' as const)) : null,
    onSort: () => onSort(column),
  })
  return (
    <>
      <HeaderCell {...sort('name')} className="pl-1.5">
        Queue
      </HeaderCell>
      <HeaderCell {...sort('system')} className={hideMiddle}>
        System
      </HeaderCell>
      <HeaderCell {...sort('backlog')} title="Jobs that are still to run, and failed ones">
        Depth
      </HeaderCell>
      {kinds.map((kind) => (
        <HeaderCell key={kind} end {...sort(kind)} className={kindHiding[kind]}>
          {kindLook[kind].label}
        </HeaderCell>
      ))}
      <HeaderCell end {...sort('in')} title="Jobs that come in, a minute">
        In/min
      </HeaderCell>
      <HeaderCell end {...sort('out')} title="Jobs that are done, a minute">
        Out/min
      </HeaderCell>
      <HeaderCell end {...sort('oldest')} title="Age of the job that runs next">
        Oldest
      </HeaderCell>
      <HeaderCell
        end
        {...sort('drain')}
        title="Time until the backlog is gone at the present rates"
        className={hideNarrow}
      >
        Drain
      </HeaderCell>
      <HeaderCell className={hideNarrow} title="Jobs still to run, over the last minutes">
        Course
      </HeaderCell>
      <HeaderCell end {...sort('workers')} className={hideNarrow}>
        Workers
      </HeaderCell>
    </>
  )
}
