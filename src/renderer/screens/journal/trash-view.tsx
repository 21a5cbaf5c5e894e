import { useMutation, useQuery } from '@tanstack/react-query'
import { HardDrive, Trash2, Undo2 } from 'lucide-react'
import { useState } from 'react'
import type { TrashEntry } from '../../../domain/trash.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { undoEntries } from '../../components/undo-entries.ts'
import { type Connection, useOpenConnections } from '../../state/connections.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatBytes, formatCounted, formatDateTime, formatPercent } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { expiryWords } from './journal.model.ts'
import { UndoDialog } from './undo-dialog.tsx'

/** What can be put back, connection by connection, and the room that it takes. */
export function TrashView() {
  const connections = useOpenConnections()
  if (connections === undefined) return <SkeletonRows rows={8} rowHeight={44} />
  if (connections.length === 0) {
    return (
      <EmptyState
        icon={<Trash2 size={20} />}
        title="No connection is open"
        action={<Button onClick={() => navigate(routes.section('profiles'))}>Show the connections</Button>}
      >
        What was removed is kept beside the queues it came from: open a connection to see its trash.
      </EmptyState>
    )
  }
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-5xl flex-col gap-5 p-4">
        {connections.map((connection) => (
          <ConnectionTrash key={connection.profile.id} connection={connection} />
        ))}
      </div>
    </div>
  )
}

function ConnectionTrash({ connection }: { connection: Connection }) {
  const { profile } = connection
  const { data, error, isPending, refetch } = useQuery(
    orpc.trash.list.queryOptions({ input: { connectionId: profile.id } }),
  )
  const share = data === undefined ? 0 : data.limit === 0 ? Number(data.used > 0) : data.used / data.limit
  return (
    <section aria-label={plainVisible(`Trash of ${profile.name}`)}>
      <header className="mb-1.5 flex min-h-6 flex-wrap items-center gap-2">
        <h2 className="flex min-w-0 items-center gap-2">
          <RedisText text={profile.name} truncate className="font-semibold" />
          <EnvironmentTag environment={profile.environment} />
        </h2>
        <span className="flex-1" />
        {data !== undefined && (
          <span className="flex items-center gap-2 text-sm text-muted" title="Room that the trash takes in this Redis">
            <Meter
              share={share}
              label="Room taken by the trash"
              valueText={`${formatBytes(data.used)} of ${formatBytes(data.limit)}`}
              tone={share >= 0.9 ? 'bg-warn' : 'bg-accent'}
              className="w-28"
            />
            {formatBytes(data.used)} of {formatBytes(data.limit)} ({formatPercent(share)})
          </span>
        )}
      </header>
      {error !== null ? (
        <Notice
          tone="bad"
          action={
            <Button size="small" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        >
          {errorSentence(error)}
        </Notice>
      ) : isPending ? (
        <SkeletonRows rows={3} rowHeight={44} />
      ) : data.entries.length === 0 ? (
        <p className="rounded-md border border-dashed border-line px-3 py-3 text-muted">
          Nothing is in the trash. What is removed, moved, edited or retried here can be put back from here for a while.
        </p>
      ) : (
        <ul className="rounded-md border border-line">
          {data.entries.map((entry) => (
            <TrashRow key={entry.id} entry={entry} connection={connection} />
          ))}
        </ul>
      )}
    </section>
  )
}

function TrashRow({ entry, connection }: { entry: TrashEntry; connection: Connection }) {
  const { id, summary, place, jobs, bytes, expiresAt, at } = entry
  const [asking, setAsking] = useState<'undo' | 'empty' | null>(null)
  const changed = () => {
    void queryClient.invalidateQueries({ queryKey: orpc.trash.key() })
    void queryClient.invalidateQueries({ queryKey: orpc.journal.key() })
  }
  const undo = useMutation({ mutationFn: undoEntries })
  const keep = useMutation(
    orpc.trash.keepHere.mutationOptions({
      onSuccess: () => toast.good('It is kept on this computer now, encrypted. Its Undo stays.'),
      onSettled: changed,
    }),
  )
  const empty = useMutation(orpc.trash.empty.mutationOptions({ onSuccess: () => setAsking(null), onSettled: changed }))
  const blocked = whyNotWrite(connection)
  const busy = undo.isPending || keep.isPending || empty.isPending
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line/60 px-3 py-1.5 last:border-0">
      <div className="min-w-60 flex-1">
        <RedisText text={summary} truncate className="text-left" />
        <p className="flex flex-wrap items-center gap-x-2 text-sm text-faint">
          <RelativeTime at={at} />
          <span>{formatCounted(jobs, 'job')}</span>
          {bytes !== null && <span>{formatBytes(bytes)}</span>}
          <span title={`Until ${formatDateTime(expiresAt)}`}>{expiryWords(expiresAt, Date.now())}</span>
          {place === 'computer' && <Badge tone="accent">on this computer</Badge>}
        </p>
      </div>
      <div className="flex items-center gap-1.5">
        <GuardedButton
          size="small"
          icon={<Undo2 size={12} aria-hidden />}
          reason={blocked}
          busy={busy}
          onClick={() => setAsking('undo')}
        >
          Undo
        </GuardedButton>
        {place === 'redis' && (
          <GuardedButton
            size="small"
            icon={<HardDrive size={12} aria-hidden />}
            reason={blocked}
            hint="Frees the room in Redis; the Undo stays"
            busy={busy}
            onClick={() => keep.mutate({ id })}
          >
            Keep on this computer
          </GuardedButton>
        )}
        <GuardedButton
          size="small"
          className="text-bad!"
          icon={<Trash2 size={12} aria-hidden />}
          reason={place === 'redis' ? blocked : null}
          busy={busy}
          onClick={() => setAsking('empty')}
        >
          Delete for good
        </GuardedButton>
      </div>
      {asking === 'undo' && (
        <UndoDialog
          what={entry}
          onClose={() => setAsking(null)}
          onUndo={() => {
            setAsking(null)
            undo.mutate([id])
          }}
        />
      )}
      <ConfirmDialog
        open={asking === 'empty'}
        destructive
        title={`Delete ${formatCounted(jobs, 'job')} for good?`}
        confirmLabel={`Delete ${formatCounted(jobs, 'job')}`}
        typeToConfirm={connection.profile.environment === 'production' ? String(jobs) : undefined}
        busy={empty.isPending}
        onCancel={() => setAsking(null)}
        onConfirm={() => empty.mutate({ id })}
      >
        <RedisText text={summary} className="mb-1 block text-left font-medium wrap-anywhere" />
        <p className="text-muted">Nothing can bring them back after that. The entry in the journal stays.</p>
      </ConfirmDialog>
    </li>
  )
}
