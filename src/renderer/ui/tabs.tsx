import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

interface TabsProps<V extends string> {
  value: V
  onChange(value: V): void
  tabs: readonly { value: V; label: ReactNode; count?: ReactNode }[]
  label: string
  /** The panel of the tab that is chosen. */
  children: ReactNode
  className?: string
}

/** A strip of tabs above one panel. */
export function Tabs<V extends string>({ value, onChange, tabs, label, children, className }: TabsProps<V>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next: V) => onChange(next)}
      className={className ?? 'flex min-h-0 flex-1 flex-col'}
    >
      <Base.List aria-label={label} className="relative flex shrink-0 gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="flex h-8 items-center gap-1.5 rounded-sm px-2 whitespace-nowrap text-muted hover:text-ink data-active:font-medium data-active:text-ink"
          >
            {tab.label}
            {tab.count !== undefined && <span className="text-sm text-faint">{tab.count}</span>}
          </Base.Tab>
        ))}
        <Base.Indicator className="absolute bottom-0 left-0 h-0.5 w-(--active-tab-width) translate-x-(--active-tab-left) rounded-full bg-accent transition-[translate,width] duration-100" />
      </Base.List>
      <Base.Panel value={value} className="flex min-h-0 flex-1 flex-col outline-none">
        {children}
      </Base.Panel>
    </Base.Root>
  )
}
