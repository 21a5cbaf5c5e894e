import { useMutation, useQuery } from '@tanstack/react-query'
import { BookText, Undo2 } from 'lucide-react'
import { useState } from 'react'
import type { JournalEntry } from '../../../domain/operation.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { useUrlState } from '../../app/url-state.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatCount, formatCounted, formatDateTime } from '../../ui/format.ts'
import { Cell, HeaderCell } from '../../ui/grid-cells.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { toast } from '../../ui/toast.tsx'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { environmentOf, expiryWords, matchesJournal } from './journal.model.ts'

/** As many entries as the engine gives at once. */
const limit = 1_000

const columns =
  'grid-cols-[112px_minmax(120px,180px)_minmax(200px,1fr)_56px_64px_minmax(150px,240px)] @max-[860px]:grid-cols-[104px_minmax(160px,1fr)_56px_minmax(110px,180px)]'
const hideNarrow = '@max-[860px]:hidden'

/** What was done here, newest first, and the way back where there is one. */
export function JournalScreen() {
  const [url, changeUrl] = useUrlState()
  const filter = url.get('q') ?? ''
  const [cursor, setCursor] = useState(-1)
  const { data, error, isPending, refetch } = useQuery(orpc.journal.list.queryOptions({ input: { limit } }))
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
  const entries = data.entries.filter((entry) => matchesJournal(entry, filter))
  if (data.entries.length === 0) {
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
          className="w-64"
        />
        <span className="text-sm text-faint" role="status">
          {formatCounted(entries.length, 'entry', 'entries')}
          {data.entries.length === limit && ', the newest'}
        </span>
      </div>
      {data.damage.length > 0 && (
        <Notice tone="warn" flush>
          Some lines of the journal could not be read, so it is not complete: {data.damage.slice(0, 3).join(' ')}
          {data.damage.length > 3 && ` And ${formatCount(data.damage.length - 3)} more.`}
        </Notice>
      )}
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
            <HeaderCell className={hideNarrow}>Where</HeaderCell>
            <HeaderCell>What</HeaderCell>
            <HeaderCell end>Jobs</HeaderCell>
            <HeaderCell end className={hideNarrow} title="Jobs that were gone already, or refused">
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
    </>
  )
}

function JournalRow({ entry }: { entry: JournalEntry }) {
  const environment = environmentOf(entry)
  const left = entry.missing + entry.refused
  return (
    <>
      <Cell className="truncate pl-3 text-muted">
        <RelativeTime at={entry.at} />
      </Cell>
      <Cell className={classNames('flex items-center gap-2', hideNarrow)}>
        <RedisText text={entry.profileName} truncate />
        {environment !== null && <EnvironmentTag environment={environment} />}
      </Cell>
      <Cell>
        <RedisText text={entry.summary} truncate className={classNames(entry.undoneAt !== null && 'text-faint')} />
      </Cell>
      <Cell end className={entry.done === 0 ? 'text-faint' : undefined}>
        {formatCount(entry.done)}
      </Cell>
      <Cell
        end
        className={classNames(hideNarrow, left === 0 ? 'text-faint' : 'text-warn')}
        title={`${entry.missing} were gone already, ${entry.refused} were refused`}
      >
        {formatCount(left)}
      </Cell>
      <Cell className="flex items-center gap-2 pl-3">
        <WayBack entry={entry} />
      </Cell>
    </>
  )
}

function WayBack({ entry }: { entry: JournalEntry }) {
  const undo = useMutation(
    orpc.journal.undo.mutationOptions({
      onSuccess: ({ done, missing }) => {
        toast.good(
          missing === 0
            ? `Put back ${formatCounted(done, 'job')}.`
            : `Put back ${formatCounted(done, 'job')}; ${formatCount(missing)} could not be.`,
        )
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: orpc.journal.key() }),
    }),
  )
  if (entry.undoneAt !== null) {
    return (
      <span className="truncate text-sm text-faint" title={formatDateTime(entry.undoneAt)}>
        undone <RelativeTime at={entry.undoneAt} />
      </span>
    )
  }
  if (entry.undo !== true) {
    return (
      <span className="truncate text-sm text-faint" title={entry.undo}>
        {entry.undo}
      </span>
    )
  }
  return (
    <>
      <Button
        size="small"
        icon={<Undo2 size={12} aria-hidden />}
        busy={undo.isPending}
        onClick={(event) => {
          event.stopPropagation()
          undo.mutate({ id: entry.id })
        }}
      >
        Undo
      </Button>
      {entry.expiresAt !== null && (
        <span
          className={classNames('truncate text-sm text-faint', hideNarrow)}
          title={`The trash keeps it until ${formatDateTime(entry.expiresAt)}`}
        >
          {expiryWords(entry.expiresAt, Date.now())}
        </span>
      )}
    </>
  )
}
