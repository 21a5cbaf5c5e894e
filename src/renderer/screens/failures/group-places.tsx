import { useMutation, useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { queueKey } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { whyNot } from '../../components/action-guard.model.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { QueueName } from '../../components/queue-name.tsx'
import { reportOutcome } from '../../components/report-outcome.ts'
import { useConnection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import type { FailurePlace } from './failures.model.ts'

/** Samples of a queue shown before all are asked for. */
const some = 5

interface GroupPlacesProps {
  places: readonly FailurePlace[]
  named: boolean
  onRetried(): void
}

/** The jobs of a cause, queue by queue. */
export function GroupPlaces({ places, named, onRetried }: GroupPlacesProps) {
  return (
    <ul className="mt-3 flex flex-col gap-3">
      {places.map((place) => (
        <Place
          key={`${place.connectionId} ${queueKey(place.queue)} ${place.state}`}
          place={place}
          named={named}
          onRetried={onRetried}
        />
      ))}
    </ul>
  )
}

function Place({ place, named, onRetried }: { place: FailurePlace; named: boolean; onRetried(): void }) {
  const { connectionId, queue, state, count, samples } = place
  const connection = useConnection(connectionId)
  const { data: systems } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  const info = systems?.find(({ id }) => id === queue.system)?.states.find(({ id }) => id === state)
  const [all, setAll] = useState(false)
  const [asking, setAsking] = useState(false)
  const retry = useMutation(
    orpc.queues.retry.mutationOptions({
      onSuccess: (outcome) => reportOutcome(outcome, { did: 'Retried' }),
      onSettled: onRetried,
    }),
  )
  const run = () => retry.mutate({ connectionId, queue, state, refs: samples.map(({ ref }) => ref) })
  const careful = connection?.profile.environment === 'production' || samples.length > 20
  const address = routes.queue(connectionId, queueKey(queue), state)
  const which =
    samples.length === count
      ? formatCounted(count, 'job')
      : `${formatCount(samples.length)} of ${formatCounted(count, 'job')}`
  const shown = all ? samples : samples.slice(0, some)
  return (
    <li>
      <div className="flex min-h-7 items-center gap-2">
        <Link href={address} className="min-w-0 hover:text-accent">
          <QueueName queue={queue} />
        </Link>
        {named && connection !== undefined && (
          <span className="flex min-w-0 items-center gap-2 text-sm text-muted">
            <RedisText text={connection.profile.name} truncate />
            <EnvironmentTag environment={connection.profile.environment} />
          </span>
        )}
        <span className="shrink-0 text-sm text-muted">{formatCounted(count, 'job')}</span>
        <span className="flex-1" />
        {samples.length === 0 ? (
          <Button size="small" title="None of these jobs is named here" onClick={() => navigate(address)}>
            Open the queue
          </Button>
        ) : (
          <GuardedButton
            size="small"
            icon={<RotateCcw size={13} aria-hidden />}
            reason={whyNot(connection, info, 'retry')}
            hint={
              samples.length < count
                ? 'Only the jobs named here; to retry the others too, open the queue.'
                : 'All jobs of this cause in this queue.'
            }
            busy={retry.isPending}
            onClick={() => (careful && samples.length > 1 ? setAsking(true) : run())}
          >
            Retry {which}
          </GuardedButton>
        )}
      </div>
      {samples.length > 0 && (
        <ul className="mt-1 overflow-hidden rounded-md border border-line bg-canvas">
          {shown.map((sample) => (
            <li key={sample.ref} className="border-b border-line/60 last:border-b-0">
              <Link
                href={routes.job(connectionId, queueKey(queue), state, sample.ref)}
                className="flex h-7 items-center gap-3 px-2 hover:bg-hover"
              >
                <span className="w-36 min-w-0 shrink-0">
                  {sample.name === null ? (
                    <span className="text-faint">no type</span>
                  ) : (
                    <RedisText text={sample.name} truncate />
                  )}
                </span>
                <span className="min-w-0 flex-1">
                  {sample.id === null ? (
                    <span className="text-faint">no id</span>
                  ) : (
                    <RedisText text={sample.id} mono truncate className="text-muted" />
                  )}
                </span>
                {sample.at !== null && <RelativeTime at={sample.at} className="shrink-0 text-sm text-muted" />}
              </Link>
            </li>
          ))}
        </ul>
      )}
      {shown.length < samples.length && (
        <Button look="ghost" size="small" className="mt-1" onClick={() => setAll(true)}>
          Show {formatCount(samples.length - shown.length)} more
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        title={`Retry ${formatCounted(samples.length, 'job')}?`}
        confirmLabel={`Retry ${formatCounted(samples.length, 'job')}`}
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          run()
        }}
      >
        From <RedisText text={queue.name} className="font-semibold" />
        {connection !== undefined && (
          <>
            {' '}
            of <RedisText text={connection.profile.name} className="font-semibold" />
          </>
        )}
        . They go back to work at once; jobs that ran cannot be taken back.
      </ConfirmDialog>
    </li>
  )
}
