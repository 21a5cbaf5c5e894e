// biome-ignore-all lint/a11y/useSemanticElements: table elements cannot be placed one by one, which drawing only the rows in sight needs
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { type MouseEvent, type ReactNode, useCallback, useEffect, useId, useRef } from 'react'
import { classNames } from './class-names.ts'
import { useCommands } from './commands.ts'

export interface VirtualGridProps {
  /** What the rows are: "Queues". */
  label: string
  /** All rows there are, drawn or not. */
  count: number
  keyAt(index: number): string
  /** The cells of a row. Use <Cell> of grid-cells.tsx. */
  renderRow(index: number, active: boolean): ReactNode
  /** Height of each row in px; give a function only where rows differ. */
  rowHeight?: number | ((index: number) => number)
  /** The header row. Use <HeaderCell>. */
  header?: ReactNode
  /** Class names of the header and of each row: the columns (`grid-cols-[...]`). */
  columns: string
  /** The row that the keyboard is at; -1 for none. */
  cursor: number
  onCursor(index: number): void
  /** Enter, or a click on a row. */
  onActivate?(index: number): void
  /** A click on a row where its modifier keys mean something; in place of `onActivate`. */
  onRowClick?(index: number, event: MouseEvent): void
  /** Present where rows can be chosen: whether this one is. */
  isSelected?(index: number): boolean
  /** Whether the cursor may rest on a row; headings say false. */
  isRow?(index: number): boolean
  /** Rows that stay at the top while those below them scroll, ascending. */
  sticky?: readonly number[]
  /** The rows now drawn, to load what is needed. */
  onRange?(first: number, last: number): void
  /** After the last row. */
  footer?: ReactNode
}

/**
 * A table of any length of which only what is seen is drawn. The keyboard moves a cursor from anywhere on the screen
 * (j, k, arrows, Home, End, page keys) and Enter opens the row; only one grid a screen.
 */
export function VirtualGrid(props: VirtualGridProps) {
  const {
    label,
    count,
    keyAt,
    renderRow,
    rowHeight = 28,
    header,
    columns,
    cursor,
    onCursor,
    onActivate,
    onRange,
    footer,
  } = props
  const { isRow = always, sticky = none, onRowClick, isSelected } = props
  const scroller = useRef<HTMLDivElement>(null)
  const headerHeight = header === undefined ? 0 : 28
  const id = useId()
  const stuck = useRef(-1)
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: typeof rowHeight === 'number' ? () => rowHeight : rowHeight,
    getItemKey: keyAt,
    overscan: 8,
    scrollMargin: headerHeight,
    scrollPaddingStart: headerHeight + (sticky.length > 0 ? 36 : 0),
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        stuck.current = sticky.findLast((index) => index <= range.startIndex) ?? -1
        const drawn = defaultRangeExtractor(range)
        return stuck.current < 0 || drawn.includes(stuck.current) ? drawn : [stuck.current, ...drawn]
      },
      [sticky],
    ),
  })

  const move = (from: number, step: number, limit = 1) => {
    let at = from
    let left = limit
    for (let next = from + step; next >= 0 && next < count; next += step) {
      if (!isRow(next)) continue
      at = next
      if (--left === 0) break
    }
    if (at === from || !isRow(at)) return
    onCursor(at)
    virtualizer.scrollToIndex(at, { align: 'auto' })
  }
  const pageOf = () =>
    Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? 280) / (typeof rowHeight === 'number' ? rowHeight : 28)) - 2,
    )
  const activate = () => {
    if (cursor >= 0 && cursor < count) onActivate?.(cursor)
  }
  const key = (keys: string, title: string, run: () => void) => ({
    id: `grid.${keys}`,
    title,
    group: 'Lists',
    keys,
    keyOnly: true,
    run,
  })
  useCommands([
    key('j', 'Next row', () => move(cursor, 1)),
    key('k', 'Previous row', () => move(cursor < 0 ? count : cursor, -1)),
    key('arrowdown', 'Next row', () => move(cursor, 1)),
    key('arrowup', 'Previous row', () => move(cursor < 0 ? count : cursor, -1)),
    key('pagedown', 'One page down', () => move(cursor, 1, pageOf())),
    key('pageup', 'One page up', () => move(cursor, -1, pageOf())),
    key('home', 'First row', () => move(-1, 1)),
    key('end', 'Last row', () => move(count, -1)),
    ...(onActivate === undefined ? [] : [key('enter', 'Open the row', activate)]),
  ])

  const items = virtualizer.getVirtualItems()
  const first = items.find((item) => item.index !== stuck.current)?.index ?? 0
  const last = items.at(-1)?.index ?? -1
  useEffect(() => {
    if (last >= 0) onRange?.(first, last)
  }, [first, last, onRange])

  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-multiselectable={isSelected !== undefined || undefined}
      aria-rowcount={count + (header === undefined ? 0 : 1)}
      aria-activedescendant={cursor >= 0 && cursor < count ? `${id}-${keyAt(cursor)}` : undefined}
      className="@container min-h-0 flex-1 overflow-auto overscroll-contain focus-visible:outline-none"
    >
      {header !== undefined && (
        <div
          role="row"
          aria-rowindex={1}
          tabIndex={-1}
          className={classNames('sticky top-0 z-20 grid h-7 items-stretch border-b border-line bg-canvas', columns)}
        >
          {header}
        </div>
      )}
      <div role="presentation" className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const active = item.index === cursor
          const isStuck = item.index === stuck.current
          const plain = isRow(item.index)
          const selected = isSelected?.(item.index)
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: Enter is a command of the whole screen
            <div
              key={item.key}
              id={`${id}-${item.key}`}
              role="row"
              tabIndex={-1}
              aria-rowindex={item.index + (header === undefined ? 1 : 2)}
              aria-selected={plain ? (selected ?? active) : undefined}
              onClick={(event) => {
                if (!plain) return
                if (onRowClick !== undefined) return onRowClick(item.index, event)
                onCursor(item.index)
                onActivate?.(item.index)
              }}
              className={classNames(
                'inset-x-0 top-0',
                isStuck ? 'sticky z-10' : 'absolute',
                plain && 'grid items-center border-b border-line/60 outline-none',
                plain && columns,
                plain && ((selected ?? active) ? 'bg-selected' : active ? 'bg-hover' : 'hover:bg-hover'),
                active &&
                  selected !== undefined &&
                  'before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
              )}
              style={{
                height: item.size,
                ...(isStuck ? { top: headerHeight } : { transform: `translateY(${item.start - headerHeight}px)` }),
              }}
            >
              {renderRow(item.index, active)}
            </div>
          )
        })}
      </div>
      {footer}
    </div>
  )
}

const always = () => true
const none: readonly number[] = []
