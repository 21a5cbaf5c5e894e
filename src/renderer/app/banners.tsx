import { useMutation } from '@tanstack/react-query'
import { Lock, LockOpen } from 'lucide-react'
import { orpc, useEngineStatus } from '../api/client.ts'
import { RemedyButtons } from '../components/remedy/remedy-buttons.tsx'
import { Remaining } from '../components/write-access.tsx'
import { type Connection, isUnlocked, useOpenConnections } from '../state/connections.ts'
import { useLastSampleAt } from '../state/telemetry.ts'
import { Button } from '../ui/button.tsx'
import { formatClock, formatCounted } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
import { plainVisible } from '../ui/redis-text.model.ts'
import { RedisText } from '../ui/redis-text.tsx'
import { useNow } from '../ui/use-now.ts'
import { navigate } from './hash-location.ts'
import { routes } from './routes.ts'
import { isTroubled, staleSentence } from './stale.model.ts'
import { usePlace } from './use-place.ts'

/** More than these would push the screen out of the window; the list of connections has them all. */
const mostBanners = 3

/** What is wrong with the lines themselves: to the engine, and to each Redis that this screen shows. */
export function Banners() {
  const engine = useEngineStatus()
  const { connectionId, section } = usePlace()
  const connections = useOpenConnections() ?? []
  if (engine.phase === 'gone') {
    return (
      <Notice tone="bad" flush live>
        <strong className="font-semibold">The engine of Sluice does not answer</strong> since{' '}
        {formatClock(engine.since)}. What you see is from before; it goes on by itself as soon as the engine is back.
      </Notice>
    )
  }
  // The list of connections says it in their rows.
  const listed = section === 'profiles'
  const shown = connections.filter(
    (connection) =>
      !listed && (connectionId === null || connection.profile.id === connectionId) && isTroubled(connection),
  )
  return (
    <>
      {connections.filter(isUnlocked).map((connection) => (
        <UnlockedBanner key={connection.profile.id} connection={connection} />
      ))}
      {shown.slice(0, mostBanners).map((connection) => (
        <StaleBanner key={connection.profile.id} connection={connection} named={connectionId === null} />
      ))}
      {shown.length > mostBanners && (
        <Notice
          tone="warn"
          flush
          action={
            <Button size="small" onClick={() => navigate(routes.section('profiles'))}>
              Show them
            </Button>
          }
        >
          {formatCounted(shown.length - mostBanners, 'more connection')} cannot be read at the moment.
        </Notice>
      )}
    </>
  )
}

/** Production that can be written to now, on every screen, wherever one is. */
function UnlockedBanner({ connection: { profile, status } }: { connection: Connection }) {
  const lock = useMutation(orpc.connections.lock.mutationOptions())
  if (status.unlockedUntil === null) return null
  return (
    <div
      role="status"
      className="flex h-8 shrink-0 items-center gap-2 bg-bad-fill px-3 text-white [&_button]:border-white/60 [&_button]:text-white"
    >
      <LockOpen size={14} className="shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 truncate">
        <RedisText text={profile.name} className="font-semibold" /> is production and can be written to for{' '}
        <Remaining until={status.unlockedUntil} />
      </p>
      <Button
        size="small"
        look="ghost"
        className="enabled:hover:bg-white/15! enabled:hover:text-white!"
        icon={<Lock size={12} aria-hidden />}
        busy={lock.isPending}
        onClick={() => lock.mutate({ connectionId: profile.id })}
      >
        Lock
      </Button>
    </div>
  )
}

function StaleBanner({ connection, named }: { connection: Connection; named: boolean }) {
  const now = useNow()
  const { profile, status } = connection
  const lastAt = useLastSampleAt(profile.id)
  const sentence = staleSentence(connection, lastAt, now)
  if (sentence === null) return null
  return (
    <Notice
      tone={status.status === 'connecting' ? 'info' : 'warn'}
      flush
      action={<RemedyButtons profile={profile} status={status} />}
    >
      {named && (
        <>
          <RedisText text={profile.name} className="font-semibold" />
          {': '}
        </>
      )}
      {plainVisible(sentence)}
    </Notice>
  )
}
