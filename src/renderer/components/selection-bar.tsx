import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from '../ui/button.tsx'

interface SelectionBarProps {
  /** "All 1,204": before the word "selected". */
  count: string
  /** Behind it, where there is more to say. */
  note?: ReactNode
  children: ReactNode
  onClear(): void
}

/** What can be done with the chosen jobs. It floats, so that the list does not move when it comes. */
export function SelectionBar({ count, note, children, onClear }: SelectionBarProps) {
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 z-20 flex justify-center px-3">
      <div
        role="toolbar"
        aria-label="Selected jobs"
        className="pointer-events-auto flex max-w-full flex-wrap items-center gap-1 rounded-lg bg-raised p-1.5 shadow-float"
      >
        <span role="status" className="px-2 whitespace-nowrap">
          <strong className="font-semibold">{count}</strong> selected{note}
        </span>
        {children}
        <IconButton label="Select nothing" keys="escape" icon={<X size={14} aria-hidden />} onClick={onClear} />
      </div>
    </div>
  )
}
