import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { useFieldAttributes } from './input.tsx'

export interface Option<V extends string> {
  readonly value: V
  readonly label: ReactNode
}

interface SelectProps<V extends string> {
  value: V | null
  onChange(value: V): void
  options: readonly Option<V>[]
  label: string
  placeholder?: string
  disabled?: boolean
  /** What it stands for is wrong; within a field, the field says so. */
  invalid?: boolean
  className?: string
}

/** One of a few. */
export function Select<V extends string>({
  value,
  onChange,
  options,
  label,
  placeholder,
  disabled,
  invalid,
  className,
}: SelectProps<V>) {
  const field = useFieldAttributes({ 'aria-label': label })
  return (
    <Base.Root<V>
      value={value}
      onValueChange={(next) => {
        if (next !== null) onChange(next)
      }}
      items={options}
      disabled={disabled}
      modal={false}
    >
      <Base.Trigger
        aria-label={label}
        aria-invalid={invalid}
        {...field}
        className={classNames(
          'flex h-7 min-w-0 items-center justify-between gap-2 rounded-md border border-line-strong bg-raised px-2 shadow-control hover:border-faint aria-invalid:border-bad data-disabled:opacity-50',
          className ?? 'w-full',
        )}
      >
        <Base.Value placeholder={placeholder} className="min-w-0 truncate data-placeholder:text-faint" />
        <Base.Icon>
          <ChevronsUpDown size={12} className="text-faint" aria-hidden />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="max-w-[min(var(--available-width),36rem)] min-w-(--anchor-width) rounded-lg bg-raised p-1 shadow-float outline-none">
            <Base.List className="max-h-80 overflow-y-auto">
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  className="flex h-7 items-center justify-between gap-4 rounded-sm px-2 data-highlighted:bg-selected"
                >
                  <Base.ItemText className="min-w-0 truncate">{option.label}</Base.ItemText>
                  <Base.ItemIndicator>
                    <Check size={14} className="text-accent" aria-hidden />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
