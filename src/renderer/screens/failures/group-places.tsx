import { Ellipsis, Pencil, RotateCcw, Search, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { queueKey } from '../../../domain/queue.ts'
import { routes } from '../../app/routes.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { QueueName } from '../../components/queue-name.tsx'
import { useConnection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import type { FailurePlace, FailureShare } from './failures.model.ts'
import { useGroupActions } from './use-group-actions.tsx'

/** Samples of a queue shown before all are asked for. */
const some = 5

interface GroupPlacesProps {
  filter: string
  share: FailureShare
  /** Say the connection: there may be several. */
  named: boolean
}

/** The jobs of a group in one connection: what can be done with all of them, then queue by queue. */
export function GroupPlaces({ filter, share, named }: GroupPlacesProps) {
  const { connectionId, places, count } = share
  const connection = useConnection(connectionId)
  const actions = useGroupActions(filter, places)
  const { reasons, plan } = actions
  return (
    <section aria-label={plainVisible(`Jobs of ${connection?.profile.name ?? connectionId}`)} className="mt-4">
      <div className="flex min-h-7 flex-wrap items-center gap-x-2 gap-y-1">
        {named && connection !== undefined && (
          <span className="flex min-w-0 items-center gap-2">
            <RedisText text={connection.profile.name} truncate className="font-medium" />
            <EnvironmentTag environment={connection.profile.environment} />
          </span>
        )}
        <span className="shrink-0 text-muted">
          {formatCounted(count, 'job')} in{' '}
          {formatCounted(new Set(places.map(({ queue }) => queueKey(queue))).size, 'queue')}
        </span>
        <span className="flex-1" />
        <div role="toolbar" aria-label="All of these jobs" className="flex items-center gap-1.5">
          <GuardedButton
            size="small"
            icon={<RotateCcw size={13} aria-hidden />}
            reason={reasons.retry}
            hint="First you see exactly which jobs that are"
            onClick={() => plan('retry')}
          >
            {count === 1 ? 'Retry…' : 'Retry all…'}
          </GuardedButton>
          <GuardedButton
            size="small"
            icon={<Pencil size={13} aria-hidden />}
            reason={reasons.edit}
            hint="Change their payloads and retry them"
            onClick={() => plan('edit')}
          >
            Edit…
          </GuardedButton>
          <GuardedButton
            size="small"
            icon={<Trash2 size={13} aria-hidden />}
            reason={reasons.remove}
            hint="To the trash, from which they can be put back"
            className="text-bad!"
            onClick={() => plan('remove')}
          >
            {count === 1 ? 'Remove…' : 'Remove all…'}
          </GuardedButton>
          <Button size="small" icon={<Search size={13} aria-hidden />} onClick={() => actions.find()}>
            Find
          </Button>
        </div>
      </div>
      <ul className="mt-1.5 flex flex-col gap-3">
        {places.map((place) => (
          <Place
            key={`${queueKey(place.queue)} ${place.state}`}
            filter={filter}
            place={place}
            alone={places.length === 1}
          />
        ))}
      </ul>
      {actions.dialog}
    </section>
  )
}

interface PlaceProps {
  filter: string
  place: FailurePlace
  /** There is no other queue: what can be done with it stands above already. */
  alone: boolean
}

function Place({ filter, place, alone }: PlaceProps) {
  const { connectionId, queue, state, count, samples } = place
  const [all, setAll] = useState(false)
  const { reasons, plan, find, dialog } = useGroupActions(filter, [place])
  const shown = all ? samples : samples.slice(0, some)
  return (
    <li>
      <div className="flex min-h-7 items-center gap-2">
        <Link href={routes.queue(connectionId, queueKey(queue), state)} className="min-w-0 hover:text-accent">
          <QueueName queue={queue} />
        </Link>
        {!alone && <span className="shrink-0 text-sm text-muted">{formatCounted(count, 'job')}</span>}
        <span className="flex-1" />
        {samples.length < count && (
          <span className="shrink-0 text-xs text-faint">
            {samples.length === 0 ? 'no sample' : `${formatCounted(samples.length, 'sample')} of ${formatCount(count)}`}
          </span>
        )}
        {!alone && (
          <Menu
            trigger={
              <Button
                size="small"
                look="ghost"
                aria-label={plainVisible(`More for these jobs of ${queue.name}`)}
                className="px-1!"
                icon={<Ellipsis size={14} aria-hidden />}
              />
            }
            entries={[
              {
                label: `Retry ${formatCounted(count, 'job')}…`,
                icon: <RotateCcw size={14} aria-hidden />,
                unavailable: reasons.retry ?? undefined,
                onChoose: () => plan('retry'),
              },
              {
                label: 'Edit…',
                icon: <Pencil size={14} aria-hidden />,
                unavailable: reasons.edit ?? undefined,
                onChoose: () => plan('edit'),
              },
              {
                label: `Remove ${formatCounted(count, 'job')}…`,
                icon: <Trash2 size={14} aria-hidden />,
                danger: true,
                unavailable: reasons.remove ?? undefined,
                onChoose: () => plan('remove'),
              },
              'separator',
              { label: 'Find these', icon: <Search size={14} aria-hidden />, onChoose: () => find() },
            ]}
          />
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
      {dialog}
    </li>
  )
}
