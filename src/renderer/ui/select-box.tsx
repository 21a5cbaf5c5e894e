import { Check } from 'lucide-react'
import type { MouseEvent } from 'react'
import { classNames } from './class-names.ts'
import { Cell } from './grid-cells.tsx'

interface SelectBoxProps {
  selected: boolean | 'mixed'
  label: string
  onClick(event: MouseEvent): void
}

/** A checkbox light enough for every row; Shift and a click stretch the selection. */
export function SelectBox({ selected, label, onClick }: SelectBoxProps) {
  return (
    <Cell className="flex h-full items-center justify-center px-0!">
      {/* biome-ignore lint/a11y/useSemanticElements: the click must tell its modifier keys */}
      <button
        type="button"
        role="checkbox"
        aria-checked={selected}
        aria-label={label}
        tabIndex={-1}
        onClick={(event) => {
          event.stopPropagation()
          onClick(event)
        }}
        className="flex size-full items-center justify-center"
      >
        <span
          className={classNames(
            'flex size-3.5 items-center justify-center rounded-sm border',
            selected === false ? 'border-line-strong bg-raised' : 'border-accent bg-accent text-accent-ink',
          )}
        >
          {selected === true && <Check size={10} strokeWidth={3} aria-hidden />}
          {selected === 'mixed' && <span className="h-0.5 w-2 rounded-full bg-current" />}
        </span>
      </button>
    </Cell>
  )
}
