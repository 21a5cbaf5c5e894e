import { useQuery } from '@tanstack/react-query'
import { Copy, Download, Maximize2, Minimize2 } from 'lucide-react'
import { useState } from 'react'
import type { JobDetail } from '../../../domain/job.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-text.ts'
import { formatBytes } from '../../ui/format.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Layout } from './line-index.model.ts'
import { fileNameOf, savePayload } from './save-payload.ts'
import { TextRows } from './text-rows.tsx'
import type { JobSource } from './use-job-pages.ts'

interface PayloadViewProps {
  source: JobSource
  job: JobDetail
  /** It has the whole panel. */
  filled: boolean
  onFill(filled: boolean): void
}

/** The payload: indented for reading, or as stored; the beginning of a large one until all of it is asked for. */
export function PayloadView({ source, job, filled, onFill }: PayloadViewProps) {
  const [layout, setLayout] = useState<Layout>('pretty')
  const [wantsAll, setWantsAll] = useState(false)
  const { truncated, bytes, encoding } = job.payload
  const all = useQuery(
    orpc.queues.job.queryOptions({
      input: { ...source, ref: job.ref, full: true },
      enabled: wantsAll && truncated,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 0,
    }),
  )
  const stored = all.data?.payload ?? job.payload
  const binary = encoding === 'base64'
  const shown: Layout = job.badges.includes('invalid-json') ? 'raw' : layout
  const whole = async () =>
    stored.truncated ? (await client.queues.job({ ...source, ref: job.ref, full: true })).payload : stored
  const attempt = (work: Promise<unknown>, words: string) =>
    void work.then(
      () => toast.good(words),
      (error: unknown) => toast.error(errorSentence(error)),
    )
  return (
    <section aria-label="Payload" className={filled ? 'flex min-h-0 flex-1 flex-col' : 'mt-1'}>
      <div className="flex h-10 shrink-0 items-center gap-1 px-3">
        <h3 className="text-sm font-medium text-muted">Payload</h3>
        <span className="ml-1 text-sm text-faint">{formatBytes(bytes)}</span>
        <span className="flex-1" />
        {binary ? (
          <span className="px-2 text-sm text-muted">Bytes in hexadecimal</span>
        ) : (
          !job.badges.includes('invalid-json') && (
            <Segmented<Layout>
              label="How the payload is shown"
              value={layout}
              onChange={setLayout}
              options={[
                { value: 'pretty', label: 'Pretty', title: 'Indented; every value exactly as stored' },
                { value: 'raw', label: 'Raw', title: 'Exactly as stored' },
              ]}
            />
          )
        )}
        <IconButton
          label={binary ? 'Copy as base64' : 'Copy as stored'}
          icon={<Copy size={13} aria-hidden />}
          onClick={() => attempt(copyText(whole().then(({ text }) => text)), `Copied ${formatBytes(bytes)}.`)}
        />
        <IconButton
          label="Save as a file"
          icon={<Download size={13} aria-hidden />}
          onClick={() =>
            void whole().then(
              (payload) => savePayload(payload, fileNameOf(job)),
              (error: unknown) => toast.error(errorSentence(error)),
            )
          }
        />
        <IconButton
          label={filled ? 'Show the rest of the job' : 'Give the payload the whole panel'}
          icon={filled ? <Minimize2 size={13} aria-hidden /> : <Maximize2 size={13} aria-hidden />}
          onClick={() => onFill(!filled)}
        />
      </div>
      <div
        className={
          filled
            ? 'flex min-h-0 flex-1 flex-col border-t border-line'
            : 'mx-3 overflow-hidden rounded-md border border-line'
        }
      >
        <TextRows
          stored={stored}
          layout={shown}
          fill={filled}
          label={shown === 'pretty' ? 'Payload, indented' : 'Payload as stored'}
        />
        {stored.truncated && (
          <div className="flex shrink-0 items-center gap-2 border-t border-line bg-sunken px-2 py-1.5 text-sm text-muted">
            <span className="min-w-0 flex-1">
              {all.error === null
                ? `The first ${formatBytes(shownBytes(stored))} of ${formatBytes(bytes)}.`
                : errorSentence(all.error)}
            </span>
            <Button
              size="small"
              busy={all.isFetching}
              onClick={() => (wantsAll ? void all.refetch() : setWantsAll(true))}
            >
              Load all {formatBytes(bytes)}
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}

/** Bytes of what is shown, without encoding it again: a page of text is not worth exactness to the byte. */
function shownBytes({ text, encoding }: JobDetail['payload']): number {
  return encoding === 'base64' ? Math.floor((text.length / 4) * 3) : new Blob([text]).size
}
