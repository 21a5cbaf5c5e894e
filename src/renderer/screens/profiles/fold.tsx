import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { classNames } from '../../ui/class-names.ts'

interface FoldProps {
  title: string
  /** What is chosen in it, seen while it is folded. */
  summary: ReactNode
  /** Something in it is wrong: it opens by itself. */
  wrong: boolean
  /** Whether it is open at first. */
  open?: boolean
  children: ReactNode
}

/** A part of the form that few need. */
export function Fold({ title, summary, wrong, open = false, children }: FoldProps) {
  const [unfolded, setUnfolded] = useState(open)
  const shown = unfolded || wrong
  return (
    <section aria-label={title} className="border-t border-line">
      <button
        type="button"
        aria-expanded={shown}
        onClick={() => setUnfolded(!shown)}
        className="-mx-1 flex h-8 w-[calc(100%+8px)] items-center gap-1.5 rounded-md px-1 text-start hover:bg-hover"
      >
        <ChevronRight size={12} className={classNames('shrink-0 text-faint', shown && 'rotate-90')} aria-hidden />
        <span className="shrink-0 font-medium">{title}</span>
        <span className="min-w-0 flex-1 truncate text-end text-sm text-muted">{!shown && summary}</span>
      </button>
      {shown && <div className="flex flex-col gap-1 pt-1 pb-2 pl-[18px]">{children}</div>}
    </section>
  )
}
