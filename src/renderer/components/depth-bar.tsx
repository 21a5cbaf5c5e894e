import { memo } from 'react'
import { type Kind, kinds } from '../../domain/queue.ts'
import { classNames } from '../ui/class-names.ts'
import { formatCount } from '../ui/format.ts'
import { barShares } from './depth-bar.model.ts'
import { kindLook } from './kind-look.ts'

interface DepthBarProps {
  counts: Partial<Record<Kind, number>>
  className?: string
}

/** What is in a queue, kind by kind, in one thin bar; the numbers are in its title. Completed jobs are left out. */
export const DepthBar = memo(function DepthBar({ counts, className }: DepthBarProps) {
  const shares = barShares(counts)
  const title = kinds
    .filter((kind) => (counts[kind] ?? 0) > 0)
    .map((kind) => `${kindLook[kind].label} ${formatCount(counts[kind] ?? 0)}`)
    .join(', ')
  return (
    <div
      role="img"
      aria-label={title || 'Empty'}
      title={title || 'Empty'}
      className={classNames('flex h-1.5 gap-px overflow-hidden rounded-full bg-line', className)}
    >
      {shares.map(({ kind, share }) => (
        <div key={kind} className={classNames('h-full', kindLook[kind].fill)} style={{ width: `${share * 100}%` }} />
      ))}
    </div>
  )
})
