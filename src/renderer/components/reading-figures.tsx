import type { ReactNode } from 'react'
import { classNames } from '../ui/class-names.ts'
import { formatBytes, formatCount, formatDuration, formatPercent } from '../ui/format.ts'
import { percentWords, type Reading, redisPercent, shareRead, timeLeft } from './reading.model.ts'

interface ReadingFiguresProps {
  reading: Reading
  running: boolean
  /** More figures, before those of the cost. */
  children?: ReactNode
}

/** What a reading of many jobs has read and what it costs, while it runs and after. */
export function ReadingFigures({ reading, running, children }: ReadingFiguresProps) {
  const { scanned, total, bytesRead, redisMs, elapsedMs } = reading
  const percent = redisPercent(reading)
  const left = running ? timeLeft(reading) : null
  return (
    <dl className="flex min-w-0 items-center gap-4 overflow-hidden text-sm">
      <ReadingFigure label="Read" title={`${formatCount(scanned)} of ${formatCount(total)} jobs`}>
        {formatCount(scanned)} of {formatCount(total)}
        {running && <span className="text-muted"> ({formatPercent(shareRead(reading))})</span>}
      </ReadingFigure>
      {children}
      <ReadingFigure label="From Redis" title="What Redis sent" hide="@max-[860px]:hidden">
        {formatBytes(bytesRead)}
      </ReadingFigure>
      <ReadingFigure
        label="Redis time"
        title="Time that Redis worked for it, by its own clock, and how much of one core that was"
        hide="@max-[720px]:hidden"
      >
        {formatDuration(redisMs)}
        {percent !== null && <span className="text-muted"> ({percentWords(percent)})</span>}
      </ReadingFigure>
      <ReadingFigure label="Took">{formatDuration(elapsedMs)}</ReadingFigure>
      {left !== null && (
        <ReadingFigure label="Left" hide="@max-[860px]:hidden">
          {formatDuration(left)}
        </ReadingFigure>
      )}
    </dl>
  )
}

interface ReadingFigureProps {
  label: string
  title?: string
  hide?: string
  children: ReactNode
}

export function ReadingFigure({ label, title, hide, children }: ReadingFigureProps) {
  return (
    <div className={classNames('flex shrink-0 items-baseline gap-1.5 whitespace-nowrap', hide)} title={title}>
      <dt className="text-xs text-faint">{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** A thin line across the screen that fills while something is read. Its room stays when it is gone. */
export function ReadingBar({ reading, running, label }: { reading: Reading | null; running: boolean; label: string }) {
  const share = reading === null ? 0 : shareRead(reading)
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-hidden={!running}
      className="relative z-10 h-px shrink-0 bg-line"
    >
      {running && (
        <div
          className="absolute inset-x-0 top-0 h-0.5 origin-left bg-accent transition-transform duration-200"
          style={{ transform: `scaleX(${Math.max(0.01, share)})` }}
        />
      )}
    </div>
  )
}
