import { CircleAlert, RefreshCw, Square } from 'lucide-react'
import { useEffect, useEffectEvent, useMemo, useState } from 'react'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { BudgetChoice } from '../../components/budget-choice.tsx'
import { ReadingBar, ReadingFigures } from '../../components/reading-figures.tsx'
import { useOpenConnections } from '../../state/connections.ts'
import { usePreferences } from '../../state/preferences.ts'
import { useFailedCount } from '../../state/telemetry.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatClock, formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { filterGroups } from './failures.model.ts'
import { GroupList } from './group-list.tsx'
import { NoFailures } from './no-failures.tsx'
import { readsOnArrival, surveyWords } from './survey.model.ts'
import { startSurvey, stopSurveying, useSurvey } from './survey-store.ts'

const everywhere = '*'

/** What fails, over all queues of all connections or of one, grouped by cause while it is read. */
export function FailuresScreen({ connectionId }: { connectionId: string | null }) {
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const connections = useOpenConnections()
  const anyOpen = (connections?.length ?? 0) > 0
  const failedNow = useFailedCount(connectionId)
  const budget = usePreferences((state) => state.budget)
  const run = useSurvey(connectionId)
  const read = () => startSurvey(connectionId, budget)
  const arrive = useEffectEvent(() => {
    if (readsOnArrival(run, Date.now())) read()
  })
  useEffect(() => {
    if (anyOpen) arrive()
  }, [anyOpen])
  const survey = run?.shown ?? null
  const running = run?.phase === 'running'
  const groups = useMemo(() => filterGroups(survey?.groups ?? [], filter), [survey, filter])
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  useCommands([
    { id: 'failures.read', title: 'Read the failures again', group: 'Failures', keys: 'shift+r', run: read },
    ...(running
      ? [
          {
            id: 'failures.stop',
            title: 'Stop reading the failures',
            group: 'Failures',
            keys: 'escape',
            run: () => stopSurveying(connectionId),
          },
        ]
      : []),
  ])
  const options = [
    { value: everywhere, label: 'All connections' },
    ...(connections ?? []).map(({ profile }) => ({
      value: profile.id,
      label: <RedisText text={profile.name} truncate />,
    })),
  ]
  const newer = survey === null || running ? 0 : failedNow - survey.total
  const words = run && surveyWords(run, survey?.groups.length ?? 0)
  return (
    <>
      <div className="@container shrink-0">
        <div className="flex h-10 items-center gap-3 px-3">
          <FilterInput
            label="Filter failures"
            value={filter}
            onChange={(text) => changeUrl({ q: text || null })}
            className="w-56 min-w-28 shrink @max-[1000px]:w-36"
          />
          <Select
            label="Connection"
            value={connectionId ?? everywhere}
            onChange={(id) => navigate(routes.section('failures', id === everywhere ? null : id))}
            options={options}
            className="w-44 min-w-28 shrink @max-[1000px]:w-36"
          />
          <span
            role="status"
            aria-live={running ? 'off' : 'polite'}
            title={words}
            className="min-w-0 flex-1 truncate text-sm text-muted"
          >
            {words}
          </span>
          {newer !== 0 && (
            <button
              type="button"
              onClick={read}
              className="flex h-6 shrink-0 items-center rounded-full bg-accent/12 px-2.5 text-sm font-medium text-accent hover:bg-accent/20"
            >
              {newer > 0 ? `${formatCount(newer)} new` : `${formatCount(-newer)} gone`}: refresh
            </button>
          )}
          {run?.readAt != null && !running && (
            <span className="shrink-0 text-sm text-faint @max-[860px]:hidden" title="When the failures were read">
              {formatClock(run.readAt)}
            </span>
          )}
          <BudgetChoice />
          {running ? (
            <IconButton
              label="Stop reading"
              keys="escape"
              icon={<Square size={11} fill="currentColor" aria-hidden />}
              onClick={() => stopSurveying(connectionId)}
            />
          ) : (
            <IconButton
              label="Read the failures again"
              keys="shift+r"
              icon={<RefreshCw size={13} aria-hidden />}
              onClick={read}
            />
          )}
        </div>
        <ReadingBar reading={run?.reading ?? null} running={running} label="Reading the failures" />
        {running && run.reading !== null && (
          <div className="flex h-7 items-center border-b border-line px-3">
            <ReadingFigures reading={run.reading} running />
          </div>
        )}
      </div>
      {run?.problem != null && (
        <Notice
          tone="bad"
          flush
          live
          action={
            <Button size="small" onClick={read}>
              Try again
            </Button>
          }
        >
          {survey === null ? 'The failures could not be read.' : 'Not all failures could be read.'} {run.problem}
        </Notice>
      )}
      {run?.phase === 'stopped' && survey !== null && survey.status !== 'done' && (
        <Notice
          tone="info"
          flush
          action={
            <Button size="small" onClick={read}>
              Read all
            </Button>
          }
        >
          {formatCounted(survey.total - survey.scanned, 'failed job')}{' '}
          {survey.total - survey.scanned === 1 ? 'was' : 'were'} not read: these counts are of the others.
        </Notice>
      )}
      {survey !== null && survey.problems.length > 0 && (
        <Notice tone="warn" flush>
          {survey.problems.map((problem) => (
            <RedisText key={problem} text={problem} className="block" />
          ))}
        </Notice>
      )}
      {connections !== undefined && !anyOpen ? (
        <NoFailures connectionId={connectionId} anyOpen={false} />
      ) : survey === null ? (
        run?.problem == null && <SkeletonRows rows={9} rowHeight={52} />
      ) : survey.groups.length === 0 ? (
        running ? (
          <SkeletonRows rows={9} rowHeight={52} />
        ) : survey.problems.length > 0 ? (
          <EmptyState icon={<CircleAlert size={20} />} title="No failed job was seen">
            But not everything could be read, as it says above: there may be failed jobs in the rest.
          </EmptyState>
        ) : (
          <NoFailures connectionId={connectionId} anyOpen />
        )
      ) : groups.length === 0 ? (
        <EmptyState
          icon={<CircleAlert size={20} />}
          title="No cause matches"
          action={<Button onClick={() => changeUrl({ q: null })}>Clear the filter</Button>}
        >
          The filter hides {formatCounted(survey.groups.length, 'cause')}.
        </EmptyState>
      ) : (
        <GroupList
          survey={survey}
          groups={groups}
          named={connectionId === null}
          open={open}
          onToggle={(signature) =>
            setOpen((now) => {
              const after = new Set(now)
              if (!after.delete(signature)) after.add(signature)
              return after
            })
          }
        />
      )}
    </>
  )
}
