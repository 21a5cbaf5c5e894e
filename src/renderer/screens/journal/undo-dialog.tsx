import type { JournalEntry } from '../../../domain/operation.ts'
import { undoMeaning } from '../../../domain/undo-meaning.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { RedisText } from '../../ui/redis-text.tsx'

interface UndoDialogProps {
  what: Pick<JournalEntry, 'summary' | 'action'>
  onUndo(): void
  onClose(): void
}

/** What an Undo means, before it is done. */
export function UndoDialog({ what, onUndo, onClose }: UndoDialogProps) {
  return (
    <ConfirmDialog open title="Undo this?" confirmLabel="Undo" onConfirm={onUndo} onCancel={onClose}>
      <RedisText text={what.summary} className="mb-1 block text-left font-medium wrap-anywhere" />
      <p className="text-muted">
        {undoMeaning(what.action) ?? 'Undo puts back what it changed.'} What arrived since then stays.
      </p>
    </ConfirmDialog>
  )
}
