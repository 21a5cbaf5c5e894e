import { Table2 } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { useExpected } from '../../components/policy-breaches.ts'
import { systemLabel } from '../../components/system-label.tsx'
import { useOpenConnections } from '../../state/connections.ts'
import { useTelemetryStore } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatCounted } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { GroupStrip } from './group-strip.tsx'
import { NoteRow } from './note-row.tsx'
import { OutsideToggle } from './outside-toggle.tsx'
import {
  filterWords,
  formatSorting,
  nextSorting,
  outsideKeys,
  outsideWord,
  overviewRows,
  parseSorting,
  rowKey,
  toggleOutside,
} from './overview.model.ts'
import { columns, OverviewHeader } from './overview-columns.tsx'
import { QueueRow } from './queue-row.tsx'

/** Rows change places at most this often, so that a sorted list can be read while its numbers tick. */
const reorderMs = 5_000

/** Every queue of every open connection, or of one. */
export function OverviewScreen({ connectionId }: { connectionId: string | null }) {
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const sorting = parseSorting(url.get('sort'))
  const connections = useOpenConnections()
  const chosen = useMemo(
    () => (connections ?? []).filter(({ profile }) => connectionId === null || profile.id === connectionId),
    [connections, connectionId],
  )
  const expected = useExpected(chosen)
  const [cursorKey, setCursorKey] = useState(url.get('row'))

  // What decides which rows there are; the numbers in them are each row's own business.
  const outline = useTelemetryStore(
    useShallow(({ connections: all }) =>
      Object.values(all).flatMap((one) => [one.keys, one.partial, one.redisProblem, one.redis?.maxmemoryPolicy]),
    ),
  )
  const epoch = useNow(reorderMs)
  const sort = formatSorting(sorting)
  // biome-ignore lint/correctness/useExhaustiveDependencies: outline and epoch say when to look at the telemetry again
  const { rows, outside } = useMemo(() => {
    const telemetry = useTelemetryStore.getState().connections
    const known = chosen.map(({ profile: { id } }, place) => ({
      id,
      telemetry: telemetry[id],
      policies: expected[place]?.policies,
      overruns: expected[place]?.overruns,
    }))
    return {
      rows: overviewRows({
        connections: known,
        filter,
        sorting: parseSorting(sort),
        systemLabel: ({ system }) => systemLabel(system),
      }),
      outside: known.reduce((count, connection) => count + outsideKeys(connection).size, 0),
    }
  }, [chosen, expected, filter, sort, outline, epoch])

  const keys = useMemo(() => rows.map(rowKey), [rows])
  const sticky = useMemo(() => rows.flatMap((row, index) => (row.type === 'group' ? [index] : [])), [rows])
  const shown = rows.reduce((count, row) => count + (row.type === 'queue' ? 1 : 0), 0)
  const rowHeight = useCallback((index: number) => heights[rows[index]?.type ?? 'queue'], [rows])

  if (connections === undefined) return <SkeletonRows rows={14} />
  if (rows.length === 0) return <NothingOpen connectionId={connectionId} />
  const open = (index: number) => {
    const row = rows[index]
    if (row?.type !== 'queue') return
    changeUrl({ row: rowKey(row) })
    navigate(routes.queue(row.connectionId, row.key))
  }
  return (
    <>
      <div className="flex h-10 shrink-0 items-center gap-3 border-b border-line px-3">
        <FilterInput
          label="Filter queues"
          value={filter}
          onChange={(text) => changeUrl({ q: text || null })}
          className="w-64"
        />
        <span className="text-sm text-faint" role="status">
          {formatCounted(shown, 'queue')}
        </span>
        <OutsideToggle
          count={outside}
          on={filterWords(filter).includes(outsideWord)}
          onToggle={() => changeUrl({ q: toggleOutside(filter) || null })}
        />
      </div>
      <VirtualGrid
        label="Queues"
        count={rows.length}
        keyAt={(index) => keys[index] ?? String(index)}
        rowHeight={rowHeight}
        columns={columns}
        sticky={sticky}
        isRow={(index) => rows[index]?.type === 'queue'}
        cursor={cursorKey === null ? -1 : keys.indexOf(cursorKey)}
        onCursor={(index) => setCursorKey(keys[index] ?? null)}
        onActivate={open}
        header={
          <OverviewHeader
            sorting={sorting}
            onSort={(column) => changeUrl({ sort: formatSorting(nextSorting(sorting, column)) })}
          />
        }
        renderRow={(index) => {
          const row = rows[index]
          if (row === undefined) return null
          if (row.type === 'group') return <GroupStrip connectionId={row.connectionId} named={connectionId === null} />
          if (row.type === 'note') return <NoteRow connectionId={row.connectionId} note={row.note} />
          return <QueueRow connectionId={row.connectionId} queueKey={row.key} />
        }}
      />
    </>
  )
}

const heights = { group: 36, note: 32, queue: 28 }

function NothingOpen({ connectionId }: { connectionId: string | null }) {
  return (
    <EmptyState
      icon={<Table2 size={20} />}
      title={connectionId === null ? 'No connection is open' : 'This connection is closed'}
      action={
        <Button
          look="primary"
          onClick={() => navigate(connectionId === null ? routes.section('profiles') : routes.profile(connectionId))}
        >
          {connectionId === null ? 'Choose a connection' : 'Show the connection'}
        </Button>
      }
    >
      Open a Redis, and every queue in it appears here by itself, whatever library filled it.
    </EmptyState>
  )
}
