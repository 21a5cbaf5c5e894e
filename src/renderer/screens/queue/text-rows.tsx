import { memo, type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import type { StoredText } from '../../../domain/job.ts'
import { classNames } from '../../ui/class-names.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { base64Bytes, hexColumns, hexRow } from './hex.model.ts'
import { lineTokens, type TokenKind } from './json-tokens.model.ts'
import { columnsAt, type Layout, type Line } from './line-index.model.ts'
import { useLineIndex } from './use-line-index.ts'
import { useLongScroll } from './use-long-scroll.ts'

const rowHeight = 18
/** Rows that are shown without a scrollbar of their own. */
const openRows = 24

const colours: Record<TokenKind, string> = {
  key: 'text-accent',
  string: 'text-ink',
  number: 'text-good',
  literal: 'text-warn',
  punctuation: 'text-faint',
  other: 'text-bad',
}

interface TextRowsProps {
  stored: StoredText
  layout: Layout
  /** Takes all the height there is, instead of that of its rows up to a limit. */
  fill?: boolean
  label: string
}

/** Stored text of any length, of which only the rows in sight are drawn: JSON, plain text, or a dump of bytes. */
export function TextRows({ stored, layout, fill, label }: TextRowsProps) {
  return stored.encoding === 'base64' ? (
    <HexRows base64={stored.text} fill={fill} label={label} />
  ) : (
    <LineRows text={stored.text} layout={layout} fill={fill} label={label} />
  )
}

function LineRows({ text, layout, fill, label }: { text: string; layout: Layout; fill?: boolean; label: string }) {
  const [columns, measure] = useColumns()
  const { index, count } = useLineIndex(text, layout, columns)
  const digits = Math.max(2, String(index.lines).length)
  return (
    <Rows count={count} fill={fill} label={label} measure={measure}>
      {(row) => {
        const line = index.at(row)
        return (
          <>
            <span
              aria-hidden
              className="shrink-0 pr-2 text-end text-faint/70 select-none"
              style={{ width: `calc(${digits}ch + 20px)` }}
            >
              {line.number}
            </span>
            <LineText text={text.slice(line.start, line.end)} line={line} layout={layout} columns={columns} />
          </>
        )
      }}
    </Rows>
  )
}

interface LineTextProps {
  text: string
  line: Line
  layout: Layout
  columns: number
}

function LineText({ text, line, layout, columns }: LineTextProps) {
  if (layout === 'raw') {
    return (
      <span className="whitespace-pre" style={{ tabSize: 4 }}>
        {text !== '' && <RedisText text={text} lines className="whitespace-pre! wrap-normal!" />}
      </span>
    )
  }
  const indent = columns - columnsAt(columns, line.depth)
  return (
    <span className="whitespace-pre" style={{ paddingLeft: `${Math.min(2 * line.depth, Math.max(indent, 0))}ch` }}>
      {lineTokens(text, line.inString).map((token, place) =>
        token.kind === 'punctuation' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no identity but their place
          <span key={place} className={colours.punctuation}>
            {token.text}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <RedisText key={place} text={token.text} className={colours[token.kind]} />
        ),
      )}
    </span>
  )
}

function HexRows({ base64, fill, label }: { base64: string; fill?: boolean; label: string }) {
  const count = Math.max(1, Math.ceil(base64Bytes(base64) / hexColumns))
  return (
    <Rows count={count} fill={fill} label={label}>
      {(row) => {
        const { offset, hex, characters } = hexRow(base64, row)
        return (
          <span className="whitespace-pre">
            <span className="px-2 text-faint select-none">{offset}</span>
            {hex}
            <span className="px-3 text-muted">{characters}</span>
          </span>
        )
      }}
    </Rows>
  )
}

interface RowsProps {
  count: number
  fill?: boolean
  label: string
  measure?: (element: HTMLElement) => () => void
  children: (row: number) => ReactNode
}

function Rows({ count, fill, label, measure, children }: RowsProps) {
  const { scroller, height, first, last, y } = useLongScroll({ count, rowHeight, more: 12 })
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => (box.current === null ? undefined : measure?.(box.current)), [measure])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <section> would be a landmark
    <div
      role="region"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      data-selectable=""
      ref={useCallback(
        (node: HTMLDivElement | null) => {
          box.current = node
          return scroller(node)
        },
        [scroller],
      )}
      className={classNames('overflow-auto bg-sunken font-mono text-sm', fill && 'min-h-0 flex-1')}
      style={fill ? undefined : { height: Math.min(count, openRows) * rowHeight + 10 }}
    >
      <div className="relative my-1" style={{ height }}>
        {Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place).map((row) => (
          <div
            key={row}
            dir="ltr"
            className="absolute left-0 flex min-w-full"
            style={{ height: rowHeight, lineHeight: `${rowHeight}px`, transform: `translateY(${y(row)}px)` }}
          >
            <Row row={row} render={children} />
          </div>
        ))}
      </div>
    </div>
  )
}

const Row = memo(({ row, render }: { row: number; render: RowsProps['children'] }) => render(row))

/** Characters that fit into a row beside the line numbers; measured again when the width rests. */
function useColumns(): [number, (element: HTMLElement) => () => void] {
  const [columns, setColumns] = useState(80)
  const measure = useCallback((element: HTMLElement) => {
    let timer: ReturnType<typeof setTimeout>
    const look = () => {
      const probe = document.createElement('span')
      probe.textContent = '0'.repeat(50)
      probe.style.cssText = 'position:absolute;visibility:hidden;white-space:pre'
      element.append(probe)
      const width = probe.getBoundingClientRect().width / 50
      probe.remove()
      // Room for line numbers of six digits and a scrollbar.
      if (width > 0) setColumns(Math.max(24, Math.floor((element.clientWidth - 28) / width) - 8))
    }
    look()
    const observer = new ResizeObserver(() => {
      clearTimeout(timer)
      timer = setTimeout(look, 120)
    })
    observer.observe(element)
    return () => {
      clearTimeout(timer)
      observer.disconnect()
    }
  }, [])
  return [columns, measure]
}
