import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { type ReactNode, type RefObject, useRef } from 'react'
import { classNames } from './class-names.ts'

interface DialogProps {
  open: boolean
  onClose(): void
  title: ReactNode
  description?: ReactNode
  /** Buttons, at the end of the row. */
  footer?: ReactNode
  /** What has the focus first; else the first control of the body. */
  initialFocus?: RefObject<HTMLElement | null>
  width?: 'narrow' | 'normal' | 'wide'
  /** Needs an answer: a click beside it does not close it. */
  alert?: boolean
  children?: ReactNode
}

const widths = { narrow: 'w-100', normal: 'w-140', wide: 'w-190' }

const focusable = 'input, textarea, select, button, [role="combobox"], [tabindex="0"]'

/** A modal question or form. Esc closes it. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  footer,
  initialFocus,
  width = 'normal',
  alert,
  children,
}: DialogProps) {
  const body = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()} disablePointerDismissal={alert}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/25 transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Viewport className="fixed inset-0 z-40 flex items-start justify-center overflow-y-auto px-4 pt-[10vh] pb-4">
          <Base.Popup
            role={alert ? 'alertdialog' : 'dialog'}
            data-dialog
            initialFocus={initialFocus ?? (() => body.current?.querySelector<HTMLElement>(focusable) ?? true)}
            className={classNames(
              'relative flex max-h-[85vh] max-w-full flex-col rounded-xl bg-raised shadow-float transition-[opacity,scale] duration-100 data-ending-style:opacity-0 data-starting-style:scale-[0.985] data-starting-style:opacity-0',
              // Another dialog lies on it.
              'data-nested-dialog-open:after:absolute data-nested-dialog-open:after:inset-0 data-nested-dialog-open:after:rounded-xl data-nested-dialog-open:after:bg-black/25',
              widths[width],
            )}
          >
            <header className="flex shrink-0 items-start gap-2 px-4 pt-3 pb-2">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-lg font-semibold">{title}</Base.Title>
                {description !== undefined && (
                  <Base.Description className="mt-0.5 text-muted">{description}</Base.Description>
                )}
              </div>
              {!alert && (
                <Base.Close
                  aria-label="Close"
                  className="-mr-1 flex size-6 items-center justify-center rounded-md text-faint hover:bg-hover hover:text-ink"
                >
                  <X size={14} aria-hidden />
                </Base.Close>
              )}
            </header>
            <div ref={body} className="min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-3">
              {children}
            </div>
            {footer !== undefined && (
              <footer className="flex shrink-0 items-center justify-end gap-2 border-t border-line px-4 py-2.5">
                {footer}
              </footer>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
