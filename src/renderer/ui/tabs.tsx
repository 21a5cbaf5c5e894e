import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

interface TabsProps<V extends string> {
  value: V
  onChange(value: V): void
  tabs: readonly { value: V; label: ReactNode; count?: ReactNode; pinned?: boolean }[]
  label: string
  /** The panel of the tab that is chosen. */
  children: ReactNode
  className?: string
}

/** A strip of tabs above one panel. Where they are too many they scroll, but for those that are pinned to its end. */
export function Tabs<V extends string>({ value, onChange, tabs, label, children, className }: TabsProps<V>) {
  const drawTab = (tab: TabsProps<V>['tabs'][number]) => (
    <Base.Tab
      key={tab.value}
      value={tab.value}
      ref={tab.value === value ? scrollToTab : undefined}
      className="flex h-8 shrink-0 items-center gap-1 rounded-sm px-1.5 whitespace-nowrap text-muted hover:text-ink data-active:font-medium data-active:text-ink"
    >
      {tab.label}
      {tab.count !== undefined && <span className="text-sm text-faint">{tab.count}</span>}
    </Base.Tab>
  )
  const pinned = tabs.filter((tab) => tab.pinned === true)
  return (
    <Base.Root
      value={value}
      onValueChange={(next: V) => onChange(next)}
      className={className ?? 'flex min-h-0 flex-1 flex-col'}
    >
      <Base.List aria-label={label} className="relative flex shrink-0 gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.filter(({ pinned }) => pinned !== true).map(drawTab)}
        {pinned.length > 0 && (
          <div className="sticky right-0 ml-auto flex shrink-0 gap-1 border-l border-line bg-canvas pl-1">
            {pinned.map(drawTab)}
          </div>
        )}
        <Base.Indicator className="absolute bottom-0 left-0 h-0.5 w-(--active-tab-width) translate-x-(--active-tab-left) rounded-full bg-accent transition-[translate,width] duration-100" />
      </Base.List>
      <Base.Panel value={value} className="flex min-h-0 flex-1 flex-col outline-none">
        {children}
      </Base.Panel>
    </Base.Root>
  )
}

/** The chosen tab may be out of sight, at the other end of the strip. */
function scrollToTab(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}
