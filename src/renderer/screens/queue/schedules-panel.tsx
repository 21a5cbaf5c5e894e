import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CalendarClock, CirclePlay, Ellipsis, Pencil, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { QueueRef, SystemInfo } from '../../../domain/queue.ts'
import type { Schedule } from '../../../domain/schedule.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { whyNotWrite } from '../../components/action-guard.model.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCount, formatDateTime } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { timingWords } from './schedule.model.ts'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { refreshJobs } from './use-job-pages.ts'

/** Schedules are read again this often while they are looked at. */
const refreshMs = 5_000
const notSaved = 'This library names a schedule after its timing: remove it, and let its program add it again.'

interface SchedulesPanelProps {
  connection: Connection
  queue: QueueRef
  can: SystemInfo['schedules']
  /** Why nothing of this queue can be changed; null when it can. */
  readOnly: string | null
}

/** What makes jobs again and again in a queue: when it runs next, and whether it still will. */
export function SchedulesPanel({ connection, queue, can, readOnly }: SchedulesPanelProps) {
  const target = { connectionId: connection.profile.id, queue }
  const queries = useQueryClient()
  const { data, error, isPending } = useQuery(
    orpc.schedules.list.queryOptions({ input: target, refetchInterval: refreshMs }),
  )
  const [editing, setEditing] = useState<Schedule | null>(null)
  const [removing, setRemoving] = useState<Schedule | null>(null)
  const changed = () => {
    void queries.invalidateQueries({ queryKey: orpc.schedules.key() })
    void refreshJobs(queries, target.connectionId, queue)
  }
  const run = useMutation(
    orpc.schedules.run.mutationOptions({ onSuccess: () => toast.good('Added a job of it.'), onSettled: changed }),
  )
  const remove = useMutation(
    orpc.schedules.remove.mutationOptions({ onSuccess: () => toast.good('Removed the schedule.'), onSettled: changed }),
  )
  const reason = readOnly ?? whyNotWrite(connection)
  if (isPending) return <SkeletonRows rows={6} />
  if (error !== null && data === undefined) {
    return (
      <Notice tone="bad" flush live>
        The schedules could not be read. {errorSentence(error)}
      </Notice>
    )
  }
  if (data === undefined || data.length === 0) {
    return (
      <EmptyState icon={<CalendarClock size={20} />} title="No schedules">
        Nothing makes jobs again and again in this queue. A program that works on it adds a schedule.
      </EmptyState>
    )
  }
  return (
    <div className="@container min-h-0 flex-1 overflow-y-auto pb-4">
      <table className="w-full table-fixed">
        <thead>
          <tr className="h-8 border-b border-line text-left text-sm text-muted">
            <th className="px-3 font-medium">Schedule</th>
            <th className="w-44 px-2 font-medium">Timing</th>
            <th className="w-36 px-2 font-medium">Next run</th>
            <th className="w-20 px-2 text-end font-medium @max-[760px]:hidden">Runs</th>
            <th className="px-2 font-medium @max-[900px]:hidden">Payload</th>
            <th className="w-40 px-3">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.map((schedule) => (
            <tr key={schedule.id} className="h-9 border-b border-line/60 hover:bg-hover">
              <td className="px-3">
                <span className="flex min-w-0 items-center gap-2">
                  {schedule.problem !== null && (
                    <TriangleAlert size={14} className="shrink-0 text-warn" aria-label={schedule.problem} />
                  )}
                  <RedisText text={schedule.id} truncate className="font-medium" />
                  {schedule.name !== null && <RedisText text={schedule.name} truncate className="text-muted" />}
                </span>
                {schedule.problem !== null && <p className="pb-1 text-sm text-warn">{schedule.problem}</p>}
              </td>
              <td className="px-2">
                <RedisText text={timingWords(schedule)} truncate mono={schedule.pattern !== null} />
                {schedule.timeZone !== null && (
                  <RedisText text={schedule.timeZone} truncate className="block text-xs text-faint" />
                )}
              </td>
              <td className="px-2" title={schedule.nextAt === null ? undefined : formatDateTime(schedule.nextAt)}>
                {schedule.nextAt === null ? (
                  <span className="text-faint">–</span>
                ) : (
                  <RelativeTime at={schedule.nextAt} />
                )}
              </td>
              <td className="px-2 text-end text-muted @max-[760px]:hidden">
                {schedule.runs === null ? '–' : formatCount(schedule.runs)}
                {schedule.limit !== null && ` of ${formatCount(schedule.limit)}`}
              </td>
              <td className="pr-4 pl-2 @max-[900px]:hidden">
                {schedule.payload === null ? (
                  <span className="text-faint">–</span>
                ) : (
                  <RedisText text={schedule.payload.slice(0, 200)} mono truncate className="text-muted" />
                )}
              </td>
              <td className="px-3">
                <span className="flex justify-end gap-1.5">
                  {can.run && (
                    <GuardedButton
                      size="small"
                      icon={<CirclePlay size={13} aria-hidden />}
                      reason={reason}
                      hint="Add one job now; the schedule goes on as it is"
                      busy={run.isPending && run.variables.id === schedule.id}
                      onClick={() => run.mutate({ ...target, id: schedule.id })}
                    >
                      Run now
                    </GuardedButton>
                  )}
                  <Menu
                    trigger={
                      <Button
                        size="small"
                        look="ghost"
                        aria-label={`More for ${schedule.id}`}
                        className="px-1!"
                        icon={<Ellipsis size={14} aria-hidden />}
                      />
                    }
                    entries={[
                      {
                        label: 'Edit…',
                        icon: <Pencil size={14} aria-hidden />,
                        unavailable: (can.save ? reason : notSaved) ?? undefined,
                        onChoose: () => setEditing(schedule),
                      },
                      {
                        label: 'Remove…',
                        icon: <Trash2 size={14} aria-hidden />,
                        danger: true,
                        unavailable: reason ?? undefined,
                        onChoose: () => setRemoving(schedule),
                      },
                    ]}
                  />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {editing !== null && (
        <ScheduleDialog target={target} schedule={editing} onDone={changed} onClose={() => setEditing(null)} />
      )}
      {removing !== null && (
        <ConfirmDialog
          open
          destructive
          title={
            <>
              Remove the schedule <RedisText text={removing.id} />?
            </>
          }
          confirmLabel="Remove the schedule"
          onCancel={() => setRemoving(null)}
          onConfirm={() => {
            remove.mutate({ ...target, id: removing.id })
            setRemoving(null)
          }}
        >
          It makes no more jobs, and its next job goes with it. A job of it that runs already goes on. This cannot be
          undone here: the program that works on the queue can add it again.
        </ConfirmDialog>
      )}
    </div>
  )
}
