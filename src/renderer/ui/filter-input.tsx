import { Search, X } from 'lucide-react'
import { useRef } from 'react'
import { useCommands } from './commands.ts'

interface FilterInputProps {
  value: string
  onChange(value: string): void
  label: string
  className?: string
}

/** The filter of a screen: `/` goes to it, Esc empties it and goes back. One a screen. */
export function FilterInput({ value, onChange, label, className }: FilterInputProps) {
  const input = useRef<HTMLInputElement>(null)
  useCommands([
    { id: 'filter.focus', title: label, group: 'Lists', keys: '/', run: () => input.current?.select() },
    ...(value === ''
      ? []
      : [{ id: 'filter.clear', title: 'Clear the filter', group: 'Lists', keys: 'escape', run: () => onChange('') }]),
  ])
  return (
    <div className={`relative flex items-center ${className ?? 'w-56'}`}>
      <Search size={13} className="pointer-events-none absolute left-2 text-faint" aria-hidden />
      <input
        ref={input}
        type="text"
        dir="auto"
        aria-label={label}
        placeholder={label}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            onChange('')
            input.current?.blur()
          } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
            event.preventDefault()
            input.current?.blur()
          }
        }}
        className="h-7 w-full rounded-md border border-line bg-sunken pr-7 pl-7 hover:border-line-strong focus-visible:bg-raised"
      />
      {value === '' ? (
        <kbd className="pointer-events-none absolute right-2 rounded-sm border border-line-strong px-1 font-sans text-2xs text-faint">
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear the filter"
          onClick={() => onChange('')}
          className="absolute right-1 flex size-5 items-center justify-center rounded-sm text-faint hover:text-ink"
        >
          <X size={12} aria-hidden />
        </button>
      )}
    </div>
  )
}
