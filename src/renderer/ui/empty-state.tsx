import type { ReactNode } from 'react'

interface EmptyStateProps {
  icon: ReactNode
  title: string
  /** What to do next, or why there is nothing. */
  children?: ReactNode
  action?: ReactNode
}

/** Nothing here, and what to do about it. Icon: a 20 px lucide icon. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex min-h-60 flex-1 flex-col items-center justify-center gap-1 p-8 text-center">
      <div className="mb-2 flex size-10 items-center justify-center rounded-xl border border-line bg-sunken text-faint">
        {icon}
      </div>
      <h2 className="font-semibold">{title}</h2>
      {children !== undefined && <div className="max-w-md text-pretty text-muted">{children}</div>}
      {action !== undefined && <div className="mt-3 flex gap-2">{action}</div>}
    </div>
  )
}
