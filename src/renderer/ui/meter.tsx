import { Meter as Base } from '@base-ui/react/meter'
import { classNames } from './class-names.ts'

interface MeterProps {
  /** 0 to 1. */
  share: number
  label: string
  /** What a screen reader says for the value: "1.2 of 4 GiB". */
  valueText: string
  /** A background colour class. */
  tone?: string
  className?: string
}

/** How much of something is used. */
export function Meter({ share, label, valueText, tone = 'bg-accent', className }: MeterProps) {
  const value = Math.min(1, Math.max(0, share))
  return (
    <Base.Root
      value={value * 100}
      aria-label={label}
      getAriaValueText={() => valueText}
      className={classNames('inline-block', className ?? 'w-16')}
    >
      <Base.Track className="block h-1 overflow-hidden rounded-full bg-line">
        <Base.Indicator className={classNames('block h-full rounded-full', tone)} />
      </Base.Track>
    </Base.Root>
  )
}
