import type { ReactNode } from 'react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatCompact, formatCount, formatDuration } from '../../ui/format.ts'
import { leaseIsStale } from './pool-card.model.ts'

/** The numbers of a pool: what it did above, how it does it below. Elements of a line, because they stand in a button. */
export function PoolFigures({ pool }: { pool: PoolStatus }) {
  const { config, state, active, buffered, done, retried, dead, donePerMinute } = pool
  const { handlerMs, batchSize, leaseAgeMs, suspects } = pool
  const works = state === 'running' || state === 'draining'
  return (
    <span className="mt-0.5 grid w-full grid-cols-[1.05fr_1.05fr_1.05fr_0.8fr_1.2fr_1.1fr] gap-x-1 gap-y-1.5">
      <Count label="a min" value={donePerMinute} />
      <Count label="done" value={done} />
      <Count label="retried" value={retried} tone="text-warn" />
      <Count label="dead" value={dead} tone="text-bad" />
      <Figure
        label="busy"
        title={`${formatCount(active)} of ${formatCount(config.concurrency)} jobs at a time`}
        quiet={active === 0}
      >
        {active}
        <span className="text-sm font-normal text-faint">/{config.concurrency}</span>
      </Figure>
      <Count label="buffered" value={buffered} title={`${formatCount(buffered)} taken from the queue, not begun yet`} />
      <Time label="p50" ms={handlerMs?.p50} title="Half of the last jobs took the handler no longer" />
      <Time label="p95" ms={handlerMs?.p95} title="19 of 20 of the last jobs took the handler no longer" />
      <Time label="p99" ms={handlerMs?.p99} title="99 of 100 of the last jobs took the handler no longer" />
      <Figure label="batch" title="Jobs that come with one round trip, of late" quiet={batchSize === 0} light>
        {batchSize === 0 ? '–' : formatCompact(Math.round(batchSize * 10) / 10)}
      </Figure>
      <Time
        label="lease"
        ms={works ? leaseAgeMs : null}
        title="Since Redis last confirmed that this worker is alive"
        tone={leaseIsStale(pool) ? 'text-warn' : undefined}
      />
      <Count label="suspects" value={suspects} tone="text-warn" light title="Jobs that wait to be run alone" />
    </span>
  )
}

interface FigureProps {
  label: string
  title: string
  /** Nothing to look at. */
  quiet: boolean
  /** Of the second row. */
  light?: boolean
  tone?: string | undefined
  children: ReactNode
}

function Figure({ label, title, quiet, light, tone, children }: FigureProps) {
  return (
    <span className="flex min-w-0 flex-col" title={title}>
      <span
        className={classNames('truncate', light ? 'text-sm text-muted' : 'font-semibold', quiet ? 'text-faint' : tone)}
      >
        {children}
      </span>
      <span className="truncate text-xs text-faint">{label}</span>
    </span>
  )
}

function Count({ label, value, title, ...rest }: { label: string; value: number; title?: string } & Look) {
  return (
    <Figure label={label} title={title ?? formatCount(value)} quiet={value === 0} {...rest}>
      {formatCompact(value)}
    </Figure>
  )
}

interface Look {
  tone?: string | undefined
  light?: boolean
}

function Time({ label, ms, title, ...rest }: { label: string; ms: number | null | undefined; title: string } & Look) {
  return (
    <Figure label={label} title={title} quiet={ms == null} light {...rest}>
      {ms == null ? '–' : formatDuration(ms)}
    </Figure>
  )
}
