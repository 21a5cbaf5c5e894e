import { type MouseEvent, type PointerEvent, type ReactNode, useId } from 'react'
import { classNames } from '../../ui/class-names.ts'
import type { LongScroll } from './use-long-scroll.ts'

export const rowHeight = 28
export const headerHeight = 28

interface JobGridProps {
  label: string
  count: number
  scroll: LongScroll
  columns: string
  header: ReactNode
  cursor: number
  isSelected(index: number): boolean
  renderRow(index: number): ReactNode
  onRowClick(index: number, event: MouseEvent): void
  onPointerMove?(event: PointerEvent): void
}

/** The table of a state: any number of rows, of which those in sight exist. */
export function JobGrid(props: JobGridProps) {
  const { label, count, scroll, columns, header, cursor, isSelected, renderRow, onRowClick, onPointerMove } = props
  const id = useId()
  const drawn = Math.max(0, scroll.last - scroll.first + 1)
  return (
    // biome-ignore lint/a11y/useSemanticElements: table elements cannot be placed one by one
    <div
      ref={scroll.scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={count + 1}
      aria-multiselectable
      aria-activedescendant={cursor >= scroll.first && cursor <= scroll.last ? `${id}-${cursor}` : undefined}
      onPointerMove={onPointerMove}
      className="@container min-h-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain focus-visible:outline-none"
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div
        role="row"
        tabIndex={-1}
        aria-rowindex={1}
        className={classNames('sticky top-0 z-20 grid items-stretch border-b border-line bg-canvas', columns)}
        style={{ height: headerHeight }}
      >
        {header}
      </div>
      <div role="presentation" className="relative" style={{ height: scroll.height }}>
        {Array.from({ length: drawn }, (_, place) => scroll.first + place).map((index) => {
          const selected = isSelected(index)
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: Enter is a command of the whole screen
            // biome-ignore lint/a11y/useSemanticElements: as above
            <div
              // A row that leaves at one end comes back as the one that enters at the other: little is made anew.
              key={index % scroll.mostDrawn}
              id={`${id}-${index}`}
              role="row"
              tabIndex={-1}
              aria-rowindex={index + 2}
              aria-selected={selected}
              onClick={(event) => onRowClick(index, event)}
              className={classNames(
                'absolute inset-x-0 top-0 grid items-center border-b border-line/60 outline-none',
                columns,
                selected ? 'bg-selected' : index === cursor ? 'bg-hover' : 'hover:bg-hover',
                index === cursor && 'before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
              )}
              style={{ height: rowHeight, transform: `translateY(${scroll.y(index)}px)` }}
            >
              {renderRow(index)}
            </div>
          )
        })}
      </div>
    </div>
  )
}
