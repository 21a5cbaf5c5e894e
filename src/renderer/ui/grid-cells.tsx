// biome-ignore-all lint/a11y/useSemanticElements: table elements cannot be placed one by one, which drawing only the rows in sight needs
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

interface CellProps {
  /** Numbers stand at the end. */
  end?: boolean
  className?: string
  title?: string
  children?: ReactNode
}

/** One cell of a row. */
export function Cell({ end, className, title, children }: CellProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active row
    <div role="gridcell" title={title} className={classNames('min-w-0 px-1.5', end && 'text-end', className)}>
      {children}
    </div>
  )
}

interface HeaderCellProps extends CellProps {
  /** Present when the column sorts: the order it is in now, or null. */
  sorted?: 'ascending' | 'descending' | null
  onSort?(): void
}

/** The heading of a column; a button where it sorts. */
export function HeaderCell({ end, className, title, sorted, onSort, children }: HeaderCellProps) {
  const arrow = sorted === 'ascending' ? '↑' : sorted === 'descending' ? '↓' : ''
  const look = classNames(
    'flex h-full w-full items-center gap-0.5 px-1.5 text-xs whitespace-nowrap',
    end && 'justify-end',
    sorted ? 'font-medium text-ink' : 'text-faint',
  )
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the button inside has the focus
    <div
      role="columnheader"
      aria-sort={onSort === undefined ? undefined : (sorted ?? 'none')}
      title={title}
      className={classNames('min-w-0', className)}
    >
      {onSort === undefined ? (
        <span className={look}>{children}</span>
      ) : (
        <button type="button" onClick={onSort} className={classNames(look, 'hover:text-ink')}>
          {end && arrow}
          <span className="min-w-0 truncate">{children}</span>
          {!end && arrow}
        </button>
      )}
    </div>
  )
}
