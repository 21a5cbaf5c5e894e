import { useMutation } from '@tanstack/react-query'
import { ChevronDown, ListChecks } from 'lucide-react'
import type { OperationRun } from '../../../domain/operation.ts'
import { orpc } from '../../api/client.ts'
import { foldRuns, useOperationRuns } from '../../state/operation-runs.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Meter } from '../../ui/meter.tsx'
import { useNow } from '../../ui/use-now.ts'
import { EndedRun } from './ended-run.tsx'
import { RunCard } from './run-card.tsx'
import { foldedWords, isFleeting, runShare, shownAfterMs } from './run-words.model.ts'

/** How high the panel is, for what it lies on: the sidebar ends that much lower, so that its last link can be scrolled free. */
export const panelHeight = '--runs-panel-height'

function tellHeight(panel: HTMLElement | null) {
  if (panel === null) return
  const { style } = document.documentElement
  const observer = new ResizeObserver(() => style.setProperty(panelHeight, `${panel.offsetHeight}px`))
  observer.observe(panel)
  return () => {
    observer.disconnect()
    style.removeProperty(panelHeight)
  }
}

/** Actions over many jobs: those that run, with their wheel and brakes, and what became of those that ended. */
export function RunsPanel() {
  const runs = useOperationRuns((state) => state.runs)
  return runs === null || runs.length === 0 ? null : <Panel runs={runs} />
}

function Panel({ runs }: { runs: readonly OperationRun[] }) {
  const now = useNow()
  const folded = useOperationRuns((state) => state.folded)
  const shown = runs.filter(
    (run) => !isFleeting(run) && (run.status === 'ended' || run.problem !== null || now - run.startedAt > shownAfterMs),
  )
  if (shown.length === 0) return null
  if (folded) return <Folded runs={shown} />
  const going = shown.filter(({ status }) => status !== 'ended')
  const ended = shown.filter(({ status }) => status === 'ended')
  return (
    <section
      ref={tellHeight}
      aria-label="Actions"
      className="fixed bottom-3 left-3 z-30 flex max-h-[70vh] w-90 max-w-[calc(100vw-24px)] flex-col rounded-lg bg-raised shadow-float"
    >
      <header className="flex h-8 shrink-0 items-center gap-1 border-b border-line pr-1 pl-2.5">
        <h2 className="flex-1 text-sm font-medium text-muted">Actions</h2>
        {ended.length > 1 && <PutAwayAll ids={ended.map(({ id }) => id)} />}
        <IconButton label="Fold" icon={<ChevronDown size={14} aria-hidden />} onClick={() => foldRuns(true)} />
      </header>
      <ul aria-label="Running actions" className="min-h-0 divide-y divide-line overflow-y-auto">
        {going.map((run) => (
          <RunCard key={run.id} run={run} />
        ))}
        {ended.map((run) => (
          <EndedRun key={run.id} run={run} />
        ))}
      </ul>
    </section>
  )
}

/** The panel as one button, no wider than the sidebar it lies on. */
function Folded({ runs }: { runs: readonly OperationRun[] }) {
  const going = runs.filter(({ status }) => status !== 'ended')
  const share = going.length === 0 ? 1 : going.reduce((sum, run) => sum + runShare(run), 0) / going.length
  const words = foldedWords(runs)
  const stopped = going.some(({ status, problem }) => status === 'held' || problem !== null)
  return (
    <button
      ref={tellHeight}
      type="button"
      aria-label={`Show the actions: ${words}`}
      onClick={() => foldRuns(false)}
      className="fixed bottom-3 left-3 z-30 flex w-46 flex-col gap-1 rounded-lg bg-raised px-2.5 py-1.5 text-start shadow-float hover:bg-sunken"
    >
      <span className="flex w-full items-center gap-1.5 text-sm">
        <ListChecks size={13} className="shrink-0 text-muted" aria-hidden />
        <span className="min-w-0 flex-1 truncate">{words}</span>
      </span>
      {going.length > 0 && (
        <Meter
          share={share}
          label="Progress of all actions"
          valueText={words}
          tone={stopped ? 'bg-warn' : 'bg-accent'}
          className="block! w-full"
        />
      )}
    </button>
  )
}

function PutAwayAll({ ids }: { ids: readonly string[] }) {
  const putAway = useMutation(orpc.operations.putAway.mutationOptions())
  return (
    <Button
      size="small"
      look="ghost"
      busy={putAway.isPending}
      onClick={() => {
        for (const id of ids) putAway.mutate({ id })
      }}
    >
      Put away all
    </Button>
  )
}
