import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { classNames } from './class-names.ts'

const looks = {
  info: { Icon: Info, box: 'bg-hover text-muted', icon: 'text-muted' },
  warn: { Icon: TriangleAlert, box: 'bg-warn/10', icon: 'text-warn' },
  bad: { Icon: CircleAlert, box: 'bg-bad/10', icon: 'text-bad' },
} as const

interface NoticeProps {
  tone: keyof typeof looks
  /** Right of the text: a button. */
  action?: ReactNode
  /** Square, edge to edge: a banner. Otherwise a box. */
  flush?: boolean
  /** Announced when it appears, and brought into sight where it is out of it. */
  live?: boolean
  children: ReactNode
}

/** A sentence that matters, in place. */
export function Notice({ tone, action, flush, live, children }: NoticeProps) {
  const { Icon, box, icon } = looks[tone]
  const whole = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (live) whole.current?.scrollIntoView({ block: 'nearest' })
  }, [live])
  return (
    <div
      ref={whole}
      role={live ? 'status' : undefined}
      className={classNames('flex items-start gap-2 px-3 py-1.5', box, flush ? 'border-b border-line' : 'rounded-md')}
    >
      <Icon size={14} className={classNames('mt-[3px] shrink-0', icon)} aria-hidden />
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  )
}
