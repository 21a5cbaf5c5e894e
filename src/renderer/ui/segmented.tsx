import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import type { ReactNode } from 'react'

interface SegmentedProps<V extends string> {
  value: V
  onChange(value: V): void
  options: readonly { value: V; label: ReactNode; title?: string }[]
  label: string
}

/** One of two to four, all seen at once. */
export function Segmented<V extends string>({ value, onChange, options, label }: SegmentedProps<V>) {
  return (
    <ToggleGroup<V>
      aria-label={label}
      value={[value]}
      onValueChange={([next]) => {
        if (next !== undefined) onChange(next)
      }}
      className="inline-flex h-7 shrink-0 gap-0.5 rounded-md border border-line bg-sunken p-0.5"
    >
      {options.map((option) => (
        <Toggle
          key={option.value}
          value={option.value}
          aria-label={option.title}
          title={option.title}
          className="inline-flex items-center gap-1.5 rounded-sm px-2 text-sm text-muted hover:text-ink data-pressed:bg-raised data-pressed:font-medium data-pressed:text-ink data-pressed:shadow-control"
        >
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  )
}
