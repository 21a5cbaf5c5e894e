import { useState } from 'react'
import type { JobRecord, OutputLine } from '../../../domain/job-record.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { useStream } from '../../api/use-stream.ts'
import { failureLooks, resultText, tookMs } from '../../components/job-progress.model.ts'
import { OutcomeBadge, ProgressLine } from '../../components/job-progress.tsx'
import { OutputLines } from '../../components/output-lines.tsx'
import { formatDuration } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'

interface Run {
  record: JobRecord
  output: OutputLine[]
}

/** One run of one job: how far it is, what it writes, and what came of it. */
export function RunView({ id, onEnd }: { id: string; onEnd(): void }) {
  const [run, setRun] = useState<Run | null>(null)
  const over = run !== null && run.record.endedAt !== null
  const state = useStream<Run>(id, over ? null : (signal) => client.handlers.watchRun({ id }, { signal }), (next) => {
    setRun(next)
    if (next.record.endedAt !== null) onEnd()
  })
  if (run === null) {
    return state.phase === 'failed' ? (
      <Notice tone="bad">{errorSentence(state.error)}</Notice>
    ) : (
      <div role="status" aria-label="Starting" className="flex flex-col gap-2">
        <Skeleton className="h-4 w-40" />
        <Skeleton className="h-40 w-full" />
      </div>
    )
  }
  const { record, output } = run
  const { failure, result, progress, pid } = record
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center gap-2" role="status">
        <OutcomeBadge record={record} />
        <Took record={record} />
        {pid !== null && <span className="ml-auto text-sm text-faint">pid {pid}</span>}
      </div>
      {progress !== null && <ProgressLine progress={progress} />}
      {failure !== null && (
        <Notice tone={failure.kind === 'taken' ? 'warn' : 'bad'}>
          <p>{failureLooks[failure.kind].meaning}</p>
          <RedisText text={failure.message} mono lines selectable className="wrap-anywhere" />
        </Notice>
      )}
      {over && failure === null && (
        <section aria-label="Result">
          <h3 className="mb-1 text-sm font-medium text-muted">Result</h3>
          {result === null ? (
            <p className="text-faint">It returned nothing.</p>
          ) : (
            <div className="max-h-48 overflow-auto rounded-md border border-line bg-sunken px-2 py-1.5">
              <RedisText text={resultText(result)} mono lines selectable className="wrap-anywhere" />
            </div>
          )}
        </section>
      )}
      <div className="flex h-64 overflow-hidden rounded-md border border-line">
        <OutputLines
          lines={output}
          whole
          empty={over ? 'It wrote nothing.' : 'Nothing was written yet.'}
          tools={<h3 className="text-sm font-medium text-muted">Output</h3>}
        />
      </div>
    </div>
  )
}

/** Apart, because it ticks. */
function Took({ record }: { record: JobRecord }) {
  const now = useNow()
  return (
    <span className="text-muted">
      {record.endedAt === null ? 'for' : 'in'} {formatDuration(tookMs(record, now + 999))}
    </span>
  )
}
