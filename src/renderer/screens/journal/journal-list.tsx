import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { BookText, Download } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { useUrlState } from '../../app/url-state.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { HeaderCell } from '../../ui/grid-cells.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { matchesJournal } from './journal.model.ts'
import { columns, hideMiddle, hideNarrow, hideTiny, JournalRow } from './journal-row.tsx'

/** As many entries as the engine gives at once. */
const limit = 1_000
const everywhere = 'all'
/** Lines of damage that are told in full. */
const mostDamage = 3

/** What was done here, newest first, and the way back where there is one. */
export function JournalList() {
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const connectionId = url.get('profile')
  const [cursor, setCursor] = useState(-1)
  const { data: profiles } = useQuery(orpc.profiles.list.queryOptions())
  const newest = useQuery(
    orpc.journal.list.queryOptions({ input: { limit, connectionId }, placeholderData: keepPreviousData }),
  )
  // Entries older than those are found by the engine.
  const search = useDeferredValue(filter.trim()).slice(0, 200)
  const full = newest.data?.entries.length === limit
  const older = useQuery(
    orpc.journal.list.queryOptions({
      input: { limit, connectionId, search },
      enabled: full && search !== '' && !/\bundo\b/i.test(search),
      placeholderData: keepPreviousData,
    }),
  )
  const { data, error, isPending, refetch } = newest
  if (isPending) return <SkeletonRows rows={12} rowHeight={32} />
  if (error !== null) {
    return (
      <EmptyState
        icon={<BookText size={20} />}
        title="The journal could not be read"
        action={<Button onClick={() => void refetch()}>Try again</Button>}
      >
        {errorSentence(error)}
      </EmptyState>
    )
  }
  const found = search !== '' && older.data !== undefined ? older.data.entries : null
  const entries = found ?? data.entries.filter((entry) => matchesJournal(entry, filter))
  if (data.entries.length === 0 && connectionId === null && data.damage.length === 0) {
    return (
      <EmptyState icon={<BookText size={20} />} title="Nothing was changed yet">
        Every retry, removal, purge and unlock is written down here, with an Undo wherever the removed jobs are still in
        the trash.
      </EmptyState>
    )
  }
  return (
    <>
      <div className="flex h-10 shrink-0 items-center gap-3 border-b border-line px-3">
        <FilterInput
          label="Filter the journal"
          value={filter}
          onChange={(text) => changeUrl({ q: text || null })}
          className="w-64 min-w-28 shrink"
        />
        <Select
          label="Entries of"
          className="w-48 min-w-28 shrink"
          value={connectionId ?? everywhere}
          onChange={(next) => changeUrl({ profile: next === everywhere ? null : next })}
          options={[
            { value: everywhere, label: 'All connections' },
            ...(profiles ?? []).map(({ id, name }) => ({ value: id, label: <RedisText text={name} truncate /> })),
          ]}
        />
        <span className="min-w-0 flex-1 truncate text-sm text-faint" role="status">
          {formatCounted(entries.length, 'entry', 'entries')}
          {(found ?? data.entries).length === limit && ', the newest'}
        </span>
        <ExportMenu connectionId={connectionId} search={search} />
      </div>
      {data.damage.length > 0 && <Damage lines={data.damage} />}
      {entries.length === 0 ? (
        <EmptyState
          icon={<BookText size={20} />}
          title="No entry is like that"
          action={<Button onClick={() => changeUrl({ q: null, profile: null })}>Show all entries</Button>}
        >
          {filter === ''
            ? 'Nothing was changed on this connection yet.'
            : 'The filter looks at what was done, who did it, where and why; “undo” finds what can be taken back.'}
        </EmptyState>
      ) : (
        <VirtualGrid
          label="Journal"
          count={entries.length}
          keyAt={(index) => entries[index]?.id ?? String(index)}
          rowHeight={32}
          columns={columns}
          cursor={cursor}
          onCursor={setCursor}
          header={
            <>
              <HeaderCell className="pl-1.5">When</HeaderCell>
              <HeaderCell className={hideMiddle} title="The user of the computer">
                Who
              </HeaderCell>
              <HeaderCell className={hideTiny}>Where</HeaderCell>
              <HeaderCell>What</HeaderCell>
              <HeaderCell className={hideMiddle} title="The reason that was given">
                Why
              </HeaderCell>
              <HeaderCell end className={hideNarrow} title="Jobs in the state just before, and just after">
                Before → after
              </HeaderCell>
              <HeaderCell end>Jobs</HeaderCell>
              <HeaderCell end className={hideMiddle} title="Jobs that were gone already, or refused">
                Not done
              </HeaderCell>
              <HeaderCell className="pl-3">Undo</HeaderCell>
            </>
          }
          renderRow={(index) => {
            const entry = entries[index]
            return entry === undefined ? null : <JournalRow entry={entry} />
          }}
        />
      )}
    </>
  )
}

/** Where the files are not as they were written. Nothing of it is hidden. */
function Damage({ lines }: { lines: readonly string[] }) {
  const [all, setAll] = useState(false)
  const shown = all ? lines : lines.slice(0, mostDamage)
  return (
    <Notice
      tone="bad"
      flush
      action={
        lines.length > shown.length ? (
          <Button size="small" onClick={() => setAll(true)}>
            Show {formatCount(lines.length - shown.length)} more
          </Button>
        ) : undefined
      }
    >
      <strong className="font-semibold">The files of the journal are not as they were written.</strong> It is not
      complete, or somebody changed it:
      <ul className="max-h-40 overflow-y-auto" data-selectable="">
        {shown.map((line) => (
          <li key={line}>
            <RedisText text={line} className="wrap-anywhere" />
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function ExportMenu({ connectionId, search }: { connectionId: string | null; search: string }) {
  const save = useMutation(
    orpc.journal.export.mutationOptions({
      onSuccess: ({ path, entries }) =>
        toast.good(
          <RedisText
            text={`Saved ${formatCounted(entries, 'entry', 'entries')} as ${path}`}
            className="text-left wrap-anywhere"
          />,
        ),
    }),
  )
  return (
    <Menu
      trigger={
        <Button size="small" icon={<Download size={13} aria-hidden />} busy={save.isPending}>
          Export
        </Button>
      }
      entries={[
        {
          label: (
            <>
              NDJSON
              <span className="block text-xs text-faint">Exact, with the chain of hashes that proves it</span>
            </>
          ),
          onChoose: () => save.mutate({ connectionId, search, format: 'ndjson' }),
        },
        {
          label: (
            <>
              CSV
              <span className="block text-xs text-faint">For spreadsheets; no cell can become a formula</span>
            </>
          ),
          onChoose: () => save.mutate({ connectionId, search, format: 'csv' }),
        },
      ]}
    />
  )
}
