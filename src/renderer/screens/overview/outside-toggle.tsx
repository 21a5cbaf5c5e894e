import { TriangleAlert } from 'lucide-react'
import { formatCount } from '../../ui/format.ts'

interface OutsideToggleProps {
  /** Queues outside their policy. */
  count: number
  /** Only those are shown. */
  on: boolean
  onToggle(): void
}

/** How many queues are outside their policy, and a way to see only those; nothing where there are none. */
export function OutsideToggle({ count, on, onToggle }: OutsideToggleProps) {
  if (count === 0 && !on) return null
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={onToggle}
      title={on ? 'Show all queues' : 'Show only these'}
      className="inline-flex h-6 items-center gap-1.5 rounded-md px-2 text-sm font-medium text-warn hover:bg-hover aria-pressed:bg-warn/14"
    >
      <TriangleAlert size={13} aria-hidden />
      {formatCount(count)} outside {count === 1 ? 'its policy' : 'their policy'}
    </button>
  )
}
