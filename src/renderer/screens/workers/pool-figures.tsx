import type { ReactNode } from 'react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { classNames } from '../../ui/class-names.ts'
import { formatBytes, formatCompact, formatCount, formatDuration } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/time.tsx'
import { leaseIsStale } from './pool-card.model.ts'
import { isListPool } from './pool-words.model.ts'

/** What a pool did, and what it has in hand. Elements of a line, because they stand in a button. */
export function PoolFigures({ pool }: { pool: PoolStatus }) {
  const { active, buffered, concurrency, done, retried, dead, donePerMinute } = pool
  return (
    <span className="mt-0.5 grid w-full grid-cols-[1fr_1fr_1fr_0.8fr_1.4fr_1.1fr] gap-x-1">
      <Count label="a min" value={donePerMinute} />
      <Count label="done" value={done} />
      <Count label="retried" value={retried} tone="text-warn" />
      <Count label="dead" value={dead} tone="text-bad" />
      <Figure
        label="busy"
        title={`${formatCount(active)} of ${formatCount(concurrency)} jobs at a time`}
        quiet={active === 0}
      >
        {active}
        <span className="text-sm font-normal text-faint">/{concurrency}</span>
      </Figure>
      {isListPool(pool.config) ? (
        <Count
          label="buffered"
          value={buffered}
          title={`${formatCount(buffered)} taken from the queue, not begun yet`}
        />
      ) : (
        <span />
      )}
    </span>
  )
}

/** How a pool does it: how long its handler takes, and for lists how it stands with Redis. */
export function PoolTimings({ pool }: { pool: PoolStatus }) {
  const { config, state, processes, handlerMs, batchSize, leaseAgeMs, suspects } = pool
  const works = state === 'running' || state === 'draining'
  return (
    <div className="flex shrink-0 flex-wrap gap-x-4 gap-y-1 border-b border-line px-3 py-1.5 *:min-w-13">
      <Time label="p50" ms={handlerMs?.p50} title="Half of the last jobs took the handler no longer" />
      <Time label="p95" ms={handlerMs?.p95} title="19 of 20 of the last jobs took the handler no longer" />
      <Time label="p99" ms={handlerMs?.p99} title="99 of 100 of the last jobs took the handler no longer" />
      {isListPool(config) && (
        <>
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
        </>
      )}
      {works && processes !== null && (
        <>
          <Count label="processes" value={processes.count} light />
          <Figure label="memory" title="What its processes need together" quiet={processes.memoryBytes === null} light>
            {processes.memoryBytes === null ? '–' : formatBytes(processes.memoryBytes)}
          </Figure>
        </>
      )}
      <span className="@max-[640px]:hidden">
        <Figure label={works ? 'started' : 'ended'} title="When it began, or ended" quiet light>
          <RelativeTime at={pool.since} />
        </Figure>
      </span>
    </div>
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
