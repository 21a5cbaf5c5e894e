import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useMemo } from 'react'
import type { OperationRun } from '../../../domain/operation.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { QueueName } from '../../components/queue-name.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { formatCount, formatCounted } from '../../ui/format.ts'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { groupReport, type ReportGroup } from './report.model.ts'
import { endedWords } from './run-words.model.ts'

const page = 500
/** Refs of a group that are drawn; the file has them all. */
const mostDrawn = 100

/** Every job of a run that is not simply done, by what became of it. */
export function ReportDialog({ run, onClose }: { run: OperationRun; onClose(): void }) {
  const { id } = run
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['report', id],
    queryFn: ({ pageParam, signal }) => client.operations.report({ id, offset: pageParam, limit: page }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ total }, pages) => {
      const read = pages.reduce((sum, { others }) => sum + others.length, 0)
      return read < total && pages.at(-1)?.others.length !== 0 ? read : undefined
    },
  })
  const save = useMutation(
    orpc.operations.saveReport.mutationOptions({
      onSuccess: ({ path }) => toast.good(<RedisText text={`Saved as ${path}`} className="wrap-anywhere" />),
    }),
  )
  const others = useMemo(() => data?.pages.flatMap((each) => each.others) ?? [], [data])
  const groups = useMemo(() => groupReport(others), [others])
  const total = data?.pages[0]?.total ?? 0
  return (
    <Dialog
      open
      title="Report"
      description={endedWords(run)}
      onClose={onClose}
      footer={
        <>
          <span className="mr-auto text-sm text-muted" role="status">
            {data !== undefined &&
              others.length < total &&
              `${formatCount(others.length)} of ${formatCount(total)} read`}
          </span>
          {hasNextPage && (
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Read {formatCount(Math.min(page, total - others.length))} more
            </Button>
          )}
          <Button icon={<Download size={13} aria-hidden />} busy={save.isPending} onClick={() => save.mutate({ id })}>
            Save to a file
          </Button>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {error !== null ? (
        <Notice tone="bad" live>
          {errorSentence(error)}
        </Notice>
      ) : data === undefined ? (
        <SkeletonRows rows={6} />
      ) : groups.length === 0 ? (
        <p className="text-muted">Every job was done: there is nothing more to tell.</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {groups.map((group, index) => (
            <Group key={`${group.what} ${group.reason}`} group={group} open={index === 0} />
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function Group({ group: { what, reason, others }, open }: { group: ReportGroup; open: boolean }) {
  const drawn = others.slice(0, mostDrawn)
  return (
    <li>
      <details open={open} className="group rounded-md border border-line">
        <summary className="flex list-none items-center gap-2 px-2 py-1 hover:bg-hover">
          <Badge tone={what === 'refused' ? 'bad' : 'neutral'}>{what === 'refused' ? 'refused' : 'gone'}</Badge>
          <RedisText
            text={reason === '' ? 'No longer there.' : reason}
            className="min-w-0 flex-1 text-left wrap-anywhere"
            selectable
          />
          <span className="shrink-0 text-sm text-faint">{formatCounted(others.length, 'job')}</span>
        </summary>
        <ul className="max-h-60 overflow-y-auto border-t border-line py-1">
          {drawn.map(({ queue, state, ref }) => (
            <li key={`${queue.name} ${state} ${ref}`} className="flex min-w-0 items-center gap-2 px-2 py-0.5 text-sm">
              <span className="w-40 shrink-0">
                <QueueName queue={queue} />
              </span>
              <span className="w-20 shrink-0 truncate text-faint">{state}</span>
              <RedisText text={ref} mono truncate selectable className="flex-1" />
            </li>
          ))}
        </ul>
        {others.length > drawn.length && (
          <p className="border-t border-line px-2 py-1 text-sm text-faint">
            The first {mostDrawn}; the file has all of them.
          </p>
        )}
      </details>
    </li>
  )
}
