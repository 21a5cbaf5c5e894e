import { type MouseEvent, useCallback, useMemo, useRef, useState } from 'react'
import { type BulkAction, planQuestionSchema } from '../../../domain/operation.ts'
import { queueKey, type SystemInfo } from '../../../domain/queue.ts'
import type { Selection } from '../../../domain/selection.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { usePlan } from '../../components/plan/use-plan.ts'
import { ExportDialog } from '../../components/transfer/export-dialog.tsx'
import type { Connection } from '../../state/connections.ts'
import type { SearchRun } from '../../state/searches.model.ts'
import { type Command, useCommands } from '../../ui/commands.ts'
import { SelectBox } from '../../ui/select-box.tsx'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { FoundBar } from './found-bar.tsx'
import { useFoundPlace } from './found-place.ts'
import { FoundCells, FoundHeader, foundColumns } from './found-row.tsx'
import {
  chooseMore,
  chosenCount,
  chosenPlaces,
  foundKey,
  isChosen,
  isEmpty,
  nothingFound,
  selectionOf,
  stretchFound,
  toggleFound,
} from './found-selection.model.ts'

interface FoundListProps {
  connection: Connection
  systems: readonly SystemInfo[] | undefined
  run: SearchRun
}

/** The found jobs, of any queue, and what can be done with those that are chosen. */
export function FoundList({ connection, systems, run }: FoundListProps) {
  const connectionId = connection.profile.id
  const { found, progress, phase } = run
  const [place, setPlace] = useFoundPlace(connectionId, progress?.id ?? '')
  const { selection, cursor } = place
  const plan = usePlan()
  const [exporting, setExporting] = useState<{ selection: Selection; count: number } | null>(null)
  const states = useMemo(
    () => new Map(systems?.flatMap(({ id, states: each }) => each.map((state) => [`${id} ${state.id}`, state]))),
    [systems],
  )
  const select = (index: number, shift: boolean) => {
    const one = found[index]
    if (one === undefined) return
    setPlace((now) => ({
      cursor: index,
      selection: shift ? stretchFound(now.selection, index, found) : toggleFound(now.selection, one, index),
    }))
  }
  // The same function for ever, so that rows that did not change are not drawn again.
  const latestSelect = useRef(select)
  latestSelect.current = select
  const onSelect = useCallback((index: number, event: MouseEvent) => latestSelect.current(index, event.shiftKey), [])
  const open = (index: number) => {
    const one = found[index]
    if (one !== undefined) navigate(routes.job(connectionId, queueKey(one.queue), one.state, one.job.ref))
  }
  const setCursor = (index: number) => setPlace((now) => ({ ...now, cursor: index }))
  const clear = () => setPlace((now) => ({ ...now, selection: nothingFound }))
  const more = () => setPlace((now) => ({ ...now, selection: chooseMore(now.selection, run) }))
  const chooseAll = () => setPlace((now) => ({ ...now, selection: { all: true, keys: new Set(), anchor: null } }))
  const act = (action: BulkAction) => {
    const chosen = selectionOf(selection, run)
    if (chosen !== null) plan(planQuestionSchema.parse({ connectionId, action, selection: chosen }), clear)
  }
  const exportThem = () => {
    const chosen = selectionOf(selection, run)
    if (chosen !== null) setExporting({ selection: chosen, count: chosenCount(selection, run) })
  }
  const sample = found.find((one) => isChosen(selection, one))
  const none = isEmpty(selection)
  const whole = selection.all || (found.length > 0 && found.every((one) => isChosen(selection, one)))
  const stretch = (step: 1 | -1) => {
    const next = Math.max(0, Math.min(found.length - 1, cursor + step))
    setPlace((now) => ({
      cursor: next,
      selection: stretchFound({ ...now.selection, anchor: now.selection.anchor ?? Math.max(0, cursor) }, next, found),
    }))
  }
  const key = (keys: string, title: string, run: () => void): Command => ({
    id: `found.${keys}`,
    title,
    group: 'Jobs',
    keys,
    keyOnly: true,
    run,
  })
  useCommands([
    key('mod+a', 'Select the matches shown; again: all of them', more),
    key('x', 'Select the match', () => cursor >= 0 && select(cursor, false)),
    key('shift+j', 'Select down', () => stretch(1)),
    key('shift+k', 'Select up', () => stretch(-1)),
    key('shift+arrowdown', 'Select down', () => stretch(1)),
    key('shift+arrowup', 'Select up', () => stretch(-1)),
    ...(none ? [] : [key('escape', 'Select nothing', clear)]),
  ])
  const matches = progress?.matches ?? 0
  const errors = useMemo(() => found.some(({ job }) => job.error !== null), [found])
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <VirtualGrid
        label="Found jobs"
        count={found.length}
        keyAt={(index) => {
          const one = found[index]
          return one === undefined ? String(index) : foundKey(one)
        }}
        columns={foundColumns(errors)}
        header={
          <>
            <SelectBox
              selected={whole || (none ? false : 'mixed')}
              label="Select the matches shown"
              onClick={() => (whole ? clear() : more())}
            />
            <FoundHeader errors={errors} />
          </>
        }
        cursor={cursor}
        onCursor={setCursor}
        onActivate={open}
        onRowClick={(index, event) => {
          if (event.shiftKey || event.metaKey || event.ctrlKey) return select(index, event.shiftKey)
          setCursor(index)
          open(index)
        }}
        isSelected={(index) => {
          const one = found[index]
          return one !== undefined && isChosen(selection, one)
        }}
        renderRow={(index) => {
          const one = found[index]
          if (one === undefined) return null
          const info = states.get(`${one.queue.system} ${one.state}`)
          return (
            <FoundCells
              found={one}
              index={index}
              selected={isChosen(selection, one)}
              stateLabel={info?.label ?? one.state}
              kind={info?.kind ?? null}
              errors={errors}
              onSelect={onSelect}
            />
          )
        }}
        footer={none ? undefined : <div className="h-16" aria-hidden />}
      />
      {!none && (
        <FoundBar
          count={chosenCount(selection, run)}
          all={selection.all}
          beyond={matches > found.length || (whole && phase === 'running') ? matches : 0}
          connection={connection}
          systems={systems}
          places={chosenPlaces(selection, run)}
          unfinished={phase === 'running' ? 'The search still finds more: wait until it is done, or stop it.' : null}
          onAction={act}
          onExport={exportThem}
          onAll={chooseAll}
          onClear={clear}
        />
      )}
      {exporting !== null && (
        <ExportDialog
          connectionId={connectionId}
          selection={exporting.selection}
          count={exporting.count}
          sample={sample === undefined ? null : { queue: sample.queue, state: sample.state, ref: sample.job.ref }}
          onClose={() => setExporting(null)}
        />
      )}
    </div>
  )
}
