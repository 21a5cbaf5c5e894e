import { ReadingBar, ReadingFigure, ReadingFigures } from '../../components/reading-figures.tsx'
import type { SearchRun } from '../../state/searches.model.ts'
import { formatDuration } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { leftOutWords, searchWords } from './search-words.model.ts'

interface SearchStatusProps {
  run: SearchRun | undefined
  /** It looked for something else than what is typed now: for what, in words. */
  other: string | null
}

/** How far the search is, what it costs, and what it could not read. */
export function SearchStatus({ run, other }: SearchStatusProps) {
  const running = run?.phase === 'running'
  const leftOut = run === undefined || run.problem !== null ? null : leftOutWords(run)
  return (
    <>
      <ReadingBar reading={run?.progress ?? null} running={running} label="Search" />
      {run !== undefined && (
        <div className="@container flex h-8 shrink-0 items-center gap-4 border-b border-line px-3">
          <span
            role="status"
            aria-live={running ? 'off' : 'polite'}
            className="min-w-40 shrink truncate font-medium"
            title={searchWords(run)}
          >
            {searchWords(run)}
          </span>
          {other !== null && (
            <span className="min-w-0 shrink-[999] truncate text-sm text-warn">
              for another question: <RedisText text={other} />
            </span>
          )}
          <span className="flex-1" />
          {run.progress !== null && (
            <ReadingFigures reading={run.progress} running={running}>
              {run.firstMatchMs !== null && (
                <ReadingFigure
                  label="First match"
                  title="From the start to the first match on the screen"
                  hide="@max-[980px]:hidden"
                >
                  {formatDuration(run.firstMatchMs)}
                </ReadingFigure>
              )}
            </ReadingFigures>
          )}
        </div>
      )}
      {run !== undefined && run.progress !== null && run.progress.problems.length > 0 && (
        <Notice tone="warn" flush>
          {run.progress.problems.map((problem) => (
            <RedisText key={problem} text={problem} className="block" />
          ))}
        </Notice>
      )}
      {run !== undefined && run.problem !== null && run.progress !== null && (
        <Notice tone="bad" flush live>
          The search ended early. {leftOutWords(run)}
        </Notice>
      )}
      {leftOut !== null && (
        <Notice tone="info" flush>
          {leftOut}
        </Notice>
      )}
    </>
  )
}
