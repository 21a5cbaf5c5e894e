import { Checkbox as Base } from '@base-ui/react/checkbox'
import { Check, Minus } from 'lucide-react'
import type { ReactNode } from 'react'

interface CheckboxProps {
  checked: boolean
  onChange(checked: boolean): void
  /** Neither: some of what it stands for. */
  mixed?: boolean
  disabled?: boolean
  label: string
  /** Words beside it; without them `label` is read out only. */
  children?: ReactNode
}

/** On or off. */
export function Checkbox({ checked, onChange, mixed, disabled, label, children }: CheckboxProps) {
  const box = (
    <Base.Root
      checked={checked}
      onCheckedChange={(next) => onChange(next)}
      indeterminate={mixed}
      disabled={disabled}
      aria-label={label}
      className="flex size-3.5 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-raised hover:border-faint data-checked:border-accent data-checked:bg-accent data-checked:text-accent-ink data-disabled:opacity-50 data-indeterminate:border-accent data-indeterminate:bg-accent data-indeterminate:text-accent-ink"
    >
      <Base.Indicator className="flex">
        {mixed ? <Minus size={10} strokeWidth={3} aria-hidden /> : <Check size={10} strokeWidth={3} aria-hidden />}
      </Base.Indicator>
    </Base.Root>
  )
  if (children === undefined) return box
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the checkbox inside
    <label className="flex items-center gap-2">
      {box}
      <span>{children}</span>
    </label>
  )
}
