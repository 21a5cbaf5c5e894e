import { PlugZap, Radar } from 'lucide-react'
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react'
import { errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { type Connection, isOpen, useConnection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatCompact, formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { useNow } from '../../ui/use-now.ts'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { RequestPanel } from './request-panel.tsx'
import { columns, RequestHeader, RequestRow } from './request-row.tsx'
import { phaseLooks } from './request-status.tsx'
import { countAll, type Outline, type RequestStore } from './request-store.ts'
import { heldRows, matches, type Phase, phaseOf, phases, trackerKeys } from './requests.model.ts'
import { useHeld, useRequests } from './use-requests.ts'

/** While a pointer moved over the list this lately, rows keep their places. */
const handMs = 3_000

/** The tracked requests of a connection, live. */
export function RequestsScreen({ connectionId }: { connectionId: string | null }) {
  const connection = useConnection(connectionId)
  if (connection === undefined) return <SkeletonRows rows={16} />
  if (!isOpen(connection)) {
    return (
      <EmptyState
        icon={<PlugZap size={20} />}
        title="This connection is closed"
        action={
          <Button look="primary" onClick={() => navigate(routes.profile(connection.profile.id))}>
            Show the connection
          </Button>
        }
      >
        Open it to follow its requests live.
      </EmptyState>
    )
  }
  return <LiveRequests connection={connection} />
}

type Tab = Phase | 'all'

/** More updates a second than this, and bars do not glide. */
const calmUpdates = 500

/** Tells what is in it (`group-data-calm/requests`) whether updates are few. */
function Calm({ store, children }: { store: RequestStore; children: ReactNode }) {
  const calm = store.meter.perSecond(useNow()) < calmUpdates
  return (
    <div data-calm={calm ? '' : undefined} className="group/requests flex min-h-0 flex-1">
      {children}
    </div>
  )
}

function LiveRequests({ connection }: { connection: Connection }) {
  const { store, outline, state } = useRequests(connection.profile.id)
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const opened = url.get('request')
  const tab: Tab = phases.find((phase) => phase === url.get('status')) ?? 'all'
  const tabs = [
    { value: 'all' as Tab, label: 'All', count: <Count count={countAll(outline)} /> },
    ...phases.map((phase) => ({
      value: phase as Tab,
      label: phaseLooks[phase].label,
      count: <Count count={outline.counts[phase]} loud={phase === 'failed'} />,
    })),
  ]
  return (
    <>
      <Toolbar
        filter={filter}
        onFilter={(text) => changeUrl({ q: text || null })}
        store={store}
        live={state.phase === 'live'}
      />
      {state.phase === 'failed' && (
        <Notice tone="bad" flush live>
          The requests cannot be followed: {errorSentence(state.error)} It is tried again by itself.
        </Notice>
      )}
      {outline.partial !== null && (
        <Notice tone="info" flush>
          <RedisText text={outline.partial} />
        </Notice>
      )}
      <Tabs<Tab>
        label="Status"
        value={tab}
        onChange={(next) => changeUrl({ status: next === 'all' ? null : next })}
        tabs={tabs}
      >
        {outline.waiting ? (
          state.phase !== 'failed' && <SkeletonRows rows={16} />
        ) : countAll(outline) === 0 && opened === null ? (
          <NoRequests connection={connection} />
        ) : (
          <Calm store={store}>
            <RequestList key={tab} store={store} outline={outline} tab={tab} filter={filter} opened={opened} />
            {opened !== null && (
              <RequestPanel
                key={opened}
                store={store}
                hash={opened}
                connection={connection}
                onClose={() => changeUrl({ request: null })}
              />
            )}
          </Calm>
        )}
      </Tabs>
    </>
  )
}

interface RequestListProps {
  store: RequestStore
  outline: Outline
  tab: Tab
  filter: string
  opened: string | null
}

function RequestList({ store, outline, tab, filter, opened }: RequestListProps) {
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
  const [shown, release] = useHeld(wanted, holds && filter === '')
  const { waiting } = heldRows(shown, wanted)
  const cursor = cursorHash === null ? -1 : shown.indexOf(cursorHash)
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
        title={filter === '' ? `${tab === 'all' ? 'No' : phaseLooks[tab].label}: no requests` : 'No request matches'}
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

interface ToolbarProps {
  filter: string
  onFilter(text: string): void
  store: RequestStore
  live: boolean
}

function Toolbar({ filter, onFilter, store, live }: ToolbarProps) {
  return (
    <div className="flex h-10 shrink-0 items-center gap-3 border-b border-line px-3">
      <FilterInput label="Filter requests" value={filter} onChange={onFilter} className="w-64 min-w-28 shrink" />
      <span className="flex-1" />
      <Updates store={store} />
      <span className="flex items-center gap-1.5 text-sm text-muted">
        <span
          aria-hidden
          className={live ? 'size-2 rounded-full bg-good' : 'size-2 rounded-full border-[1.5px] border-warn'}
        />
        {live ? 'Live' : 'Waiting'}
      </span>
    </div>
  )
}

/** Apart, because it ticks. */
function Updates({ store }: { store: RequestStore }) {
  const now = useNow()
  return (
    <span className="flex shrink-0 items-center gap-2" title="Messages that were published about requests, a second">
      <Sparkline values={store.meter.course(now)} label="Updates a second, over the last minute" />
      <span className="w-11 text-end font-medium">{formatCompact(store.meter.perSecond(now))}</span>
      <span className="text-sm text-faint">updates/s</span>
    </span>
  )
}

/** Room for five characters whatever the count, so that the tabs stand still. */
function Count({ count, loud }: { count: number; loud?: boolean }) {
  return (
    <span
      className={loud && count > 0 ? 'inline-block min-w-9 font-medium text-bad' : 'inline-block min-w-9'}
      title={formatCount(count)}
    >
      {formatCompact(count)}
    </span>
  )
}

function NoRequests({ connection }: { connection: Connection }) {
  const { id, trackedPrefix, builtIn } = connection.profile
  const { request, list, channel } = trackerKeys(trackedPrefix)
  return (
    <EmptyState
      icon={<Radar size={20} />}
      title="No tracked requests"
      action={builtIn ? undefined : <Button onClick={() => navigate(routes.profile(id))}>Change the prefix</Button>}
    >
      <p>
        A service that writes its progress to Redis appears here by itself, within a second of its first update. Sluice
        follows these names:
      </p>
      <dl className="mx-auto mt-3 grid w-fit grid-cols-[max-content_max-content] gap-x-4 gap-y-1 text-start">
        <dt>Each request</dt>
        <dd>
          <RedisText text={request} mono selectable className="text-ink" />
        </dd>
        <dt>Their list</dt>
        <dd>
          <RedisText text={list} mono selectable className="text-ink" />
        </dd>
        <dt>Updates, published to</dt>
        <dd>
          <RedisText text={channel} mono selectable className="text-ink" />
        </dd>
      </dl>
      <p className="mt-3">
        If your services use other names, set the prefix of tracked requests in the connection: it is{' '}
        <RedisText text={trackedPrefix} mono className="text-ink" /> now.
      </p>
    </EmptyState>
  )
}
