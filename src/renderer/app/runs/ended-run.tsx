import { useMutation, useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, CircleSlash, FileText, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import type { OperationRun } from '../../../domain/operation.ts'
import { orpc } from '../../api/client.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { undoEntries } from '../../components/undo-entries.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { ReportDialog } from './report-dialog.tsx'
import { endedWords, isWhole } from './run-words.model.ts'

/** What became of a run; its report, and the way back. */
export function EndedRun({ run }: { run: OperationRun }) {
  const { id, journalIds, connectionId, problem, missing, refused, endedAt } = run
  const [reading, setReading] = useState(false)
  const putAway = useMutation(orpc.operations.putAway.mutationOptions())
  const undo = useMutation({ mutationFn: undoEntries })
  const { data } = useQuery(
    orpc.journal.list.queryOptions({ input: { limit: 200, connectionId }, enabled: journalIds.length > 0 }),
  )
  const entries = data?.entries.filter((entry) => journalIds.includes(entry.id)) ?? []
  const open = entries.filter((entry) => entry.undo === true && entry.undoneAt === null).map((entry) => entry.id)
  const undone = entries.length > 0 && entries.some(({ undoneAt }) => undoneAt !== null)
  const Icon = isWhole(run) ? CircleCheck : problem !== null ? CircleAlert : CircleSlash
  const tone = isWhole(run) ? 'text-good' : problem !== null ? 'text-bad' : 'text-warn'
  return (
    <li className="px-2.5 py-2">
      <div className="flex items-start gap-2">
        <span className="flex h-5 shrink-0 items-center">
          <Icon size={14} className={tone} aria-hidden />
        </span>
        <div className="min-w-0 flex-1">
          <p role="status">{endedWords(run)}</p>
          {problem !== null && <RedisText text={problem} className="block text-left text-sm text-bad wrap-anywhere" />}
          <div className="flex min-w-0 items-center gap-1.5 text-sm text-faint">
            {run.queue !== null && (
              <span className="min-w-0 shrink">
                <QueueName queue={run.queue} icon={false} />
              </span>
            )}
            {endedAt !== null && <RelativeTime at={endedAt} className="shrink-0" />}
            {undone && <span className="shrink-0">· undone</span>}
          </div>
        </div>
        <IconButton
          label="Put away"
          icon={<X size={13} aria-hidden />}
          disabled={putAway.isPending}
          onClick={() => putAway.mutate({ id })}
        />
      </div>
      {(open.length > 0 || missing + refused > 0) && (
        <div className="mt-1.5 flex gap-1.5 pl-5.5">
          {open.length > 0 && (
            <Button
              size="small"
              icon={<Undo2 size={12} aria-hidden />}
              busy={undo.isPending}
              onClick={() => undo.mutate(open)}
            >
              Undo
            </Button>
          )}
          {missing + refused > 0 && (
            <Button size="small" icon={<FileText size={12} aria-hidden />} onClick={() => setReading(true)}>
              Report
            </Button>
          )}
        </div>
      )}
      {reading && <ReportDialog run={run} onClose={() => setReading(false)} />}
    </li>
  )
}
