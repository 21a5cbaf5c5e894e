import { RefreshCw } from 'lucide-react'
import { type RefObject, useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { FilterInput } from '../../ui/filter-input.tsx'
import { formatClock, formatCount } from '../../ui/format.ts'

interface ListToolbarProps {
  filter: string
  onFilter(text: string): void
  /** "1–38 of 18,220", or what the filter goes through. */
  summary: string
  /** How the state differs from what is shown; null when it does not, or the list follows by itself. */
  news: string | null
  readAt: number | null
  busy: boolean
  onRefresh(): void
  goTo: RefObject<HTMLInputElement | null>
  onGoTo(place: number): void
  /** Present while a filter goes through fewer rows than there are. */
  onLoadMore?: () => void
  /** Looks for the filter in every job of the state; null where there is none, or all are loaded. */
  onSearchAll: (() => void) | null
}

/** Above the list: what it shows, how fresh that is, and ways to get around in it. */
export function ListToolbar(props: ListToolbarProps) {
  const { filter, onFilter, summary, news, readAt, busy, onRefresh, goTo, onGoTo, onLoadMore, onSearchAll } = props
  const [place, setPlace] = useState('')
  return (
    <div className="@container shrink-0 border-b border-line">
      <div className="flex h-10 items-center gap-3 px-3">
        <FilterInput label="Filter loaded rows" value={filter} onChange={onFilter} className="w-52 min-w-20 shrink" />
        <span role="status" className="min-w-0 shrink truncate text-sm text-faint" title={summary}>
          {summary}
        </span>
        {onLoadMore !== undefined && (
          <Button size="small" busy={busy} onClick={onLoadMore}>
            Load 1,000 more
          </Button>
        )}
        {onSearchAll !== null && (
          <Button size="small" look="ghost" className="text-accent!" onClick={onSearchAll}>
            Search all
          </Button>
        )}
        <span className="min-w-0 flex-1" />
        {news !== null && (
          <button
            type="button"
            onClick={onRefresh}
            title="Read the list again"
            className="flex h-6 shrink-0 items-center rounded-full bg-accent/12 px-2.5 text-sm font-medium text-accent hover:bg-accent/20"
          >
            {news}
            <span className="@max-[520px]:hidden">: refresh</span>
          </button>
        )}
        {readAt !== null && (
          <span className="shrink-0 text-sm text-faint @max-[520px]:hidden" title="When the rows in sight were read">
            {formatClock(readAt)}
          </span>
        )}
        <IconButton
          label="Read the list again"
          keys="shift+r"
          icon={<RefreshCw size={13} aria-hidden className={classNames('transition-opacity', busy && 'opacity-40')} />}
          onClick={onRefresh}
        />
        <form
          className="@max-[420px]:hidden"
          onSubmit={(event) => {
            event.preventDefault()
            const wanted = Number(place.replaceAll(/[,\s]/g, ''))
            if (Number.isInteger(wanted) && wanted > 0) onGoTo(wanted)
            goTo.current?.blur()
          }}
        >
          <input
            ref={goTo}
            aria-label="Go to place number"
            title={`Go to a place in the list (#)`}
            placeholder="Go to #"
            inputMode="numeric"
            value={place}
            onChange={(event) => setPlace(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') event.currentTarget.blur()
            }}
            className="h-7 w-20 rounded-md border border-line bg-sunken px-2 text-end hover:border-line-strong focus-visible:bg-raised"
          />
        </form>
      </div>
    </div>
  )
}

/** What part of the list is in sight. */
export function rangeWords(first: number, last: number, total: number): string {
  if (total === 0) return 'No jobs'
  return `${formatCount(first + 1)}–${formatCount(Math.min(last, total - 1) + 1)} of ${formatCount(total)}`
}
