import { formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'

interface ImportPlanProps {
  plan: {
    readonly rows: number
    readonly problems: readonly { readonly line: number; readonly problem: string }[]
    readonly problemCount: number
    readonly sample: readonly { readonly name: string | null; readonly payload: string }[]
  }
}

/** What an import would do: how many rows can be added, which cannot and why, and the first of them. */
export function ImportPlan({ plan: { rows, problems, problemCount, sample } }: ImportPlanProps) {
  if (rows === 0) return <Notice tone="warn">There is no row in this file. Is it of the other format?</Notice>
  return (
    <>
      {problemCount > 0 && (
        <Notice tone={problemCount === rows ? 'bad' : 'warn'}>
          {problemCount === rows
            ? 'No row of this file can be added. Is it of the other format?'
            : `${formatCounted(problemCount, 'row')} of ${formatCount(rows)} cannot be added and ${problemCount === 1 ? 'is' : 'are'} left out.`}
          <ul aria-label="Rows that cannot be added" className="mt-1 max-h-32 overflow-y-auto text-sm">
            {problems.map(({ line, problem }) => (
              <li key={`${line} ${problem}`} className="flex gap-2">
                <span className="w-20 shrink-0 text-muted">Line {formatCount(line)}</span>
                <RedisText text={problem} className="min-w-0 wrap-anywhere" />
              </li>
            ))}
            {problemCount > problems.length && (
              <li className="text-muted">and {formatCount(problemCount - problems.length)} more</li>
            )}
          </ul>
        </Notice>
      )}
      {sample.length > 0 && (
        <section aria-label="Sample">
          <h3 className="mb-1 text-sm font-medium text-muted">
            {sample.length < rows - problemCount ? `The first ${formatCount(sample.length)}` : 'The jobs'}
          </h3>
          <ul className="max-h-56 overflow-y-auto rounded-md border border-line">
            {sample.map(({ name, payload }, index) => (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no identity but their place
                key={index}
                className="flex h-7 items-center gap-3 border-b border-line/60 px-2 last:border-b-0"
              >
                {name !== null && <RedisText text={name} truncate className="w-36 shrink-0 font-medium" />}
                <RedisText text={payload} mono truncate className="flex-1 text-muted" />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
