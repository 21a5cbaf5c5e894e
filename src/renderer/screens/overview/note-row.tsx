// biome-ignore-all lint/a11y/useSemanticElements: it is a row of the virtual grid, which is not made of table elements
import { useMutation } from '@tanstack/react-query'
import { CircleAlert, Info } from 'lucide-react'
import { orpc } from '../../api/client.ts'
import { useUrlState } from '../../app/url-state.ts'
import { isOnItsWay } from '../../components/connection-dot.tsx'
import { useConnection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCounted } from '../../ui/format.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Note } from './overview.model.ts'

/** Something to know about a connection, above its queues. */
export function NoteRow({ connectionId, note }: { connectionId: string; note: Note }) {
  const bad = note.kind === 'eviction'
  return (
    <div
      role="gridcell"
      tabIndex={-1}
      className={classNames(
        'flex h-full items-center gap-2 border-b border-line/60 px-3 whitespace-nowrap',
        bad ? 'bg-bad/10' : 'text-muted',
      )}
    >
      {bad ? (
        <CircleAlert size={14} className="shrink-0 text-bad" aria-hidden />
      ) : (
        <Info size={14} className="shrink-0 text-faint" aria-hidden />
      )}
      <NoteText connectionId={connectionId} note={note} />
    </div>
  )
}

function NoteText({ connectionId, note }: { connectionId: string; note: Note }) {
  const [, changeUrl] = useUrlState()
  const rescan = useMutation(
    orpc.telemetry.rescan.mutationOptions({
      onSuccess: ({ queues, partial }) => toast.info(partial ?? `${formatCounted(queues, 'queue')} found.`),
    }),
  )
  switch (note.kind) {
    case 'eviction': {
      const sentence = `When memory runs out, Redis deletes keys of any kind under ${note.policy}: whole queues can vanish without a trace.`
      return (
        <>
          <span className="min-w-0 truncate" title={sentence}>
            <strong className="font-semibold text-bad">Jobs can be lost.</strong> {sentence}
          </span>
          <code
            data-selectable=""
            className="ml-auto shrink-0 rounded-sm bg-canvas px-1.5 font-mono text-sm @max-[920px]:hidden"
            title="What to set instead"
          >
            CONFIG SET maxmemory-policy noeviction
          </code>
        </>
      )
    }
    case 'sentence':
      return (
        <span className="min-w-0 truncate" title={note.text}>
          {note.text}
        </span>
      )
    case 'no-queues':
      return (
        <>
          <span className="min-w-0 truncate">
            No queue was found in this Redis. A queue without a job leaves no key; it appears with its first job.
          </span>
          <Button size="small" busy={rescan.isPending} onClick={() => rescan.mutate({ connectionId })}>
            Look again
          </Button>
        </>
      )
    case 'no-match':
      return (
        <>
          <span>The filter hides {formatCounted(note.hidden, 'queue')}.</span>
          <Button size="small" onClick={() => changeUrl({ q: null })}>
            Clear it
          </Button>
        </>
      )
    case 'waiting':
      return <NoNumbersYet connectionId={connectionId} />
  }
}

/** They are on their way, or not; the banner of the connection says why. */
function NoNumbersYet({ connectionId }: { connectionId: string }) {
  const status = useConnection(connectionId)?.status
  if (status === undefined || isOnItsWay(status)) return <Skeleton className="h-3 w-96" />
  return <span className="min-w-0 truncate">No numbers yet: this Redis could not be reached.</span>
}
