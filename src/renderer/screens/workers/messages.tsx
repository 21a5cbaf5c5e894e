import { useQuery } from '@tanstack/react-query'
import { Mail, MailOpen, MessageSquare } from 'lucide-react'
import type { PoolStatus, RenderedMessage } from '../../../domain/pool.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { useUrlState } from '../../app/url-state.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
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
  /** Pools of other connections, whose messages are not meant. */
  elsewhere?: ReadonlySet<string>
}

const nowhere: ReadonlySet<string> = new Set()

/** What handlers rendered last, with the message itself beside the list. */
export function Messages({ poolId, pools, elsewhere = nowhere }: MessagesProps) {
  const [url, changeUrl] = useUrlState()
  const works = pools.some(({ state }) => state === 'running' || state === 'draining')
  const {
    data: all,
    error,
    isPending,
  } = useQuery(
    orpc.pools.messages.queryOptions({
      input: { poolId },
      refetchInterval: works ? refreshMs : false,
      placeholderData: (before) => before,
    }),
  )
  if (isPending) return <SkeletonRows rows={8} rowHeight={40} />
  if (error !== null) {
    return (
      <div className="p-3">
        <Notice tone="warn">{errorSentence(error)}</Notice>
      </div>
    )
  }
  const data = all.filter((message) => !elsewhere.has(message.poolId))
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
    <div className="flex min-h-0 flex-1 flex-col @min-[800px]:flex-row">
      <div className="flex h-2/5 min-h-0 shrink-0 flex-col border-b border-line @min-[800px]:h-auto @min-[800px]:w-2/5 @min-[800px]:max-w-110 @min-[800px]:border-r @min-[800px]:border-b-0">
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
        <RedisText text={message.type} truncate className="max-w-1/2 shrink-0 text-faint" />
        <RedisText text={message.subject ?? message.text} truncate />
      </div>
    </Cell>
  )
}
