import { useQuery } from '@tanstack/react-query'
import { CircleAlert, PartyPopper, RefreshCw } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { useOpenConnections } from '../../state/connections.ts'
import { useFailedCount } from '../../state/telemetry.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatClock, formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { filterGroups } from './failures.model.ts'
import { columns, GroupRow } from './group-row.tsx'

const everywhere = '*'

/** What fails, over all queues of all connections or of one, grouped by cause. */
export function FailuresScreen({ connectionId }: { connectionId: string | null }) {
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const connections = useOpenConnections()
  const failedNow = useFailedCount(connectionId)
  const { data, error, isFetching, refetch, dataUpdatedAt } = useQuery(
    orpc.failures.groups.queryOptions({ input: { connectionId }, staleTime: 10_000 }),
  )
  const groups = useMemo(() => filterGroups(data?.groups ?? [], filter), [data, filter])
  const [cursor, setCursor] = useState(-1)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const list = useRef<HTMLUListElement>(null)
  const toggle = (signature: string) =>
    setOpen((now) => {
      const after = new Set(now)
      if (!after.delete(signature)) after.add(signature)
      return after
    })
  const move = (step: number) => setCursor((now) => Math.max(0, Math.min(groups.length - 1, now + step)))
  useEffect(() => {
    if (cursor >= 0) list.current?.children[cursor]?.scrollIntoView({ block: 'nearest' })
  }, [cursor])
  const key = (keys: string, title: string, run: () => void) => ({
    id: `failures.${keys}`,
    title,
    group: 'Failures',
    keys,
    keyOnly: true,
    run,
  })
  const current = groups[cursor]
  useCommands([
    key('j', 'Next group', () => move(1)),
    key('k', 'Previous group', () => move(-1)),
    key('arrowdown', 'Next group', () => move(1)),
    key('arrowup', 'Previous group', () => move(-1)),
    key('shift+r', 'Read the failures again', () => void refetch()),
    ...(current === undefined
      ? []
      : [key('enter', 'Show or hide the jobs of the group', () => toggle(current.signature))]),
  ])
  const options = [
    { value: everywhere, label: 'All connections' },
    ...(connections ?? []).map(({ profile }) => ({
      value: profile.id,
      label: <RedisText text={profile.name} truncate />,
    })),
  ]
  const newer = data === undefined ? 0 : failedNow - data.total
  const largest = data?.groups[0]?.count ?? 0
  return (
    <>
      <div className="flex h-10 shrink-0 items-center gap-3 border-b border-line px-3">
        <FilterInput
          label="Filter failures"
          value={filter}
          onChange={(text) => changeUrl({ q: text || null })}
          className="w-56 min-w-28 shrink"
        />
        <Select
          label="Connection"
          value={connectionId ?? everywhere}
          onChange={(id) => navigate(routes.section('failures', id === everywhere ? null : id))}
          options={options}
          className="w-44 shrink-0"
        />
        <span role="status" className="min-w-0 truncate text-sm text-faint">
          {data !== undefined &&
            `${formatCounted(data.total, 'failed job')}, ${formatCounted(groups.length, 'cause')}${data.scanned < data.total ? `; read: the newest 1,000 of each queue, ${formatCount(data.scanned)} in all` : ''}`}
        </span>
        <span className="flex-1" />
        {newer !== 0 && (
          <button
            type="button"
            onClick={() => void refetch()}
            className="flex h-6 shrink-0 items-center rounded-full bg-accent/12 px-2.5 text-sm font-medium text-accent hover:bg-accent/20"
          >
            {newer > 0 ? `${formatCount(newer)} new` : `${formatCount(-newer)} gone`}: refresh
          </button>
        )}
        {data !== undefined && (
          <span className="shrink-0 text-sm text-faint" title="When the failures were read">
            {formatClock(dataUpdatedAt)}
          </span>
        )}
        <IconButton
          label="Read the failures again"
          keys="shift+r"
          icon={
            <RefreshCw size={13} aria-hidden className={classNames('transition-opacity', isFetching && 'opacity-40')} />
          }
          onClick={() => void refetch()}
        />
      </div>
      {error !== null && (
        <Notice
          tone="bad"
          flush
          live
          action={
            <Button size="small" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        >
          The failures could not be read. {errorSentence(error)}
        </Notice>
      )}
      {data !== undefined && data.problems.length > 0 && (
        <Notice tone="warn" flush>
          {data.problems.map((problem) => (
            <RedisText key={problem} text={problem} className="block" />
          ))}
        </Notice>
      )}
      {data === undefined ? (
        error === null && <SkeletonRows rows={9} rowHeight={52} />
      ) : data.groups.length === 0 ? (
        <NoFailures connectionId={connectionId} anyOpen={(connections?.length ?? 0) > 0} />
      ) : groups.length === 0 ? (
        <EmptyState
          icon={<CircleAlert size={20} />}
          title="No cause matches"
          action={<Button onClick={() => changeUrl({ q: null })}>Clear the filter</Button>}
        >
          The filter hides {formatCounted(data.groups.length, 'cause')}.
        </EmptyState>
      ) : (
        <div className="@container min-h-0 flex-1 overflow-y-auto">
          <div
            className={classNames(
              'sticky top-0 z-10 grid h-7 items-center border-b border-line bg-canvas pr-3 text-xs text-faint',
              columns,
            )}
            aria-hidden
          >
            <span className="col-start-2">Cause</span>
            <span className="@max-[760px]:hidden">Share</span>
            <span className="text-end">Jobs</span>
            <span className="text-end @max-[760px]:hidden">First</span>
            <span className="text-end">Last</span>
          </div>
          <ul ref={list} aria-label="Failures by cause">
            {groups.map((group, index) => (
              <GroupRow
                key={group.signature}
                group={group}
                largest={largest}
                scanned={data.scanned}
                named={connectionId === null}
                active={index === cursor}
                open={open.has(group.signature)}
                onToggle={() => {
                  setCursor(index)
                  toggle(group.signature)
                }}
                onRetried={() => void refetch()}
              />
            ))}
          </ul>
        </div>
      )}
    </>
  )
}

function NoFailures({ connectionId, anyOpen }: { connectionId: string | null; anyOpen: boolean }) {
  if (!anyOpen) {
    return (
      <EmptyState
        icon={<CircleAlert size={20} />}
        title="No connection is open"
        action={
          <Button look="primary" onClick={() => navigate(routes.section('profiles'))}>
            Choose a connection
          </Button>
        }
      >
        Failed jobs of every open connection are gathered here, one line a cause.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={<PartyPopper size={20} />}
      title="No failed jobs"
      action={<Button onClick={() => navigate(routes.section('overview', connectionId))}>Show the queues</Button>}
    >
      Every job ran, or is still to run. When one fails for good it appears here, with all others that failed for the
      same reason.
    </EmptyState>
  )
}
