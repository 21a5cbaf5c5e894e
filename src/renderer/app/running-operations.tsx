import { useMutation } from '@tanstack/react-query'
import { orpc } from '../api/client.ts'
import { type FollowedRun, useOperationRuns } from '../state/operation-runs.ts'
import { Button } from '../ui/button.tsx'
import { formatCount, formatDuration } from '../ui/format.ts'
import { Meter } from '../ui/meter.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { useNow } from '../ui/use-now.ts'
import { leftWords, runWords } from './running-operations.model.ts'

/** Short ones are over before anybody could read of them. */
const shownAfterMs = 800

/** Actions over many jobs while they run: how far they are, how long they still take, and how to stop them. */
export function RunningOperations() {
  const runs = useOperationRuns((state) => state.runs)
  return runs.length === 0 ? null : <RunList runs={runs} />
}

function RunList({ runs }: { runs: readonly FollowedRun[] }) {
  const now = useNow()
  const shown = runs.filter(({ startedAt }) => now - startedAt > shownAfterMs)
  if (shown.length === 0) return null
  return (
    <ul
      aria-label="Running actions"
      className="fixed bottom-3 left-3 z-30 flex w-84 max-w-[calc(100vw-24px)] flex-col gap-2"
    >
      {shown.map((run) => (
        <RunCard key={run.id} run={run} />
      ))}
    </ul>
  )
}

function RunCard({ run }: { run: FollowedRun }) {
  const cancel = useMutation(orpc.operations.cancel.mutationOptions({ meta: { quiet: true } }))
  const { done, total, cancelled } = run
  const left = leftWords(run, formatDuration)
  return (
    <li className="rounded-lg bg-raised p-2.5 shadow-float">
      <div className="flex items-baseline gap-1.5">
        <span className="font-medium">{runWords(run.action)}</span>
        <RedisText text={run.queue.name} truncate className="min-w-0" />
        {run.stateLabel !== '' && <span className="shrink-0 text-sm text-faint">{run.stateLabel}</span>}
      </div>
      <div className="mt-1.5 flex items-center gap-2">
        <Meter
          share={total === null || total === 0 ? 0 : done / total}
          label="Progress"
          valueText={total === null ? 'not known yet' : `${formatCount(done)} of ${formatCount(total)}`}
          className="flex-1"
        />
        <Button size="small" disabled={cancelled} busy={cancel.isPending} onClick={() => cancel.mutate({ id: run.id })}>
          {cancelled ? 'Stopping…' : 'Cancel'}
        </Button>
      </div>
      <p className="mt-1 text-sm text-muted" role="status">
        {total === null ? 'Beginning…' : `${formatCount(done)} of ${formatCount(total)}`}
        {run.perSecond !== null && ` · ${formatCount(Math.round(run.perSecond))}/s`}
        {left !== null && ` · ${left}`}
      </p>
    </li>
  )
}
