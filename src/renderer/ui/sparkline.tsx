import { memo } from 'react'
import { sparklinePath } from './sparkline.model.ts'

interface SparklineProps {
  values: readonly number[]
  /** What the line shows, for those who cannot see it. */
  label: string
  width?: number
  height?: number
  /** A text colour class. */
  tone?: string
}

/** The recent course of one number. */
export const Sparkline = memo(function Sparkline({
  values,
  label,
  width = 64,
  height = 16,
  tone = 'text-kind-waiting',
}: SparklineProps) {
  const line = sparklinePath(values, width - 2, height - 3)
  return (
    <svg width={width} height={height} role="img" aria-label={label} className={tone}>
      {line !== '' && (
        <g transform="translate(1 1.5)">
          <path d={`${line}L${width - 2} ${height - 1}L0 ${height - 1}Z`} fill="currentColor" opacity={0.12} />
          <path d={line} fill="none" stroke="currentColor" strokeWidth={1.25} strokeLinejoin="round" />
        </g>
      )}
    </svg>
  )
})
