import { useMutation } from '@tanstack/react-query'
import { Lock, LockOpen } from 'lucide-react'
import { useState } from 'react'
import { orpc } from '../api/client.ts'
import type { Connection } from '../state/connections.ts'
import { Button } from '../ui/button.tsx'
import { formatDuration } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { UnlockDialog } from './unlock-dialog.tsx'

/** Whether writing is possible here; for a production profile the way to allow it for a while, and to end that. */
export function WriteAccess({ connection }: { connection: Connection }) {
  const { profile, status } = connection
  const [asking, setAsking] = useState(false)
  const lock = useMutation(orpc.connections.lock.mutationOptions())
  const guarded = profile.environment === 'production' && !profile.readOnly
  if (status.status === 'closed' || (!guarded && status.writable)) return null
  if (!guarded) {
    return (
      <span
        className="flex shrink-0 items-center gap-1 text-sm text-faint"
        title={profile.readOnly ? 'This profile never writes' : undefined}
      >
        <Lock size={12} aria-hidden /> Read-only
      </span>
    )
  }
  return (
    <>
      {status.unlockedUntil === null ? (
        <Button size="small" icon={<Lock size={12} aria-hidden />} onClick={() => setAsking(true)}>
          Read-only
        </Button>
      ) : (
        <Button
          size="small"
          className="border-bad/40! text-bad!"
          icon={<LockOpen size={12} aria-hidden />}
          busy={lock.isPending}
          title="Lock again now"
          onClick={() => lock.mutate({ connectionId: profile.id })}
        >
          Writable <Remaining until={status.unlockedUntil} />
        </Button>
      )}
      {asking && <UnlockDialog connection={connection} onClose={() => setAsking(false)} />}
    </>
  )
}

/** How long writing stays allowed, to the second, in a width that does not change. */
export function Remaining({ until }: { until: number }) {
  const now = useNow()
  return (
    <span className="inline-block w-14 text-start">
      {formatDuration(Math.max(0, Math.floor((until - now) / 1000) * 1000))}
    </span>
  )
}
