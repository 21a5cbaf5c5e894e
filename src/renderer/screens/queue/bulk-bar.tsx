import { Copy, Ellipsis, MoveRight, Trash2 } from 'lucide-react'
import type { StateInfo } from '../../../domain/queue.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { SelectionBar } from '../../components/selection-bar.tsx'
import { Button } from '../../ui/button.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { Menu } from '../../ui/menu.tsx'
import { jobMenu, primaryOf } from './job-menu.tsx'
import type { Selection } from './selection.model.ts'
import type { Chosen } from './use-chosen.ts'

interface BulkBarProps {
  selection: Selection
  total: number
  info: StateInfo
  resets: boolean
  chosen: Chosen
  busy: boolean
  /** Selects all jobs of the state; null where they are, or a filter hides some. */
  onSelectAll: (() => void) | null
  onExport(): void
  onClear(): void
}

const one = 'Only loaded jobs can be copied: choose some of them.'

/** What can be done with the chosen jobs. */
export function BulkBar({
  selection,
  total,
  info,
  resets,
  chosen,
  busy,
  onSelectAll,
  onExport,
  onClear,
}: BulkBarProps) {
  const { all, refs, left } = selection
  const { reasons, removeReason } = chosen
  const many = all || refs.size > 1
  const { action, label, icon: Icon } = primaryOf(info)
  const entries = jobMenu({
    info,
    resets,
    reasons,
    onReset: () => chosen.retry('reset'),
    onReschedule: chosen.reschedule,
    onDuplicate: chosen.duplicate,
    onEditMany: chosen.editMany,
    onCopyAway: () => chosen.copyAway(),
    onExport,
  })
  return (
    <SelectionBar
      count={all ? `All ${formatCount(total)}` : formatCount(refs.size)}
      note={left > 0 && <span className="text-muted"> · {formatCounted(left, 'row')} of that stretch not loaded</span>}
      onClear={onClear}
    >
      {onSelectAll !== null && (
        <Button size="small" look="ghost" className="text-accent!" onClick={onSelectAll}>
          Select all {formatCount(total)}
        </Button>
      )}
      <GuardedButton
        size="small"
        icon={<Icon size={13} aria-hidden />}
        reason={reasons[action]}
        keys="r"
        busy={busy}
        onClick={() => (action === 'promote' ? chosen.promote() : chosen.retry())}
      >
        {many ? `${label}…` : label}
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<MoveRight size={13} aria-hidden />}
        reason={reasons.move}
        keys="m"
        busy={busy}
        onClick={chosen.move}
      >
        Move…
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Trash2 size={13} aria-hidden />}
        reason={removeReason}
        keys="delete"
        busy={busy}
        className="text-bad!"
        onClick={chosen.remove}
      >
        {all ? 'Purge…' : many ? 'Remove…' : 'Remove'}
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Copy size={13} aria-hidden />}
        reason={all ? one : null}
        keys="c"
        hint="Copy the payloads as NDJSON"
        onClick={chosen.copy}
      >
        Copy
      </GuardedButton>
      <Menu
        trigger={
          <Button
            size="small"
            look="ghost"
            disabled={busy}
            aria-label="More for the selected jobs"
            className="px-1!"
            icon={<Ellipsis size={14} aria-hidden />}
          />
        }
        entries={entries}
      />
    </SelectionBar>
  )
}
