import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import { classNames } from './class-names.ts'

interface PopoverProps {
  /** The button that opens it. */
  trigger: ReactElement
  /** What it is, read out. */
  label: string
  open: boolean
  onOpenChange(open: boolean): void
  align?: 'start' | 'end'
  className?: string
  children: ReactNode
}

/** More of something, beside its button, without leaving the screen. Esc closes it, and so does a click elsewhere. */
export function Popover({ trigger, label, open, onOpenChange, align = 'start', className, children }: PopoverProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} collisionPadding={8} className="z-30">
          <Base.Popup
            aria-label={label}
            className={classNames(
              'flex max-h-(--available-height) max-w-(--available-width) flex-col rounded-lg bg-raised shadow-float outline-none',
              className,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
