import { useQuery } from '@tanstack/react-query'
import { Mail, MailOpen, MessageSquare, Webhook } from 'lucide-react'
import type { PoolStatus, RenderedMessage } from '../../../domain/pool.ts'
import { queueKey } from '../../../domain/queue.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Cell } from '../../ui/grid-cells.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { ClockTime } from '../../ui/time.tsx'
import { VirtualGrid } from '../../ui/virtual-grid.tsx'
import { MessagePreview } from './message-preview.tsx'

const refreshMs = 2_000

const outcomes: Record<RenderedMessage['outcome'], { label: string; tone: Tone }> = {
  previewed: { label: 'rendered', tone: 'neutral' },
  sent: { label: 'sent', tone: 'good' },
  failed: { label: 'failed', tone: 'bad' },
}

interface MessagesProps {
  /** Of one pool, or of all (null). */
  poolId: string | null
  pools: readonly PoolStatus[]
}

/** What handlers rendered last, with the message itself beside the list. */
export function Messages({ poolId, pools }: MessagesProps) {
  const [url, changeUrl] = useUrlState()
  const works = pools.some(({ state }) => state === 'running' || state === 'draining')
  const { data, error, isPending } = useQuery(
    orpc.pools.messages.queryOptions({
      input: { poolId },
      refetchInterval: works ? refreshMs : false,
      placeholderData: (before) => before,
    }),
  )
  const calling = pools.find(({ id, config }) => id === poolId && config.handler === 'http')
  if (calling !== undefined) return <NoMessages pool={calling} />
  if (isPending) return <SkeletonRows rows={8} rowHeight={40} />
  if (error !== null) {
    return (
      <div className="p-3">
        <Notice tone="warn">{errorSentence(error)}</Notice>
      </div>
    )
  }
  if (data.length === 0) {
    return (
      <EmptyState icon={<MailOpen size={20} />} title="No message yet">
        As soon as a worker here takes a job, the e-mail or SMS that it renders appears in this list.
      </EmptyState>
    )
  }
  const chosenId = url.get('message')
  const cursor = data.findIndex(({ id }) => id === chosenId)
  const chosen = data[cursor]
  const choose = (index: number) => changeUrl({ message: data[index]?.id ?? null })
  return (
    <div className="flex min-h-0 flex-1">
      <div className="flex w-2/5 max-w-110 min-w-64 flex-col border-r border-line">
        <VirtualGrid
          label="Messages"
          count={data.length}
          keyAt={(index) => data[index]?.id ?? String(index)}
          rowHeight={44}
          columns="grid-cols-1"
          cursor={cursor}
          onCursor={choose}
          renderRow={(index) => {
            const message = data[index]
            return message === undefined ? null : <MessageRow message={message} />
          }}
        />
      </div>
      {chosen === undefined ? (
        <EmptyState icon={<MailOpen size={20} />} title="Choose a message">
          Click one, or press j. It is shown as its reader would see it, without remote pictures and without scripts.
        </EmptyState>
      ) : (
        <MessagePreview key={chosen.id} message={chosen} />
      )}
    </div>
  )
}

/** A pool that calls URLs has nothing to preview; its queue tells what came of the calls. */
function NoMessages({ pool: { config } }: { pool: PoolStatus }) {
  const key = queueKey({ system: config.system, prefix: config.queuePrefix, name: config.queueName })
  return (
    <EmptyState
      icon={<Webhook size={20} />}
      title="HTTP calls render no message"
      action={<Button onClick={() => navigate(routes.queue(config.connectionId, key))}>Show the queue</Button>}
    >
      What came of each call stands in the queue: done ones among the completed, the others among the failed with what
      was answered.
    </EmptyState>
  )
}

function MessageRow({ message }: { message: RenderedMessage }) {
  const Icon = message.channel === 'email' ? Mail : MessageSquare
  const { label, tone } = outcomes[message.outcome]
  return (
    <Cell className="flex flex-col justify-center px-3">
      <div className="flex h-5 items-center gap-2">
        <Icon size={13} className="shrink-0 text-faint" aria-label={message.channel} />
        <RedisText text={message.to} truncate className="flex-1" />
        <Badge tone={tone}>{label}</Badge>
        <ClockTime at={message.at} className="shrink-0 text-sm text-faint" />
      </div>
      <div className="flex h-4 min-w-0 gap-2 pl-[21px] text-sm text-muted">
        <RedisText text={message.type} className="shrink-0 text-faint" />
        <RedisText text={message.subject ?? message.text} truncate />
      </div>
    </Cell>
  )
}
