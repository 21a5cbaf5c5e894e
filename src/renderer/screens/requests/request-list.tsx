import { Radar } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useUrlState } from '../../app/url-state.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { columns, RequestHeader, RequestRow } from './request-row.tsx'
import { phaseLooks } from './request-status.tsx'
import type { Outline, RequestStore } from './request-store.ts'
import { heldRows, matches, phaseOf, type Tab } from './requests.model.ts'
import { useHeld } from './use-requests.ts'

/** While a pointer moved over the list this lately, rows keep their places. */
const handMs = 3_000

interface RequestListProps {
  store: RequestStore
  outline: Outline
  tab: Tab
  filter: string
  opened: string | null
}

/** The requests of a tab, newest first; rows keep their places while somebody is at them. */
export function RequestList({ store, outline, tab, filter, opened }: RequestListProps) {
  const [, changeUrl] = useUrlState()
  const now = useNow()
  const [cursorHash, setCursorHash] = useState<string | null>(opened)
  const [scrolled, setScrolled] = useState(false)
  const touchedAt = useRef(0)
  // Texts change all the time: what a filter finds is looked at again once a second, not with every update.
  const beat = filter === '' ? 0 : now
  // biome-ignore lint/correctness/useExhaustiveDependencies: `beat` says when to look again
  const wanted = useMemo(() => {
    const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean)
    return outline.hashes.filter((hash) => {
      const request = store.get(hash)?.request
      return request !== undefined && (tab === 'all' || phaseOf(request) === tab) && matches(request, words)
    })
  }, [store, outline, tab, filter, beat])
  const holds = scrolled || opened !== null || now - touchedAt.current < handMs
  // One that was begun here is opened before its row is there: it does not wait to be asked for.
  const fits = (held: readonly string[]) => opened === null || held.includes(opened) || !wanted.includes(opened)
  const [shown, release] = useHeld(wanted, (held) => holds && filter === '' && fits(held))
  const { waiting } = heldRows(shown, wanted)
  const at = opened ?? cursorHash
  const cursor = at === null ? -1 : shown.indexOf(at)
  const onRange = useCallback((first: number) => setScrolled(first > 0), [])
  const open = (hash: string) => changeUrl({ request: hash }, opened === null)
  useCommands([
    ...(opened === null
      ? cursorHash === null || filter !== ''
        ? []
        : [
            {
              id: 'requests.leave',
              title: 'Leave the row',
              group: 'Lists',
              keys: 'escape',
              keyOnly: true,
              run: () => setCursorHash(null),
            },
          ]
      : [
          {
            id: 'requests.close',
            title: 'Close the request',
            group: 'Lists',
            keys: 'escape',
            keyOnly: true,
            run: () => changeUrl({ request: null }),
          },
        ]),
  ])
  if (shown.length === 0 && waiting === 0) {
    return (
      <EmptyState
        icon={<Radar size={20} />}
        title={
          filter === ''
            ? `No requests${tab === 'all' ? '' : `: ${phaseLooks[tab].label.toLowerCase()}`}`
            : 'No request matches'
        }
        action={filter === '' ? undefined : <Button onClick={() => changeUrl({ q: null })}>Clear the filter</Button>}
      >
        {filter === ''
          ? 'They appear here by themselves.'
          : `The filter hides ${formatCounted(outline.hashes.length, 'request')}.`}
      </EmptyState>
    )
  }
  return (
    <div
      className="relative flex min-w-0 flex-1 flex-col"
      onPointerMove={() => {
        touchedAt.current = Date.now()
      }}
    >
      {waiting > 0 && (
        <button
          type="button"
          onClick={release}
          className="absolute top-0.5 left-1/2 z-30 flex h-6 -translate-x-1/2 items-center rounded-full bg-accent px-3 text-sm font-medium text-accent-ink shadow-float"
        >
          {formatCount(waiting)} new: show
        </button>
      )}
      <VirtualGrid
        label="Requests"
        count={shown.length}
        keyAt={(index) => shown[index] ?? String(index)}
        columns={columns}
        header={<RequestHeader />}
        cursor={cursor}
        onCursor={(index) => {
          const hash = shown[index]
          if (hash === undefined) return
          setCursorHash(hash)
          if (opened !== null) open(hash)
        }}
        onActivate={(index) => {
          const hash = shown[index]
          if (hash !== undefined) open(hash)
        }}
        onRange={onRange}
        renderRow={(index) => {
          const hash = shown[index]
          return hash === undefined ? null : <RequestRow store={store} hash={hash} />
        }}
      />
    </div>
  )
}
