import { Copy, MoveRight, RotateCcw, Trash2, X } from 'lucide-react'
import { GuardedButton } from '../../components/guarded-button.tsx'
import { IconButton } from '../../ui/button.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import type { Selection } from './selection.model.ts'

interface BulkBarProps {
  selection: Selection
  total: number
  reasons: { retry: string | null; move: string | null; remove: string | null; purge: string | null }
  busy: boolean
  onRetry(): void
  onMove(): void
  onRemove(): void
  onCopy(): void
  onClear(): void
}

const one = 'Only loaded jobs can be named one by one: choose some of them.'

/** What can be done with the chosen jobs. It floats, so that the list does not move when it comes. */
export function BulkBar(props: BulkBarProps) {
  const { selection, total, reasons, busy, onRetry, onMove, onRemove, onCopy, onClear } = props
  const { all, refs, left } = selection
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 z-20 flex justify-center px-3">
      <div
        role="toolbar"
        aria-label="Selected jobs"
        className="pointer-events-auto flex max-w-full flex-wrap items-center gap-1 rounded-lg bg-raised p-1.5 shadow-float"
      >
        <span role="status" className="px-2 whitespace-nowrap">
          <strong className="font-semibold">{all ? `All ${formatCount(total)}` : formatCount(refs.size)}</strong>{' '}
          selected
          {left > 0 && <span className="text-muted"> · {formatCounted(left, 'row')} of that stretch not loaded</span>}
        </span>
        <GuardedButton
          size="small"
          icon={<RotateCcw size={13} aria-hidden />}
          reason={reasons.retry}
          keys="r"
          busy={busy}
          onClick={onRetry}
        >
          Retry
        </GuardedButton>
        <GuardedButton
          size="small"
          icon={<MoveRight size={13} aria-hidden />}
          reason={all ? one : reasons.move}
          keys="m"
          busy={busy}
          onClick={onMove}
        >
          Move…
        </GuardedButton>
        <GuardedButton
          size="small"
          icon={<Trash2 size={13} aria-hidden />}
          reason={all ? reasons.purge : reasons.remove}
          keys="delete"
          busy={busy}
          className="text-bad!"
          onClick={onRemove}
        >
          {all ? 'Purge…' : 'Remove'}
        </GuardedButton>
        <GuardedButton
          size="small"
          icon={<Copy size={13} aria-hidden />}
          reason={all ? one : null}
          keys="c"
          hint="Copy the payloads as NDJSON"
          onClick={onCopy}
        >
          Copy
        </GuardedButton>
        <IconButton label="Select nothing" keys="escape" icon={<X size={14} aria-hidden />} onClick={onClear} />
      </div>
    </div>
  )
}
