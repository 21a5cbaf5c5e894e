import { useMutation } from '@tanstack/react-query'
import { Lock, LockOpen } from 'lucide-react'
import { orpc, useEngineStatus } from '../api/client.ts'
import { Remaining } from '../components/write-access.tsx'
import { type Connection, isUnlocked, useOpenConnections } from '../state/connections.ts'
import { useLastSampleAt } from '../state/telemetry.ts'
import { Button } from '../ui/button.tsx'
import { formatClock } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
import { RedisText } from '../ui/redis-text.tsx'
import { useNow } from '../ui/use-now.ts'
import { staleSentence } from './stale.model.ts'
import { usePlace } from './use-place.ts'

/** What is wrong with the lines themselves: to the engine, and to each Redis that this screen shows. */
export function Banners() {
  const engine = useEngineStatus()
  const { connectionId } = usePlace()
  const connections = useOpenConnections() ?? []
  if (engine.phase === 'gone') {
    return (
      <Notice tone="bad" flush live>
        <strong className="font-semibold">The engine of Sluice does not answer</strong> since{' '}
        {formatClock(engine.since)}. What you see is from before; it goes on by itself as soon as the engine is back.
      </Notice>
    )
  }
  const shown = connections.filter(({ profile }) => connectionId === null || profile.id === connectionId)
  return (
    <>
      {connections.filter(isUnlocked).map((connection) => (
        <UnlockedBanner key={connection.profile.id} connection={connection} />
      ))}
      {shown.map((connection) => (
        <StaleBanner key={connection.profile.id} connection={connection} named={connectionId === null} />
      ))}
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
  const lastAt = useLastSampleAt(connection.profile.id)
  const open = useMutation(orpc.connections.open.mutationOptions())
  const sentence = staleSentence(connection, lastAt, now)
  if (sentence === null) return null
  return (
    <Notice
      tone={connection.status.status === 'connecting' ? 'info' : 'warn'}
      flush
      action={
        connection.status.status === 'failed' && (
          <Button
            size="small"
            busy={open.isPending}
            onClick={() => open.mutate({ connectionId: connection.profile.id })}
          >
            Try again
          </Button>
        )
      }
    >
      {named && (
        <>
          <bdi dir="auto" className="isolate-text font-semibold">
            {connection.profile.name}
          </bdi>
          {': '}
        </>
      )}
      {sentence}
    </Notice>
  )
}
