import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronUp, SearchX, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { JobDetail } from '../../../domain/job.ts'
import { queueKey, type StateInfo } from '../../../domain/queue.ts'
import { client, orpc } from '../../api/client.ts'
import { errorCode, errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { badgeWords } from '../../components/badge-words.ts'
import { SidePanel } from '../../components/side-panel.tsx'
import type { Connection } from '../../state/connections.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCount } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ClockTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { JobFamily } from './job-family.tsx'
import { JobSections } from './job-sections.tsx'
import { type JobCommands, JobToolbar } from './job-toolbar.tsx'
import { editableBytes } from './json-problem.model.ts'
import { LogDialog } from './log-dialog.tsx'
import { PayloadView } from './payload-view.tsx'
import { RunDialog } from './run-dialog.tsx'
import type { Reasons } from './use-chosen.ts'
import type { JobSource } from './use-job-pages.ts'

/** A job that a worker has in hand is read again this often. */
const activeMs = 3_000

interface JobDrawerProps extends JobCommands {
  source: JobSource
  jobRef: string
  info: StateInfo
  connection: Connection
  /** Its number in the list, where that is known. */
  place: number | null
  /** Whether its system can give a job all attempts again. */
  resets: boolean
  /** Why an action cannot be done now, for each. */
  reasons: Reasons
  busy: boolean
  /** It was edited and went back to work. */
  onEdited(): void
  onStep(step: 1 | -1): void
  onClose(): void
}

/** Everything known of one job, beside the list it is in. */
export function JobDrawer(props: JobDrawerProps) {
  const { source, jobRef, info, connection, place, onStep, onClose } = props
  const { data, error, isPending, dataUpdatedAt, refetch } = useQuery(
    orpc.queues.job.queryOptions({
      input: { ...source, ref: jobRef, full: false },
      staleTime: 0, // a job that was seen a moment ago may have left since
      refetchInterval: ({ state }) => (info.kind === 'active' && state.error === null ? activeMs : false),
    }),
  )
  const { data: systems } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  const gone = errorCode(error) === 'NOT_FOUND'
  // Systems whose jobs have ids show a job that went on where it is now.
  const moved = data !== undefined && data.state !== info.id
  const states = systems?.find(({ id }) => id === source.queue.system)?.states
  const now = states?.find(({ id }) => id === data?.state)?.label ?? 'another state'
  return (
    <SidePanel label="Job">
      <div className="flex h-10 shrink-0 items-center gap-1 border-b border-line pr-2 pl-3">
        <div className="flex min-w-0 flex-1 items-baseline gap-2">
          {data === undefined ? (
            isPending && <Skeleton className="h-3 w-40" />
          ) : (
            <>
              {data.name !== null && <RedisText text={data.name} truncate className="font-semibold" />}
              {data.id !== null && (
                <RedisText text={data.id} mono truncate selectable className="min-w-16 text-muted" />
              )}
              {data.name === null && data.id === null && <span className="font-semibold">Job without a name</span>}
            </>
          )}
        </div>
        {place !== null && <span className="shrink-0 px-1 text-sm text-faint">#{formatCount(place)}</span>}
        <IconButton
          label="Previous job"
          keys="k"
          icon={<ChevronUp size={14} aria-hidden />}
          onClick={() => onStep(-1)}
        />
        <IconButton label="Next job" keys="j" icon={<ChevronDown size={14} aria-hidden />} onClick={() => onStep(1)} />
        <IconButton label="Close" keys="escape" icon={<X size={14} aria-hidden />} onClick={onClose} />
      </div>
      {data !== undefined ? (
        <OpenJob
          {...props}
          job={data}
          stale={
            error === null ? (
              moved && (
                <Notice
                  tone="info"
                  flush
                  live
                  action={
                    <Button
                      size="small"
                      onClick={() =>
                        navigate(routes.job(source.connectionId, queueKey(source.queue), data.state, data.ref))
                      }
                    >
                      Show it there
                    </Button>
                  }
                >
                  This job has left {info.label}. It is in {now} now.
                </Notice>
              )
            ) : (
              <Notice tone={gone ? 'warn' : 'bad'} flush live>
                {gone ? `This job has left ${info.label}.` : errorSentence(error)} What you see was read at{' '}
                <ClockTime at={dataUpdatedAt} />.
              </Notice>
            )
          }
          left={gone ? 'This job is no longer there.' : moved ? `This job is in ${now} now.` : null}
          onChanged={() => void refetch()}
        />
      ) : isPending ? (
        <LoadingJob />
      ) : (
        <EmptyState
          icon={<SearchX size={20} />}
          title={gone ? 'This job is no longer there' : 'This job could not be read'}
          action={
            <>
              {!gone && <Button onClick={() => void refetch()}>Try again</Button>}
              <Button onClick={onClose}>Back to the list</Button>
            </>
          }
        >
          {gone
            ? `It is not in ${info.label} any more: it ran, moved on, or was removed by somebody.`
            : errorSentence(error)}{' '}
          {connection.status.problem}
        </EmptyState>
      )}
    </SidePanel>
  )
}

interface OpenJobProps extends JobDrawerProps {
  job: JobDetail
  stale: ReactNode
  /** Where it went, when it is not here any more. */
  left: string | null
  /** Something of it was changed that only its detail shows. */
  onChanged(): void
}

function OpenJob({ job, stale, left, onEdited, onChanged, ...props }: OpenJobProps) {
  const { source, info } = props
  const [editing, setEditing] = useState<JobDetail | null>(null)
  const [reading, setReading] = useState(false)
  const [filled, setFilled] = useState(false)
  const [logging, setLogging] = useState(false)
  const [running, setRunning] = useState(false)
  const able =
    left !== null
      ? (Object.fromEntries(Object.keys(props.reasons).map((action) => [action, left])) as unknown as Reasons)
      : props.reasons
  const editReason = able.edit ?? whyNotEdit(job)
  const edit = async () => {
    if (!job.payload.truncated) return setEditing(job)
    setReading(true)
    try {
      setEditing(await client.queues.job({ ...source, ref: job.ref, full: true }))
    } catch (error) {
      toast.error(errorSentence(error))
    } finally {
      setReading(false)
    }
  }
  useCommands([
    ...(editReason === null
      ? [{ id: 'job.edit', title: 'Edit the job', group: 'Jobs', keys: 'e', run: () => void edit() }]
      : []),
    ...(left === null
      ? [{ id: 'job.run', title: 'Run exactly this job', group: 'Jobs', run: () => setRunning(true) }]
      : []),
  ])
  return (
    <>
      <JobToolbar
        {...props}
        reasons={{ ...able, edit: editReason }}
        reading={reading}
        onEdit={() => void edit()}
        onLog={() => setLogging(true)}
        onRun={() => setRunning(true)}
        runReason={left}
      />
      {stale}
      {filled ? (
        <PayloadView source={source} job={job} filled onFill={setFilled} />
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto pb-6">
          {job.badges.length > 0 && (
            <ul aria-label="Remarks" className="flex flex-col gap-1 px-3 pt-3">
              {job.badges.map((badge) => (
                <li key={badge} className="flex items-start gap-2">
                  <span className="flex h-5 items-center">
                    <Badge tone={badgeWords[badge].tone}>{badgeWords[badge].label}</Badge>
                  </span>
                  <span className="text-sm leading-5 text-muted">{badgeWords[badge].meaning}</span>
                </li>
              ))}
            </ul>
          )}
          <JobSections job={job} kind={info.kind}>
            <PayloadView source={source} job={job} filled={false} onFill={setFilled} />
          </JobSections>
          {job.family !== null && <JobFamily connectionId={source.connectionId} family={job.family} />}
        </div>
      )}
      {editing !== null && (
        <EditDialog source={source} job={editing} info={info} onDone={onEdited} onClose={() => setEditing(null)} />
      )}
      {running && <RunDialog source={source} job={job} onClose={() => setRunning(false)} />}
      {logging && <LogDialog source={source} jobRef={job.ref} onDone={onChanged} onClose={() => setLogging(false)} />}
    </>
  )
}

function whyNotEdit({ payload }: JobDetail): string | null {
  if (payload.encoding === 'base64') return 'The payload is not text, so it cannot be edited here.'
  if (payload.bytes > editableBytes)
    return 'Payloads larger than 1 MiB are not edited here: save it, change it, and add it as a new job.'
  return null
}

function LoadingJob() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-3 p-3">
      <Skeleton className="h-6 w-64" />
      <Skeleton className="h-3 w-48" />
      <Skeleton className="h-3 w-56" />
      <Skeleton className="h-40 w-full" />
    </div>
  )
}
