import { memo } from 'react'
import { classNames } from './class-names.ts'
import { markedParts, plainVisible, textPieces } from './redis-text.model.ts'

interface RedisTextProps {
  text: string
  mono?: boolean
  /** Cut with an ellipsis at the end of the room there is; the title has it all. */
  truncate?: boolean
  /** Line breaks and tabs are kept as such. */
  lines?: boolean
  selectable?: boolean
  /** What was looked for is marked in it. */
  mark?: string
  className?: string
}

/**
 * Any text that came out of Redis. It has its own writing direction, cannot turn its neighbours around, and shows
 * control, zero-width and bidi characters by name instead of obeying them.
 */
export const RedisText = memo(function RedisText(props: RedisTextProps) {
  const { text, mono, truncate, lines, selectable, mark = '', className } = props
  const pieces = textPieces(text, lines)
  return (
    <bdi
      dir="auto"
      title={truncate ? plainVisible(text) : undefined}
      data-selectable={selectable ? '' : undefined}
      className={classNames(
        'isolate-text',
        mono && 'font-mono text-sm',
        truncate && 'block min-w-0 truncate text-left',
        lines && 'whitespace-pre-wrap break-words',
        className,
      )}
    >
      {pieces.map((piece, index) =>
        'text' in piece ? (
          markedParts(piece.text, mark).map((part, place) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
            place % 2 === 0 ? part : <mark key={place}>{part}</mark>,
          )
        ) : (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
            key={index}
            className="mx-px rounded-xs bg-warn/15 px-0.5 font-mono text-2xs text-warn"
            title={`Hidden character ${piece.name}`}
          >
            {piece.name}
          </span>
        ),
      )}
      {text === '' && <span className="text-faint italic">empty</span>}
    </bdi>
  )
})
