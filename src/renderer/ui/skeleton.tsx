import { classNames } from './class-names.ts'

/** The place of something that is on its way. Give it the size of what will come. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classNames('skeleton rounded-sm', className)} />
}

/** Rows of a list that is on its way. */
export function SkeletonRows({ rows = 8, rowHeight = 28 }: { rows?: number; rowHeight?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without content have no other identity
        <div key={row} className="flex items-center gap-4 px-3" style={{ height: rowHeight, opacity: 1 - row / rows }}>
          <Skeleton className="h-3 w-16" />
          <Skeleton className="h-3 flex-1" />
          <Skeleton className="h-3 w-24" />
        </div>
      ))}
    </div>
  )
}
