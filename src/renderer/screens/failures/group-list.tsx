import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { FailureGroup, FailureSurvey } from '../../../domain/failure.ts'
import { classNames } from '../../ui/class-names.ts'
import { useCommands } from '../../ui/commands.ts'
import { formatDuration, formatPercent } from '../../ui/format.ts'
import { useAiming } from '../../ui/use-aiming.ts'
import { barShare, keepPlaces } from './failures.model.ts'
import { columns, GroupRow } from './group-row.tsx'

interface GroupListProps {
  survey: FailureSurvey
  /** Those of the survey that are shown. */
  groups: readonly FailureGroup[]
  /** Say the connections: there may be several. */
  named: boolean
  /** Signatures of the groups that are open. */
  open: ReadonlySet<string>
  onToggle(signature: string): void
}

const placeOf = (groups: readonly FailureGroup[], chosen: string | null) =>
  groups.findIndex(({ signature }) => signature === chosen)

/** The causes, largest first; while a pointer aims at one they stay where they are, whatever is read meanwhile. */
export function GroupList({ survey, groups: sorted, named, open, onToggle }: GroupListProps) {
  const [aiming, aim] = useAiming()
  const shown = useRef(sorted)
  const groups = useMemo(() => (aiming ? keepPlaces(shown.current, sorted) : sorted), [aiming, sorted])
  shown.current = groups
  const [chosen, setChosen] = useState<string | null>(null)
  const list = useRef<HTMLUListElement>(null)
  const move = (step: number) =>
    setChosen((now) => {
      const to = Math.max(0, Math.min(shown.current.length - 1, placeOf(shown.current, now) + step))
      return shown.current[to]?.signature ?? null
    })
  useEffect(() => {
    list.current?.children[placeOf(shown.current, chosen)]
      ?.querySelector('button')
      ?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const key = (keys: string, title: string, run: () => void) => ({
    id: `failures.${keys}`,
    title,
    group: 'Failures',
    keys,
    keyOnly: true,
    run,
  })
  const current = groups.find(({ signature }) => signature === chosen)
  useCommands([
    key('j', 'Next group', () => move(1)),
    key('k', 'Previous group', () => move(-1)),
    key('arrowdown', 'Next group', () => move(1)),
    key('arrowup', 'Previous group', () => move(-1)),
    ...(current === undefined
      ? []
      : [key('enter', 'Show or hide the jobs of the group', () => onToggle(current.signature))]),
  ])
  // The same function for ever, so that rows that did not change are not drawn again.
  const latest = useRef(onToggle)
  latest.current = onToggle
  const onRow = useCallback((signature: string) => {
    setChosen(signature)
    latest.current(signature)
  }, [])
  const span = `the last ${formatDuration(survey.trendTo - survey.trendFrom)}`
  return (
    <div className="@container min-h-0 flex-1 overflow-y-auto">
      <div
        className={classNames(
          'sticky top-0 z-10 grid h-7 items-center border-b border-line bg-canvas pr-3 text-xs text-faint',
          columns,
        )}
        aria-hidden
      >
        <span className="col-start-2">Cause</span>
        <span title={`Over ${span}`}>Trend</span>
        <span className="@max-[900px]:hidden">Share</span>
        <span className="text-end">Jobs</span>
        <span className="text-end @max-[900px]:hidden">First</span>
        <span className="text-end">Last</span>
      </div>
      <ul ref={list} aria-label="Failures by cause" {...aim}>
        {groups.map((group) => (
          <GroupRow
            key={group.signature}
            group={group}
            share={formatPercent(survey.scanned === 0 ? 0 : group.count / survey.scanned)}
            bar={barShare(group.count, survey.groups[0]?.count ?? 0)}
            named={named}
            active={group.signature === chosen}
            open={open.has(group.signature)}
            span={span}
            onToggle={onRow}
          />
        ))}
      </ul>
    </div>
  )
}
