import { useMutation } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import type { JournalEntry } from '../../../domain/operation.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { undoEntries } from '../../components/undo-entries.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatCount, formatDateTime } from '../../ui/format.ts'
import { Cell } from '../../ui/grid-cells.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { RelativeTime } from '../../ui/time.tsx'
import { countsOf, environmentOf, expiryWords } from './journal.model.ts'
import { UndoDialog } from './undo-dialog.tsx'

export const columns =
  'grid-cols-[96px_minmax(56px,84px)_minmax(110px,170px)_minmax(220px,2fr)_minmax(90px,1fr)_112px_72px_64px_minmax(140px,190px)] @max-[1080px]:grid-cols-[96px_minmax(100px,160px)_minmax(200px,1fr)_112px_72px_minmax(130px,180px)] @max-[820px]:grid-cols-[96px_minmax(80px,175px)_minmax(160px,1fr)_64px_minmax(100px,150px)] @max-[640px]:grid-cols-[96px_minmax(140px,1fr)_64px_minmax(90px,130px)]'
/** What is left out where there is less room, where there is little, and where there is least. */
export const hideMiddle = '@max-[1080px]:hidden'
export const hideNarrow = '@max-[820px]:hidden'
export const hideTiny = '@max-[640px]:hidden'

export function JournalRow({ entry }: { entry: JournalEntry }) {
  const environment = environmentOf(entry)
  const counts = countsOf(entry)
  const left = entry.missing + entry.refused
  return (
    <>
      <Cell className="truncate pl-3 text-muted">
        <RelativeTime at={entry.at} />
      </Cell>
      <Cell className={hideMiddle}>
        <RedisText text={entry.who} truncate className="text-muted" />
      </Cell>
      <Cell className={classNames('flex items-center gap-2', hideTiny)}>
        <RedisText text={entry.profileName} truncate />
        {environment !== null && <EnvironmentTag environment={environment} />}
      </Cell>
      <Cell>
        <RedisText text={entry.summary} truncate className={classNames(entry.undoneAt !== null && 'text-faint')} />
        {entry.reason !== null && <RedisText text={entry.reason} className="sr-only" />}
      </Cell>
      <Cell className={hideMiddle}>
        {entry.reason !== null && <RedisText text={entry.reason} truncate className="text-muted" />}
      </Cell>
      <Cell end className={classNames('truncate text-muted', hideNarrow)} title={counts?.title}>
        {counts?.text}
      </Cell>
      <Cell end className={entry.done === 0 ? 'text-faint' : undefined}>
        {formatCount(entry.done)}
      </Cell>
      <Cell
        end
        className={classNames(hideMiddle, left === 0 ? 'text-faint' : 'text-warn')}
        title={`${formatCount(entry.missing)} were gone already, ${formatCount(entry.refused)} were refused`}
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
  const [asking, setAsking] = useState(false)
  const undo = useMutation({ mutationFn: undoEntries })
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
          setAsking(true)
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
      {asking && (
        <UndoDialog
          what={entry}
          onClose={() => setAsking(false)}
          onUndo={() => {
            setAsking(false)
            undo.mutate([entry.id])
          }}
        />
      )}
    </>
  )
}
