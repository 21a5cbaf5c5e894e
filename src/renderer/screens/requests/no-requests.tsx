import { Radar } from 'lucide-react'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { trackerKeys } from './requests.model.ts'

/** Nothing is followed: which names are looked at, and where to change them. */
export function NoRequests({ connection }: { connection: Connection }) {
  const { id, trackedPrefix, builtIn } = connection.profile
  const { request, list, channel } = trackerKeys(trackedPrefix)
  return (
    <EmptyState
      icon={<Radar size={20} />}
      title="No tracked requests"
      action={builtIn ? undefined : <Button onClick={() => navigate(routes.profile(id))}>Change the prefix</Button>}
    >
      <p>
        A service that writes its progress to Redis appears here by itself, within a second of its first update. Sluice
        follows these names:
      </p>
      <dl className="mx-auto mt-3 grid w-fit grid-cols-[max-content_max-content] gap-x-4 gap-y-1 text-start">
        <dt>Each request</dt>
        <dd>
          <RedisText text={request} mono selectable className="text-ink" />
        </dd>
        <dt>Their list</dt>
        <dd>
          <RedisText text={list} mono selectable className="text-ink" />
        </dd>
        <dt>Updates, published to</dt>
        <dd>
          <RedisText text={channel} mono selectable className="text-ink" />
        </dd>
      </dl>
      <p className="mt-3">
        If your services use other names, set the prefix of tracked requests in the connection: it is{' '}
        <RedisText text={trackedPrefix} mono className="text-ink" /> now.
      </p>
    </EmptyState>
  )
}
