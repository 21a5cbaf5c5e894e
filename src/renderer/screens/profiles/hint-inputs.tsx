import { Plus, X } from 'lucide-react'
import type { ProfileDraft } from '../../../domain/profile.ts'
import { systemIds } from '../../../domain/queue.ts'
import { systemLabel } from '../../components/system-label.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'

type Hint = ProfileDraft['hints'][number]

interface HintInputsProps {
  hints: readonly Hint[]
  problem: string | undefined
  onChange(hints: Hint[]): void
  onLeave(): void
}

/** Queues named by hand: for a user who may not SCAN, or keys that look like nothing known. */
export function HintInputs({ hints, problem, onChange, onLeave }: HintInputsProps) {
  const change = (index: number, next: Partial<Hint>) =>
    onChange(hints.map((hint, place) => (place === index ? { ...hint, ...next } : hint)))
  return (
    <div className="flex flex-col gap-1">
      <span className="text-sm font-medium text-muted">Queues named by hand</span>
      {hints.map((hint, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
        <div key={index} className="grid grid-cols-[116px_112px_1fr_24px] items-center gap-2">
          <Select
            label="System"
            value={systemIds.find((id) => id === hint.system) ?? null}
            onChange={(system) => change(index, { system })}
            options={systemIds.map((value) => ({ value, label: systemLabel(value) }))}
          />
          <Input
            mono
            aria-label="Prefix"
            placeholder="prefix"
            value={hint.prefix}
            onChange={(event) => change(index, { prefix: event.target.value })}
          />
          <Input
            mono
            aria-label="Name"
            placeholder="name"
            value={hint.name}
            onBlur={onLeave}
            onChange={(event) => change(index, { name: event.target.value })}
          />
          <IconButton
            label="Take this queue out"
            icon={<X size={14} aria-hidden />}
            type="button"
            onClick={() => onChange(hints.filter((_, place) => place !== index))}
          />
        </div>
      ))}
      {problem !== undefined && <span className="text-xs text-bad">{problem}</span>}
      <Button
        size="small"
        look="ghost"
        type="button"
        className="self-start"
        icon={<Plus size={12} aria-hidden />}
        onClick={() => onChange([...hints, { system: 'plain-list', prefix: 'queue:', name: '' }])}
      >
        Name a queue
      </Button>
    </div>
  )
}
