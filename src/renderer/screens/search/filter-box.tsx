import { CornerDownLeft, Search } from 'lucide-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { FilterProblem } from '../../../domain/job-filter/parse.ts'
import { classNames } from '../../ui/class-names.ts'
import { RedisText } from '../../ui/redis-text.tsx'

interface FilterBoxProps {
  value: string
  problem: FilterProblem | null
  /** Said below while nothing is wrong. */
  hint: string
  /** Enter would begin a search. */
  ready: boolean
  input: RefObject<HTMLInputElement | null>
  onChange(text: string): void
  onSubmit(): void
}

// The mistake is underlined by a copy of the text that lies exactly over it: same font, same room at the start.
const place = 'pl-8 pr-2 font-mono text-base leading-8'

/** Where a filter is typed. A mistake is underlined where it is, and told below. */
export function FilterBox({ value, problem, hint, ready, input, onChange, onSubmit }: FilterBoxProps) {
  const [shift, setShift] = useState(0)
  const told = useRef<HTMLParagraphElement>(null)
  // A text that was put in from elsewhere is shown from its start.
  useEffect(() => {
    if (document.activeElement !== input.current) setShift(0)
  }, [input])
  return (
    <div className="min-w-0 flex-1">
      <div className="relative h-8">
        <Search size={14} className="pointer-events-none absolute top-[9px] left-2.5 z-10 text-faint" aria-hidden />
        <input
          ref={input}
          type="text"
          dir="ltr"
          aria-label="Filter"
          aria-invalid={problem !== null || undefined}
          aria-describedby="search-filter-below"
          placeholder="timeout   data.user.id = 42   error ~ refused   age > 2h"
          value={value}
          maxLength={10_000}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => setShift(event.currentTarget.scrollLeft)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) onSubmit()
            else if (event.key === 'Escape') input.current?.blur()
          }}
          className={classNames(
            place,
            'h-8 w-full rounded-md border border-line-strong bg-raised shadow-control hover:border-faint aria-invalid:border-bad',
          )}
        />
        {problem !== null && (
          <div
            aria-hidden
            className="pointer-events-none absolute inset-x-px inset-y-0 overflow-hidden rounded-md pl-8"
          >
            <div
              className="-ml-8 w-max pl-8 font-mono text-base leading-8 whitespace-pre text-transparent"
              style={{ transform: `translateX(${-shift}px)` }}
            >
              {value.slice(0, problem.at)}
              <span className="underline decoration-bad decoration-wavy underline-offset-4">
                {value.slice(problem.at) || '\u00a0'}
              </span>
            </div>
          </div>
        )}
      </div>
      <p
        ref={told}
        id="search-filter-below"
        role={problem === null ? undefined : 'alert'}
        className={classNames('mt-1 flex h-4 items-center gap-1 text-xs', problem === null ? 'text-faint' : 'text-bad')}
      >
        {problem === null ? (
          <RedisText text={hint} truncate />
        ) : (
          <span className="min-w-0 truncate">
            {problem.problem} (character {problem.at + 1})
          </span>
        )}
        {problem === null && ready && (
          <span className="ml-auto flex shrink-0 items-center gap-1">
            <CornerDownLeft size={11} aria-hidden /> Enter searches
          </span>
        )}
      </p>
    </div>
  )
}
