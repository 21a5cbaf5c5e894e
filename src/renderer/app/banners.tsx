import { useMutation } from '@tanstack/react-query'
import { orpc, useEngineStatus } from '../api/client.ts'
import { type Connection, useOpenConnections } from '../state/connections.ts'
import { useLastSampleAt } from '../state/telemetry.ts'
import { Button } from '../ui/button.tsx'
import { formatClock } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
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
  return shown.map((connection) => (
    <StaleBanner key={connection.profile.id} connection={connection} named={connectionId === null} />
  ))
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
