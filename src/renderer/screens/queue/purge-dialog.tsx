import { useMutation, useQuery } from '@tanstack/react-query'
import { orpc } from '../../api/client.ts'
import { errorCode, errorSentence } from '../../api/error-text.ts'
import { reportOutcome } from '../../components/report-outcome.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import type { JobSource } from './use-job-pages.ts'

interface PurgeDialogProps {
  source: JobSource
  stateLabel: string
  /** Jobs in it by the last reading of the queue, until they are counted for this question. */
  live: number | null
  /** In production the count must be typed. */
  production: boolean
  onDone(): void
  onClose(): void
}

/**
 * Empties a state. The count is read when the question is asked, and is what the engine holds the operator to: when more
 * jobs are there by then nothing happens, and the question is asked again with the new count.
 */
export function PurgeDialog({ source, stateLabel, live, production, onDone, onClose }: PurgeDialogProps) {
  const { data, error, refetch, isFetching } = useQuery(
    orpc.queues.page.queryOptions({
      input: { ...source, offset: 0, limit: 1 },
      queryKey: ['purge', source],
      gcTime: 0,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  )
  const purge = useMutation(
    orpc.queues.purge.mutationOptions({
      meta: { quiet: true },
      onSuccess: (outcome) => {
        reportOutcome(outcome, { did: 'Purged', onUndone: onDone })
        onClose()
        onDone()
      },
      onError: (failure) => {
        if (errorCode(failure) === 'CHANGED') void refetch()
      },
    }),
  )
  const count = data?.total ?? null
  const changed = errorCode(purge.error) === 'CHANGED'
  const confirmed = purge.variables?.expected
  return (
    <ConfirmDialog
      open
      destructive
      title={
        <>
          Purge {stateLabel} of <RedisText text={source.queue.name} />?
        </>
      }
      confirmLabel={count === null ? 'Purge' : `Purge ${formatCounted(count, 'job')}`}
      typeToConfirm={production ? String(count ?? live ?? '…') : undefined}
      busy={purge.isPending || isFetching || count === null || count === 0}
      onConfirm={() => count !== null && purge.mutate({ ...source, expected: count })}
      onCancel={onClose}
    >
      <p>
        {count === null ? (
          'Counting the jobs…'
        ) : count === 0 ? (
          'There are no jobs left in it.'
        ) : (
          <>
            <strong className="font-semibold">{formatCounted(count, 'job')}</strong> {count === 1 ? 'is' : 'are'}{' '}
            removed at once and kept in the trash for 7 days: Undo puts {count === 1 ? 'it' : 'them'} back where{' '}
            {count === 1 ? 'it was' : 'they were'}. Jobs that arrive later are not touched.
          </>
        )}
      </p>
      {changed && confirmed !== undefined && (
        <div className="mt-2">
          <Notice tone="warn" live>
            More jobs arrived while you were looking, so nothing was purged: you confirmed {formatCount(confirmed)}
            {count !== null && count !== confirmed && <>, now there are {formatCount(count)}</>}. Confirm again if these
            are meant too.
          </Notice>
        </div>
      )}
      {((purge.error !== null && !changed) || error !== null) && (
        <div className="mt-2">
          <Notice tone="bad" live>
            {errorSentence(purge.error ?? error)}
          </Notice>
        </div>
      )}
    </ConfirmDialog>
  )
}
