import { useQuery } from '@tanstack/react-query'
import { Copy, FileDown } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { QueueRef } from '../../../domain/queue.ts'
import type { RedactionRule } from '../../../domain/redaction.ts'
import type { Selection } from '../../../domain/selection.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { readToEnd } from '../../api/read-to-end.ts'
import { Button } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-text.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { formatBytes, formatCount, formatCounted } from '../../ui/format.ts'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { toast } from '../../ui/toast.tsx'
import { meantRules, rulesProblem } from '../redaction-rules.model.ts'
import { RedactionRulesEditor } from '../redaction-rules.tsx'
import { type Export, exportWords, noExport } from './export.model.ts'

interface ExportDialogProps {
  connectionId: string
  selection: Selection
  /** Jobs in the selection, as far as that is known. */
  count: number
  /** A job of it, to try the redaction on. */
  sample: { queue: QueueRef; state: string; ref: string } | null
  onClose(): void
}

const formats = [
  { value: 'ndjson' as const, label: 'NDJSON', title: 'One JSON object a line, exact, can be imported again' },
  { value: 'csv' as const, label: 'CSV', title: 'For spreadsheets; cells cannot become formulas' },
]

/** Writes jobs to a file of this computer, with what is private taken out. */
export function ExportDialog({ connectionId, selection, count, sample, onClose }: ExportDialogProps) {
  const [format, setFormat] = useState<'ndjson' | 'csv'>('ndjson')
  const [typed, setTyped] = useState<RedactionRule[] | null>(null)
  const [written, setWritten] = useState<Export>(noExport)
  const stop = useRef<(() => void) | null>(null)
  useEffect(() => () => stop.current?.(), [])
  const { data: kept, error: keptError } = useQuery(orpc.transfers.redaction.queryOptions())
  const rules = typed ?? kept
  const { data: job } = useQuery({
    ...orpc.queues.job.queryOptions({
      input: sample === null ? ({} as never) : { connectionId, ...sample, full: false },
    }),
    enabled: sample !== null,
  })
  const payload = job === undefined || job.payload.encoding === 'base64' ? null : job.payload.text
  const problem = rules === undefined ? null : rulesProblem(rules)
  const { phase } = written
  const ready = rules !== undefined && problem === null && phase !== 'running'

  const begin = () => {
    if (rules === undefined) return
    const redaction = meantRules(rules)
    if (typed !== null) {
      // Kept for the next time; an export does not wait for that, nor fail with it.
      void client.transfers.saveRedaction({ rules: redaction }).then(
        () => queryClient.invalidateQueries({ queryKey: orpc.transfers.redaction.key() }),
        () => undefined,
      )
    }
    setWritten({ ...noExport, phase: 'running' })
    stop.current = readToEnd(
      (signal) => client.transfers.export({ connectionId, selection, format, redaction }, { signal }),
      {
        event: (progress) => setWritten({ phase: progress.done ? 'done' : 'running', progress, problem: null }),
        end: (error) =>
          setWritten((now) =>
            now.phase === 'done'
              ? now
              : { ...now, phase: 'failed', problem: error === null ? 'It broke off.' : errorSentence(error) },
          ),
      },
    )
  }
  const cancel = () => {
    stop.current?.()
    setWritten((now) => ({ ...now, phase: 'stopped' }))
  }
  return (
    <Dialog
      open
      alert={phase === 'running'}
      width="wide"
      title={`Export ${formatCounted(count, 'job')}`}
      description="To a file on the computer that Sluice runs on, in its Downloads folder where there is one. The jobs stay."
      onClose={phase === 'running' ? cancel : onClose}
      footer={
        phase === 'running' ? (
          <Button onClick={cancel}>Stop</Button>
        ) : phase === 'done' ? (
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <>
            {problem !== null && <span className="mr-auto min-w-0 truncate text-sm text-bad">{problem}</span>}
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" icon={<FileDown size={14} aria-hidden />} disabled={!ready} onClick={begin}>
              Export {formatCounted(count, 'job')}
            </Button>
          </>
        )
      }
    >
      {phase === 'running' || phase === 'done' ? (
        <Written written={written} />
      ) : (
        <div className="flex flex-col gap-3">
          <div className="flex items-center gap-3">
            <Segmented<'ndjson' | 'csv'> label="Format" value={format} onChange={setFormat} options={formats} />
            <span className="min-w-0 text-sm text-muted">
              {format === 'ndjson'
                ? 'One JSON object a line, payloads exact. It can be imported again.'
                : 'For spreadsheets. A cell that could become a formula is made plain text.'}
            </span>
          </div>
          <div>
            <h3 className="mb-1 text-sm font-medium text-muted">
              What is taken out{rules !== undefined && rules.length > 0 && `: ${formatCounted(rules.length, 'rule')}`}
            </h3>
            {rules !== undefined && (
              // A sample that arrives later begins its own try.
              <RedactionRulesEditor
                key={payload === null ? '' : 'with'}
                rules={rules}
                onChange={setTyped}
                sample={payload}
              />
            )}
            {keptError !== null && rules === undefined && (
              <Notice tone="bad">The redaction rules could not be read. {errorSentence(keptError)}</Notice>
            )}
          </div>
          {phase === 'failed' && (
            <Notice tone="bad" live>
              The export failed. {written.problem}
            </Notice>
          )}
          {phase === 'stopped' && (
            <Notice tone="info" live>
              {exportWords(written, count)}
            </Notice>
          )}
        </div>
      )}
    </Dialog>
  )
}

function Written({ written }: { written: Export }) {
  const { phase, progress } = written
  const path = progress?.path ?? ''
  return (
    <div className="flex flex-col gap-3 py-2">
      <p role="status">{exportWords(written, 0)}</p>
      <Meter
        share={progress === null || progress.total === 0 ? (phase === 'done' ? 1 : 0) : progress.jobs / progress.total}
        label="Exported"
        valueText={`${formatCount(progress?.jobs ?? 0)} of ${formatCount(progress?.total ?? 0)} jobs`}
        className="w-full"
      />
      {path !== '' && (
        <div className="flex items-center gap-2 rounded-md border border-line bg-sunken py-1 pr-1 pl-2">
          <RedisText text={path} mono selectable className="min-w-0 flex-1 wrap-anywhere" />
          {progress !== null && <span className="shrink-0 text-sm text-muted">{formatBytes(progress.bytes)}</span>}
          <Button
            size="small"
            icon={<Copy size={13} aria-hidden />}
            onClick={() =>
              void copyText(path).then(
                () => toast.good('The path is on the clipboard.'),
                (error: unknown) => toast.error(errorSentence(error)),
              )
            }
          >
            Copy path
          </Button>
        </div>
      )}
    </div>
  )
}
