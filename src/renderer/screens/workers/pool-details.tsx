import { X } from 'lucide-react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { queueKey } from '../../../domain/queue.ts'
import { client } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { OutputPanel } from '../../components/output-panel.tsx'
import { scaleSentence } from '../../components/scale-form.model.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Messages } from './messages.tsx'
import { PoolTimings } from './pool-figures.tsx'
import { PoolJobs } from './pool-jobs.tsx'
import { handlerWords, queueOf } from './pool-words.model.ts'

/** What one pool does: its jobs, what they write, and for mails and SMS what was rendered. */
export function PoolDetails({ pool, onClose }: { pool: PoolStatus; onClose(): void }) {
  const [url, changeUrl] = useUrlState()
  const { config } = pool
  const key = queueKey(queueOf(config))
  const renders = config.handler === 'email' || config.handler === 'sms'
  const tabs = [
    { value: 'jobs', label: 'Jobs' },
    { value: 'output', label: 'Output' },
    ...(renders ? [{ value: 'messages', label: 'Messages' }] : []),
  ]
  const tab = tabs.find(({ value }) => value === url.get('tab'))?.value ?? 'jobs'
  useCommands([{ id: 'pool.close', title: 'Close the pool', group: 'This screen', keys: 'escape', run: onClose }])
  return (
    <section aria-label="Pool" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line pr-2 pl-3">
        <h2 className="max-w-2/3 min-w-0">
          <RedisText text={config.queueName} truncate className="font-semibold" />
        </h2>
        <span
          className="min-w-0 flex-1 truncate text-sm text-muted"
          title={`${config.file ?? handlerWords(config)}. ${scaleSentence(config.scale)}`}
        >
          <RedisText text={handlerWords(config)} /> · {scaleSentence(config.scale)}
        </span>
        <Button size="small" onClick={() => navigate(routes.queue(config.connectionId, key))}>
          Show the queue
        </Button>
        <IconButton label="Close" keys="escape" icon={<X size={14} aria-hidden />} onClick={onClose} />
      </div>
      <PoolTimings pool={pool} />
      <Tabs
        label="About this pool"
        value={tab}
        onChange={(next) => changeUrl({ tab: next === 'jobs' ? null : next })}
        tabs={tabs}
      >
        {tab === 'jobs' ? (
          <PoolJobs pool={pool} />
        ) : tab === 'output' ? (
          <OutputPanel
            id={pool.id}
            read={(question, signal) => client.pools.output(question, { signal })}
            empty="Nothing was written yet. What the handler logs, and what its processes print, appears here."
          />
        ) : (
          <Messages poolId={pool.id} pools={[pool]} />
        )}
      </Tabs>
    </section>
  )
}
