import { useQueryClient } from '@tanstack/react-query'
import { Inbox } from 'lucide-react'
import { type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { type QueueRef, queueKey, type StateInfo } from '../../../domain/queue.ts'
import type { Selection as Jobs } from '../../../domain/selection.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { usePolicy } from '../../components/policy-breaches.ts'
import type { Connection } from '../../state/connections.ts'
import { useLastSampleAt, useQueueSample } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { SelectBox } from '../../ui/select-box.tsx'
import { toast } from '../../ui/toast.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { columnsOf, JobHeader } from './job-columns.tsx'
import { JobDrawer } from './job-drawer.tsx'
import { headerHeight, JobGrid, rowHeight } from './job-grid.tsx'
import { primaryOf } from './job-menu.tsx'
import { filterRows, newsWords, orderWords } from './job-pages.model.ts'
import { EmptyCells, JobCells } from './job-row.tsx'
import { ListKeys } from './list-keys.tsx'
import { ListToolbar, rangeWords } from './list-toolbar.tsx'
import { NoJobs } from './no-jobs.tsx'
import { isEmpty, isSelected, nothingSelected, selectMore, stretchTo, toggleRow } from './selection.model.ts'
import { type StateDialog, StateDialogs } from './state-dialogs.tsx'
import { useChosen } from './use-chosen.ts'
import { useJobActions } from './use-job-actions.ts'
import { type JobSource, refreshJobs, useJobPages } from './use-job-pages.ts'
import { useLiveProgress, withProgress } from './use-live-progress.ts'
import { useLongScroll } from './use-long-scroll.ts'
import { useResting } from './use-resting.ts'

interface QueueStateProps {
  connection: Connection
  queue: QueueRef
  info: StateInfo
  /** Whether its system can give a job all attempts again. */
  resets: boolean
  /** Whether its library tells what happens while one looks. */
  live: boolean
  dialog: StateDialog | null
  onDialog(dialog: StateDialog | null): void
  /** Opens the form for a new job; null where none can be added. */
  onAdd: (() => void) | null
}

/** The jobs of one state, and beside them the one that is open. */
export function QueueState({ connection, queue, info, resets, live: tells, dialog, onDialog, onAdd }: QueueStateProps) {
  const connectionId = connection.profile.id
  const { kind } = info
  const queries = useQueryClient()
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const openRef = url.get('job')
  const source = useMemo<JobSource>(() => ({ connectionId, queue, state: info.id }), [connectionId, queue, info.id])
  const [range, setRange] = useState({ first: 0, last: 40 })
  const [selection, setSelection] = useState(nothingSelected)
  const [cursor, setCursor] = useState(-1)
  /** The row whose job is to be opened as soon as it is loaded. */
  const [wanted, setWanted] = useState<number | null>(null)
  const goTo = useRef<HTMLInputElement>(null)
  const pages = useJobPages(source, range.first, range.last)
  const { loaded, total } = pages

  const matches = useMemo(() => (filter.trim() === '' ? null : filterRows(loaded(), filter)), [filter, loaded])
  const count = matches?.length ?? total ?? 24
  const scroll = useLongScroll({ count, rowHeight, headerHeight })
  const { first, last } = scroll
  useEffect(() => {
    if (matches === null && last >= 0) setRange({ first, last })
  }, [first, last, matches])

  const progress = useLiveProgress(connectionId, queue, tells && kind === 'active')
  const rowAt = (index: number) => {
    if (matches !== null) return matches[index]
    const job = pages.row(index)
    return job && { index, job }
  }
  const refAt = (index: number) => rowAt(index)?.job.ref

  const refresh = useCallback(() => refreshJobs(queries, connectionId, queue), [queries, connectionId, queue])
  const rereadJob = useCallback(
    (ref: string) => void queries.invalidateQueries({ queryKey: orpc.queues.job.key({ input: { ...source, ref } }) }),
    [queries, source],
  )
  const changed = useCallback(() => {
    setSelection(nothingSelected)
    void refresh()
  }, [refresh])
  const actions = useJobActions(source, changed)

  const sample = useQueueSample(connectionId, queueKey(queue))
  const sampledAt = useLastSampleAt(connectionId)
  const timeoutSeconds = usePolicy(connectionId, queueKey(queue))?.timeoutSeconds ?? null
  const live = sample?.states[info.id] ?? null
  const idle = scroll.firstSeen === 0 && isEmpty(selection) && cursor < 0 && openRef === null && matches === null
  const { resting, onPointerMove } = useResting(idle && dialog === null, sample, pages.reading?.at ?? null, refresh)
  const news =
    !resting && pages.reading !== null && live !== null && (sampledAt ?? 0) > pages.reading.at
      ? newsWords(pages.reading.total, live)
      : null

  const open = useCallback((ref: string | null, push = false) => changeUrl({ job: ref }, push), [changeUrl])
  // A job that the address names may be in sight: then the list shows where it is.
  const openIndex = openRef === null ? -1 : (findIndex(refAt, cursor, first, last, openRef) ?? -1)
  useEffect(() => {
    if (openIndex >= 0) setCursor(openIndex)
  }, [openIndex])
  const wantedRef = wanted === null ? undefined : refAt(wanted)
  const lastRow = total === null && matches === null ? null : count - 1
  useEffect(() => {
    if (wanted === null) return
    if (wantedRef !== undefined) {
      setWanted(null)
      open(wantedRef)
      if (wantedRef === openRef) rereadJob(wantedRef) // it stayed, and tells something new: Horizon keeps what it retries
    } else if (lastRow !== null && wanted > lastRow) {
      // The list became shorter than that: its last job, or nothing where none is left.
      setWanted(lastRow < 0 ? null : lastRow)
      if (lastRow < 0) open(null)
    }
  }, [wanted, wantedRef, lastRow, open, openRef, rereadJob])

  const moveTo = (index: number, stretch = false) => {
    const at = Math.max(0, Math.min(count - 1, index))
    if (count === 0) return
    setCursor(at)
    scroll.show(at)
    if (stretch)
      setSelection((now) => stretchTo({ ...now, anchor: now.anchor ?? (cursor < 0 ? at : cursor) }, at, refAt))
    else if (openRef !== null) setWanted(at)
  }
  const select = (index: number, shift: boolean) => {
    const ref = refAt(index)
    if (ref === undefined) return
    setCursor(index)
    setSelection((now) => (shift ? stretchTo(now, index, refAt) : toggleRow(now, ref, index)))
  }
  // The same function for ever, so that rows that did not change are not drawn again.
  const latestSelect = useRef(select)
  latestSelect.current = select
  const onSelect = useCallback((index: number, event: MouseEvent) => latestSelect.current(index, event.shiftKey), [])
  const onRowClick = (index: number, event: MouseEvent) => {
    if (event.shiftKey || event.metaKey || event.ctrlKey) return select(index, event.shiftKey)
    const ref = refAt(index)
    if (ref === undefined) return
    setCursor(index)
    open(ref, openRef === null)
  }

  const chosen = useChosen({
    source,
    connection,
    info,
    selection,
    openRef,
    actions,
    onDialog,
    onStarted: changed,
    // After the open job is gone from here the next one takes its place, so that a heap can be worked through.
    onOpenLeft: async () => {
      const at = cursor
      await refresh()
      if (at >= 0) setWanted(at)
      else if (openRef !== null) rereadJob(openRef)
    },
  })
  const selectAll = () => {
    const refs = (matches ?? loaded()).map(({ job }) => job.ref)
    setSelection((now) => selectMore(now, refs, matches === null ? (total ?? 0) : refs.length))
  }
  const selectEvery = () => setSelection((now) => ({ ...nothingSelected, all: true, anchor: now.anchor }))
  const exportJobs = (jobs: Jobs, jobCount: number, sampled: string | null) =>
    onDialog({ type: 'export', jobs, count: jobCount, sample: sampled })
  const refreshNow = () => {
    void refresh()
    if (isEmpty(selection) && (kind === 'failed' || kind === 'completed')) scroll.show(0)
  }

  const searchAll =
    matches === null || (total ?? 0) <= loaded().length
      ? null
      : () => navigate(routes.search(connectionId, { q: filter.trim(), queue: queueKey(queue), state: info.id }))

  const empty = total === 0 && matches === null
  const loadedCount = matches === null ? 0 : loaded().length
  const summary =
    matches !== null
      ? `${formatCounted(matches.length, 'match', 'matches')} in the ${formatCount(loadedCount)} loaded rows of ${formatCount(total ?? 0)}`
      : total === null
        ? 'Reading…'
        : `${rangeWords(scroll.firstSeen, scroll.lastSeen, total)}${total > 1 ? `, ${orderWords(kind)}` : ''}`
  const headerState =
    selection.all || (selection.refs.size > 0 && loaded().every(({ job }) => selection.refs.has(job.ref)))
  return (
    <div className="relative flex min-h-0 flex-1">
      <div className="relative flex min-w-0 flex-1 flex-col">
        <ListToolbar
          filter={filter}
          onFilter={(text) => {
            setCursor(-1)
            changeUrl({ q: text === '' ? null : text })
          }}
          summary={summary}
          news={news}
          readAt={pages.reading?.at ?? null}
          busy={pages.busy}
          onRefresh={refreshNow}
          goTo={goTo}
          onGoTo={(place) => {
            if (matches !== null) changeUrl({ q: null })
            const at = Math.max(0, Math.min((total ?? 1) - 1, place - 1))
            setCursor(at)
            scroll.show(at, true)
          }}
          onSearchAll={searchAll}
          onLoadMore={
            matches !== null && loadedCount < (total ?? 0) && loadedCount < 10_000
              ? () => void pages.loadMore(10).catch((error: unknown) => toast.error(errorSentence(error)))
              : undefined
          }
        />
        {pages.partial !== null && (
          <Notice tone="info" flush>
            {pages.partial}
          </Notice>
        )}
        {pages.error !== null && (
          <Notice
            tone="bad"
            flush
            live
            action={
              <Button size="small" onClick={() => void refresh()}>
                Try again
              </Button>
            }
          >
            This list could not be read. {errorSentence(pages.error)}
          </Notice>
        )}
        {empty ? (
          <NoJobs info={info} problem={sample?.problem ?? null} onAdd={onAdd} />
        ) : matches?.length === 0 ? (
          <EmptyState
            icon={<Inbox size={20} />}
            title="No loaded row matches"
            action={
              <>
                <Button onClick={() => changeUrl({ q: null })}>Clear the filter</Button>
                {searchAll !== null && (
                  <Button look="primary" onClick={searchAll}>
                    Search all {formatCount(total ?? 0)}
                  </Button>
                )}
              </>
            }
          >
            The filter goes through the {formatCount(loadedCount)} rows that were loaded, of {formatCount(total ?? 0)}.
            A search reads all of them, whole payloads too.
          </EmptyState>
        ) : (
          <JobGrid
            label={`${info.label} jobs`}
            count={count}
            scroll={scroll}
            columns={columnsOf(kind).grid}
            header={
              <>
                <SelectBox
                  selected={headerState || (isEmpty(selection) ? false : 'mixed')}
                  label="Select the loaded rows"
                  onClick={() => (headerState ? setSelection(nothingSelected) : selectAll())}
                />
                <JobHeader kind={kind} />
              </>
            }
            cursor={cursor}
            isSelected={(index) => {
              const ref = refAt(index)
              return ref !== undefined && isSelected(selection, ref)
            }}
            onRowClick={onRowClick}
            onPointerMove={onPointerMove}
            renderRow={(index) => {
              const row = rowAt(index)
              if (row === undefined) {
                return (
                  <EmptyCells index={index} past={pages.isPast(index)} error={pages.error !== null && !pages.busy} />
                )
              }
              return (
                <JobCells
                  job={withProgress(row.job, progress)}
                  place={row.index}
                  index={index}
                  kind={kind}
                  timeoutSeconds={timeoutSeconds}
                  selected={isSelected(selection, row.job.ref)}
                  onSelect={onSelect}
                />
              )
            }}
          />
        )}
        {!isEmpty(selection) && (
          <BulkBar
            selection={selection}
            total={live ?? total ?? 0}
            info={info}
            resets={resets}
            chosen={chosen}
            busy={actions.busy}
            onSelectAll={
              matches === null && !selection.all && headerState && (live ?? total ?? 0) > selection.refs.size
                ? selectEvery
                : null
            }
            onExport={() =>
              exportJobs(
                chosen.jobs,
                selection.all ? (live ?? total ?? 0) : selection.refs.size,
                selection.all ? (loaded()[0]?.job.ref ?? null) : ([...selection.refs][0] ?? null),
              )
            }
            onClear={() => setSelection(nothingSelected)}
          />
        )}
      </div>
      {openRef !== null && (
        <JobDrawer
          key={openRef}
          source={source}
          jobRef={openRef}
          info={info}
          connection={connection}
          place={openIndex >= 0 && matches === null ? openIndex + 1 : null}
          busy={actions.busy}
          resets={resets}
          reasons={chosen.reasons}
          onPrimary={() => {
            const { action } = primaryOf(info)
            void chosen.follow(actions[action](openRef), openRef)
          }}
          onReset={() => void chosen.follow(actions.retry(openRef, 'reset'), openRef)}
          onRemove={() => void chosen.follow(actions.remove(openRef), openRef)}
          onDuplicate={() => void actions.duplicate(openRef)}
          onCopyAway={() => chosen.copyAway(openRef)}
          onExport={() =>
            exportJobs({ type: 'refs', places: [{ queue, state: info.id, refs: [openRef] }] }, 1, openRef)
          }
          onReschedule={() => onDialog({ type: 'reschedule', ref: openRef })}
          onMove={() => onDialog({ type: 'move', ref: openRef })}
          onEdited={() => {
            setSelection(nothingSelected)
            void chosen.follow(Promise.resolve(), openRef)
          }}
          onStep={(step) => moveTo(cursor + step)}
          onClose={() => open(null)}
        />
      )}
      <StateDialogs
        dialog={dialog}
        source={source}
        actions={actions}
        onActed={(work, ref) => void chosen.follow(work, ref)}
        onClose={() => onDialog(null)}
      />
      <ListKeys
        onMove={(step, stretch) => moveTo(cursor < 0 ? (step > 0 ? 0 : count - 1) : cursor + step, stretch)}
        onPage={(direction) => moveTo(cursor + direction * Math.max(1, scroll.perView - 2))}
        onEnd={(end) => moveTo(end === 'first' ? 0 : count - 1)}
        onOpen={cursor < 0 ? null : () => setWanted(cursor)}
        onToggle={cursor < 0 ? null : () => select(cursor, false)}
        onSelectAll={selectAll}
        onGoTo={() => goTo.current?.select()}
        onRefresh={refreshNow}
        onRetry={chosen.any ? () => (primaryOf(info).action === 'promote' ? chosen.promote() : chosen.retry()) : null}
        onMoveJobs={chosen.any ? chosen.move : null}
        onRemove={chosen.any ? chosen.remove : null}
        onCopy={isEmpty(selection) ? null : chosen.copy}
        onEscape={
          openRef !== null
            ? () => open(null)
            : !isEmpty(selection)
              ? () => setSelection(nothingSelected)
              : cursor >= 0 && filter === ''
                ? () => setCursor(-1)
                : null
        }
      />
    </div>
  )
}

/** Where a job is among the rows in sight; the row of the cursor first, where it nearly always is. */
function findIndex(
  refAt: (index: number) => string | undefined,
  cursor: number,
  first: number,
  last: number,
  ref: string,
): number | null {
  if (cursor >= 0 && refAt(cursor) === ref) return cursor
  for (let index = first; index <= last; index++) if (refAt(index) === ref) return index
  return null
}
