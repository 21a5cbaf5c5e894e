import { useMutation, useQuery } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { QueueRef } from '../../../domain/queue.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatBytes, formatCount, formatCounted } from '../../ui/format.ts'
import { Field, Input } from '../../ui/input.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { EnvironmentTag } from '../environment-tag.tsx'
import { FileDrop } from './file-drop.tsx'
import { filePieces, formatOf } from './file-pieces.ts'
import { ImportPlan } from './import-plan.tsx'

interface ImportDialogProps {
  connection: Connection
  queue: QueueRef
  onClose(): void
}

interface Upload {
  readonly name: string
  readonly size: number
  readonly sent: number
  /** What the engine calls it, once all of it is there. */
  readonly id: string | null
  readonly problem: string | null
}

const formats = [
  { value: 'ndjson' as const, label: 'NDJSON' },
  { value: 'csv' as const, label: 'CSV' },
]

/** Adds the jobs of a file to a queue: the file first, then what it would do, then the doing. */
export function ImportDialog({ connection, queue, onClose }: ImportDialogProps) {
  const { profile } = connection
  const connectionId = profile.id
  const [upload, setUpload] = useState<Upload | null>(null)
  const [format, setFormat] = useState<'ndjson' | 'csv'>('ndjson')
  const [reason, setReason] = useState('')
  const running = useRef(0)
  useEffect(
    () => () => {
      running.current++
    },
    [],
  )
  const id = upload?.id ?? null
  const plan = useQuery({
    ...orpc.transfers.planImport.queryOptions({ input: { connectionId, queue, id: id ?? '', format } }),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const start = useMutation(
    orpc.transfers.import.mutationOptions({
      meta: { quiet: true },
      onSuccess: (run) => {
        toast.info(
          <>
            Importing {formatCounted(run.total ?? plan.data?.rows ?? 0, 'job')} into <RedisText text={queue.name} />.
          </>,
        )
        onClose()
      },
    }),
  )
  const take = async (file: File) => {
    const turn = ++running.current
    start.reset()
    let state: Upload = { name: file.name, size: file.size, sent: 0, id: null, problem: null }
    const put = (change: Partial<Upload>) => {
      state = { ...state, ...change }
      if (running.current === turn) setUpload(state)
    }
    put({})
    let known: string | null = null
    try {
      for await (const text of filePieces(file)) {
        if (running.current !== turn) return
        if (known === null) setFormat(formatOf(file.name, text))
        const answer: { id: string; bytes: number } = await client.transfers.upload({ id: known, text })
        known = answer.id
        put({ sent: answer.bytes })
      }
      put(known === null ? { problem: 'This file is empty.' } : { id: known })
    } catch (error) {
      put({ problem: error instanceof TypeError ? 'This file is not UTF-8 text.' : errorSentence(error) })
    }
  }
  const able = plan.data === undefined ? 0 : plan.data.rows - plan.data.problemCount
  const production = profile.environment === 'production'
  const ready = able > 0 && (!production || reason.trim() !== '') && !plan.isFetching
  const begin = () =>
    id !== null &&
    start.mutate({ connectionId, queue, id, format, reason: reason.trim() === '' ? null : reason.trim() })
  return (
    <Dialog
      open
      alert={start.isPending}
      width="wide"
      title={
        <>
          Import jobs into <RedisText text={queue.name} />
        </>
      }
      description={
        <span className="flex items-center gap-2">
          <RedisText text={profile.name} truncate />
          <EnvironmentTag environment={profile.environment} />
        </span>
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={production ? 'danger' : 'primary'}
            icon={<FileUp size={14} aria-hidden />}
            disabled={!ready}
            busy={start.isPending}
            onClick={begin}
          >
            {able === 0 ? 'Import' : `Add ${formatCounted(able, 'job')}`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {upload === null || upload.problem !== null ? (
          <>
            <FileDrop label="File of jobs" accept=".ndjson,.jsonl,.json,.csv,.txt" onFile={(file) => void take(file)}>
              Drop a file of jobs here: NDJSON or CSV, as an export writes it.
            </FileDrop>
            {upload !== null && (
              <Notice tone="bad" live>
                <RedisText text={upload.name} className="font-semibold" /> could not be taken. {upload.problem}
              </Notice>
            )}
          </>
        ) : (
          <div className="flex items-center gap-3">
            <div className="min-w-0 flex-1">
              <RedisText text={upload.name} truncate className="font-medium" />
              <span role="status" className="text-sm text-muted">
                {upload.id === null
                  ? `Reading: ${formatBytes(upload.sent)} of ${formatBytes(upload.size)}`
                  : plan.data === undefined
                    ? `${formatBytes(upload.size)}`
                    : `${formatBytes(plan.data.bytes)}, ${formatCounted(plan.data.rows, 'row')}`}
              </span>
            </div>
            <Segmented<'ndjson' | 'csv'> label="Format" value={format} onChange={setFormat} options={formats} />
            <Button size="small" onClick={() => setUpload(null)}>
              Another file
            </Button>
          </div>
        )}
        {upload !== null && upload.problem === null && upload.id === null && (
          <Meter
            share={upload.size === 0 ? 0 : upload.sent / upload.size}
            label="Read"
            valueText={`${formatCount(upload.sent)} of ${formatCount(upload.size)} bytes`}
            className="w-full"
          />
        )}
        {id !== null && plan.isPending && <SkeletonRows rows={4} />}
        {plan.error !== null && id !== null && <Notice tone="bad">{errorSentence(plan.error)}</Notice>}
        {id !== null && plan.data !== undefined && (
          <>
            <ImportPlan plan={plan.data} />
            <Field
              label={production ? 'Why' : 'Why (for the journal, may be left out)'}
              hint={production ? 'It goes into the journal with your name.' : undefined}
            >
              <Input dir="auto" maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
            </Field>
          </>
        )}
        {start.isError && (
          <Notice tone="bad" live>
            {errorSentence(start.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  )
}
