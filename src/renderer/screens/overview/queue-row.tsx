import { useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import { backlog, type Kind, kinds, noKinds } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { DepthBar } from '../../components/depth-bar.tsx'
import { useBreaches } from '../../components/policy-breaches.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { systemLabel } from '../../components/system-label.tsx'
import { useQueueHistory, useQueueSample } from '../../state/telemetry.ts'
import { Badge } from '../../ui/badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCompact, formatCount, formatDuration, formatRate } from '../../ui/format.ts'
import { Cell } from '../../ui/grid-cells.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { hideMiddle, hideNarrow, kindHiding } from './overview-columns.tsx'

interface QueueRowProps {
  connectionId: string
  queueKey: string
}

const unknown = <span className="text-faint">–</span>

/** The cells of one queue. It listens for its own numbers alone. */
export const QueueRow = memo(function QueueRow({ connectionId, queueKey }: QueueRowProps) {
  const sample = useQueueSample(connectionId, queueKey)
  const breaches = useBreaches(connectionId, queueKey)
  const { data: systems } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  if (sample === undefined) return null
  const { queue, inPerMinute, outPerMinute, ratesExact, oldestAgeMs, oldestAtLeast, drainMs, workers, problem } = sample
  const counts: Record<Kind, number> = { ...noKinds(), ...sample.kinds }
  const states = systems?.find(({ id }) => id === queue.system)?.states
  const breachWords = `Outside its policy. ${breaches.map(({ sentence }) => sentence).join(' ')}`
  const least = ratesExact ? '' : '≥'
  const rateTitle = ratesExact
    ? undefined
    : 'At least: seen from changes of depth, because this system keeps no counters'
  return (
    <>
      <Cell className="flex items-center gap-1.5 pl-3">
        <QueueName queue={queue} />
        {sample.paused && <Badge tone="warn">paused</Badge>}
        {problem !== null && (
          <span title={problem} className="shrink-0 text-bad">
            <TriangleAlert size={13} aria-label={problem} />
          </span>
        )}
        {breaches.length > 0 && (
          <span title={breachWords} className="shrink-0 text-warn">
            <TriangleAlert size={13} aria-label={breachWords} />
          </span>
        )}
      </Cell>
      <Cell className={classNames('truncate text-sm text-faint', hideMiddle)}>{systemLabel(queue.system)}</Cell>
      <Cell>
        <DepthBar counts={counts} />
      </Cell>
      {kinds.map((kind) => {
        const count = counts[kind]
        const exists = count > 0 || states === undefined || states.some((state) => state.kind === kind)
        return (
          <Cell
            key={kind}
            end
            title={count >= 10_000 ? formatCount(count) : undefined}
            className={classNames(
              kindHiding[kind],
              count === 0 ? 'text-faint' : kind === 'failed' && 'font-medium text-bad',
            )}
          >
            {exists ? formatCompact(count) : ''}
          </Cell>
        )
      })}
      <Cell end title={rateTitle} className={inPerMinute === 0 ? 'text-faint' : undefined}>
        {inPerMinute === null ? unknown : `${inPerMinute === 0 ? '' : least}${formatRate(inPerMinute)}`}
      </Cell>
      <Cell end title={rateTitle} className={outPerMinute === 0 ? 'text-faint' : undefined}>
        {outPerMinute === null ? unknown : `${outPerMinute === 0 ? '' : least}${formatRate(outPerMinute)}`}
      </Cell>
      <Cell
        end
        className="whitespace-nowrap"
        title={oldestAtLeast ? 'At least: so long this job was seen at the head' : undefined}
      >
        {oldestAgeMs === null ? unknown : `${oldestAtLeast ? '≥' : ''}${formatDuration(oldestAgeMs)}`}
      </Cell>
      <Cell end className={classNames('whitespace-nowrap', hideNarrow)}>
        {drainMs !== null ? (
          formatDuration(drainMs)
        ) : backlog(counts) > 0 ? (
          <span className="text-muted" title="At the present rates the backlog does not shrink">
            never
          </span>
        ) : (
          unknown
        )}
      </Cell>
      <Cell className={hideNarrow}>
        <Course connectionId={connectionId} queueKey={queueKey} />
      </Cell>
      <Cell end className={classNames(hideNarrow, workers === 0 && 'text-faint')}>
        {workers === null ? (
          unknown
        ) : workers === 0 && backlog(counts) > 0 ? (
          <span className="text-warn" title="Jobs wait and nobody works on them">
            0
          </span>
        ) : (
          workers
        )}
      </Cell>
    </>
  )
})

/** Apart, because it moves at another pace than the numbers. */
function Course({ connectionId, queueKey }: QueueRowProps) {
  const points = useQueueHistory(connectionId, queueKey)
  return <Sparkline values={points.map(([, depth]) => depth)} label="Jobs still to run, over the last minutes" />
}
