import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { Kbd } from './kbd.tsx'

export type MenuEntry =
  | 'separator'
  | {
      readonly label: ReactNode
      readonly icon?: ReactNode
      readonly keys?: string
      readonly danger?: boolean
      readonly checked?: boolean
      /** Why it cannot be chosen; it is shown below the label. */
      readonly unavailable?: string
      onChoose(): void
    }

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement
  entries: readonly MenuEntry[]
  align?: 'start' | 'end'
}

/** What can be done with one thing. */
export function Menu({ trigger, entries, align = 'end' }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50">
          <Base.Popup className="min-w-44 rounded-lg bg-raised p-1 shadow-float outline-none">
            {entries.map((entry, index) =>
              entry === 'separator' ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: separators have no other identity
                <Base.Separator key={index} className="mx-1 my-1 h-px bg-line" />
              ) : (
                <Base.Item
                  // biome-ignore lint/suspicious/noArrayIndexKey: entries of one menu do not move
                  key={index}
                  disabled={entry.unavailable !== undefined}
                  onClick={entry.onChoose}
                  className={classNames(
                    'flex min-h-7 items-center gap-2 rounded-sm px-2 py-0.5 data-disabled:text-faint data-highlighted:bg-selected',
                    entry.danger && 'text-bad',
                  )}
                >
                  <span className="flex w-3.5 shrink-0 justify-center">
                    {entry.checked === true ? <Check size={14} aria-label="chosen" /> : entry.icon}
                  </span>
                  <span className="min-w-0 flex-1">
                    {entry.label}
                    {entry.unavailable !== undefined && (
                      <span className="block max-w-60 text-xs">{entry.unavailable}</span>
                    )}
                  </span>
                  {entry.keys !== undefined && <Kbd keys={entry.keys} />}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
