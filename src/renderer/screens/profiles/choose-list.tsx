import type { ReactNode } from 'react'
import { Checkbox } from '../../ui/checkbox.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'

interface ChooseListProps<T> {
  items: readonly T[]
  keyOf(item: T): string
  /** What it is called, for screen readers. */
  nameOf(item: T): string
  chosen: ReadonlySet<string>
  onChange(chosen: Set<string>): void
  children(item: T): ReactNode
}

/** Several of many, each with a box. */
export function ChooseList<T>({ items, keyOf, nameOf, chosen, onChange, children }: ChooseListProps<T>) {
  const all = items.length > 0 && items.every((item) => chosen.has(keyOf(item)))
  const change = (key: string, on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(key)
    else next.delete(key)
    onChange(next)
  }
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <div className="border-b border-line bg-sunken px-3 py-1 text-sm text-muted">
        <Checkbox
          checked={all}
          mixed={!all && chosen.size > 0}
          onChange={(on) => onChange(on ? new Set(items.map(keyOf)) : new Set())}
          label="All of them"
        >
          {chosen.size} of {items.length} chosen
        </Checkbox>
      </div>
      <ul className="max-h-72 divide-y divide-line overflow-y-auto">
        {items.map((item) => (
          <li key={keyOf(item)} className="flex items-start gap-3 px-3 py-1.5">
            <span className="flex h-5 items-center">
              <Checkbox
                checked={chosen.has(keyOf(item))}
                onChange={(on) => change(keyOf(item), on)}
                label={plainVisible(nameOf(item))}
              />
            </span>
            <div className="min-w-0 flex-1">{children(item)}</div>
          </li>
        ))}
      </ul>
    </div>
  )
}
