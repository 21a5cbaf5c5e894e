import { Copy, Download, Ellipsis, MoveRight, Pencil, Play, RotateCcw, Trash2 } from 'lucide-react'
import type { BulkAction } from '../../../domain/operation.ts'
import type { SystemInfo } from '../../../domain/queue.ts'
import type { Place } from '../../../domain/selection.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { whyNotThere } from '../../components/place-guard.model.ts'
import { SelectionBar } from '../../components/selection-bar.tsx'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { formatCount } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { toast } from '../../ui/toast.tsx'

interface FoundBarProps {
  count: number
  /** All that were found are chosen, shown or not. */
  all: boolean
  /** How many more there are than those that are shown; 0 where they are all. */
  beyond: number
  connection: Connection
  systems: readonly SystemInfo[] | undefined
  places: readonly Place[]
  /** Why all matches cannot be acted on yet; null when they can. */
  unfinished: string | null
  onAction(action: BulkAction): void
  onExport(): void
  onAll(): void
  onClear(): void
}

/** What can be done with the chosen matches. */
export function FoundBar(props: FoundBarProps) {
  const { count, all, beyond, connection, systems, places, unfinished, onAction, onExport, onAll, onClear } = props
  const reason = (action: 'retry' | 'edit' | 'move' | 'remove' | 'promote') =>
    whyNotThere(connection, systems, places, action) ?? (all ? unfinished : null)
  const elsewhere = all ? unfinished : null
  /** Keys have no tooltip: they say in a toast why nothing happens. */
  const byKey = (keys: string, title: string, why: string | null, action: BulkAction, keyOnly = false) => ({
    id: `found.${keys}`,
    title,
    group: 'Jobs',
    keys,
    keyOnly,
    run: () => (why === null ? onAction(action) : toast.info(why)),
  })
  useCommands([
    byKey('r', 'Retry the chosen jobs', reason('retry'), 'retry'),
    byKey('e', 'Edit the chosen jobs', reason('edit'), 'edit'),
    byKey('m', 'Move the chosen jobs', reason('move'), 'move'),
    byKey('delete', 'Remove the chosen jobs', reason('remove'), 'remove'),
    byKey('backspace', 'Remove the chosen jobs', reason('remove'), 'remove', true),
  ])
  return (
    <SelectionBar count={`${all ? 'All ' : ''}${formatCount(count)}`} onClear={onClear}>
      {!all && beyond > 0 && (
        <Button size="small" look="ghost" className="text-accent!" onClick={onAll}>
          Select all {formatCount(beyond)} matches
        </Button>
      )}
      <GuardedButton
        size="small"
        icon={<RotateCcw size={13} aria-hidden />}
        reason={reason('retry')}
        keys="r"
        onClick={() => onAction('retry')}
      >
        Retry…
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Pencil size={13} aria-hidden />}
        reason={reason('edit')}
        keys="e"
        onClick={() => onAction('edit')}
      >
        Edit…
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<MoveRight size={13} aria-hidden />}
        reason={reason('move')}
        keys="m"
        onClick={() => onAction('move')}
      >
        Move…
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Trash2 size={13} aria-hidden />}
        reason={reason('remove')}
        keys="delete"
        className="text-bad!"
        onClick={() => onAction('remove')}
      >
        Remove…
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Download size={13} aria-hidden />}
        reason={elsewhere}
        hint="Write them to a file"
        onClick={onExport}
      >
        Export…
      </GuardedButton>
      <Menu
        trigger={
          <Button
            size="small"
            look="ghost"
            aria-label="More for the selected jobs"
            className="px-1!"
            icon={<Ellipsis size={14} aria-hidden />}
          />
        }
        entries={[
          {
            label: 'Copy to another connection…',
            icon: <Copy size={14} aria-hidden />,
            unavailable: elsewhere ?? undefined,
            onChoose: () => onAction('copy'),
          },
          {
            label: 'Run now, before they are due…',
            icon: <Play size={14} aria-hidden />,
            unavailable: reason('promote') ?? undefined,
            onChoose: () => onAction('promote'),
          },
        ]}
      />
    </SelectionBar>
  )
}
