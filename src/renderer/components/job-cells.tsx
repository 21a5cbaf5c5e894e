import type { JobSummary } from '../../domain/job.ts'
import { classNames } from '../ui/class-names.ts'
import { formatBytes } from '../ui/format.ts'
import { Cell } from '../ui/grid-cells.tsx'

interface JobCellProps {
  job: JobSummary
  /** When the column goes away. */
  className: string
}

/** "2/5": how often it ran, of how many times. */
export function AttemptsCell({ job: { attempts, maxAttempts }, className }: JobCellProps) {
  return (
    <Cell end className={classNames('text-sm text-muted', className)}>
      {attempts === null ? (
        <span className="text-faint">–</span>
      ) : maxAttempts === null ? (
        attempts
      ) : (
        `${attempts}/${maxAttempts}`
      )}
    </Cell>
  )
}

/** How large the payload is; a large one stands out. */
export function BytesCell({ job: { bytes, badges }, className }: JobCellProps) {
  return (
    <Cell
      end
      className={classNames(
        'text-sm whitespace-nowrap',
        className,
        badges.includes('large') ? 'text-warn' : 'text-muted',
      )}
    >
      {formatBytes(bytes)}
    </Cell>
  )
}
