import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { OperationRun } from '../../../domain/operation.ts'
import { orpc } from '../../api/client.ts'
import { isNumber } from '../../components/whole-number.model.ts'
import { Button } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'

/** Another pace for a run: so many jobs a second, or as fast as it goes. */
export function PaceForm({ run, onClose }: { run: OperationRun; onClose(): void }) {
  const [text, setText] = useState(String(run.pace ?? Math.max(1, Math.round(run.rate ?? 100))))
  const set = useMutation(orpc.operations.setPace.mutationOptions({ onSuccess: onClose }))
  const valid = isNumber(text, 0.1, 1_000_000)
  return (
    <form
      className="mt-2 flex flex-wrap items-center gap-1.5 text-sm"
      onSubmit={(event) => {
        event.preventDefault()
        if (valid) set.mutate({ id: run.id, pace: Number(text) })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <Input
        autoFocus
        aria-label="Jobs a second"
        inputMode="decimal"
        value={text}
        aria-invalid={!valid}
        className="h-6! w-18! text-end text-sm!"
        onChange={(event) => setText(event.target.value)}
      />
      a second
      <Button size="small" type="submit" look="primary" disabled={!valid} busy={set.isPending}>
        Set
      </Button>
      {run.pace !== null && (
        <Button size="small" busy={set.isPending} onClick={() => set.mutate({ id: run.id, pace: null })}>
          No limit
        </Button>
      )}
      <Button size="small" look="ghost" onClick={onClose}>
        Leave it
      </Button>
    </form>
  )
}
