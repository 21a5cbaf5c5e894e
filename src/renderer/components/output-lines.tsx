import { ArrowDownToLine, Copy } from 'lucide-react'
import { memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import type { OutputLine } from '../../domain/job-record.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { copyText } from '../ui/copy-text.ts'
import { formatCounted } from '../ui/format.ts'
import { RedisText } from '../ui/redis-text.tsx'
import { ClockTime } from '../ui/time.tsx'
import { toast } from '../ui/toast.tsx'
import { linesText, missingBefore } from './output.model.ts'

/** The stream of a line by its mark and colour; what a program writes plainly has neither. */
const streams: Record<OutputLine['from'], { mark: string; look: string; title: string }> = {
  out: { mark: '', look: 'text-faint', title: 'Standard output' },
  err: { mark: 'err', look: 'text-warn', title: 'Standard error' },
  log: { mark: 'log', look: 'text-accent', title: 'Said by the handler' },
  sluice: { mark: 'sluice', look: 'text-good', title: 'Said by Sluice' },
}

interface OutputLinesProps {
  lines: readonly OutputLine[]
  /** Whether every line is here, so that a gap in the numbers is a gap in the output. */
  whole: boolean
  /** Older lines that are not kept any more. */
  dropped?: number
  /** What the lines were looked through for. */
  search?: string
  /** Left of the buttons: a search. */
  tools?: ReactNode
  /** Instead of the lines while there are none. */
  empty: ReactNode
}

/** What processes wrote. It follows its end until somebody scrolls up. */
export function OutputLines({ lines, whole, dropped = 0, search = '', tools, empty }: OutputLinesProps) {
  const box = useRef<HTMLDivElement>(null)
  const [follows, setFollows] = useState(true)
  const last = lines.at(-1)?.seq ?? 0
  const [seen, setSeen] = useState(last)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line is what moves it
  useLayoutEffect(() => {
    if (follows) box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [follows, last])
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current as HTMLDivElement
    const atEnd = scrollHeight - clientHeight - scrollTop < 24
    if (atEnd !== follows) {
      setFollows(atEnd)
      setSeen(last)
    }
  }
  const copy = () =>
    copyText(linesText(lines)).then(
      () => toast.good(`Copied ${formatCounted(lines.length, 'line')}.`),
      () => toast.error('The clipboard cannot be written.'),
    )
  const behind = follows ? 0 : lines.filter(({ seq }) => seq > seen).length
  return (
    <section aria-label="Output" className="relative flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line px-3">
        {tools}
        <span className="flex-1" />
        <IconButton
          label="Copy these lines"
          icon={<Copy size={13} aria-hidden />}
          disabled={lines.length === 0}
          onClick={() => void copy()}
        />
      </div>
      <div
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keys
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Lines"
        onScroll={onScroll}
        className="min-h-0 flex-1 overflow-y-auto bg-sunken py-1"
      >
        {dropped > 0 && (
          <p className="px-3 text-sm text-faint">{formatCounted(dropped, 'older line')} are not kept any more</p>
        )}
        {lines.length === 0 && <p className="px-3 py-2 text-muted">{empty}</p>}
        {lines.map((line, place) => (
          <Line key={line.seq} line={line} search={search} missing={whole ? missingBefore(lines, place) : 0} />
        ))}
      </div>
      {!follows && (
        <Button
          size="small"
          className="absolute right-4 bottom-3"
          icon={<ArrowDownToLine size={12} aria-hidden />}
          onClick={() => setFollows(true)}
        >
          {behind === 0 ? 'Follow the end' : formatCounted(behind, 'new line')}
        </Button>
      )}
    </section>
  )
}

const Line = memo(function Line({ line, search, missing }: { line: OutputLine; search: string; missing: number }) {
  const { mark, look, title } = streams[line.from]
  return (
    <>
      {missing > 0 && <p className="px-3 text-sm text-faint italic">{formatCounted(missing, 'line')} left out here</p>}
      <div className="grid grid-cols-[auto_auto_1fr] gap-x-2 px-3 font-mono text-sm [contain-intrinsic-height:16px] [content-visibility:auto] hover:bg-hover">
        <span className="text-faint" title={line.pid === null ? title : `${title}, process ${line.pid}`}>
          <ClockTime at={line.at} />
        </span>
        <span className={classNames('w-11', look)} title={title}>
          {mark}
        </span>
        <RedisText
          text={line.text}
          lines
          selectable
          mark={search}
          className={classNames('min-w-0', line.from === 'sluice' ? 'wrap-anywhere text-muted italic' : 'break-all')}
        />
      </div>
    </>
  )
})
