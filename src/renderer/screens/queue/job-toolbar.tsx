import { Ellipsis, MoveRight, Pencil, Trash2 } from 'lucide-react'
import type { StateInfo } from '../../../domain/queue.ts'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { Button } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { jobMenu, primaryOf } from './job-menu.tsx'
import type { Reasons } from './use-chosen.ts'

/** What can be done with the job that is open. */
export interface JobCommands {
  onPrimary(): void
  onReset(): void
  onMove(): void
  onRemove(): void
  onReschedule(): void
  onDuplicate(): void
  onCopyAway(): void
  onExport(): void
}

interface JobToolbarProps extends JobCommands {
  info: StateInfo
  resets: boolean
  reasons: Reasons
  busy: boolean
  reading: boolean
  onEdit(): void
  onLog(): void
  onRun(): void
  runReason: string | null
}

export function JobToolbar({ info, resets, reasons, busy, reading, runReason, ...on }: JobToolbarProps) {
  const { action, label, icon: Icon } = primaryOf(info)
  const runsAfterEdit = info.kind === 'failed' || info.kind === 'completed' || info.id === 'stalled'
  return (
    <div
      role="toolbar"
      aria-label="Job"
      className="flex shrink-0 flex-wrap items-center gap-1.5 border-b border-line px-3 py-2"
    >
      <GuardedButton
        size="small"
        look={reasons[action] === null ? 'primary' : 'plain'}
        icon={<Icon size={13} aria-hidden />}
        reason={reasons[action]}
        keys="r"
        busy={busy}
        onClick={on.onPrimary}
      >
        {label}
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Pencil size={13} aria-hidden />}
        reason={reasons.edit}
        keys="e"
        busy={busy || reading}
        onClick={on.onEdit}
      >
        {runsAfterEdit ? 'Edit & retry…' : 'Edit…'}
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<MoveRight size={13} aria-hidden />}
        reason={reasons.move}
        keys="m"
        busy={busy}
        onClick={on.onMove}
      >
        Move…
      </GuardedButton>
      <GuardedButton
        size="small"
        icon={<Trash2 size={13} aria-hidden />}
        reason={reasons.remove}
        keys="delete"
        busy={busy}
        className="text-bad!"
        onClick={on.onRemove}
      >
        Remove
      </GuardedButton>
      <Menu
        trigger={
          <Button
            size="small"
            look="ghost"
            disabled={busy}
            aria-label="More for this job"
            className="px-1!"
            icon={<Ellipsis size={14} aria-hidden />}
          />
        }
        entries={jobMenu({ info, resets, reasons, runReason, ...on })}
      />
    </div>
  )
}
