import { Play, Users } from 'lucide-react'
import { useState } from 'react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { client } from '../../api/client.ts'
import { useStream } from '../../api/use-stream.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { useOpenConnections } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Messages } from './messages.tsx'
import { OtherWorkers } from './other-workers.tsx'
import { PoolCard } from './pool-card.tsx'
import { StartPoolDialog } from './start-pool-dialog.tsx'

const tabs = ['messages', 'all'] as const

/** The workers of this desktop, what they rendered, and everyone else who works on the same queues. */
export function WorkersScreen({ connectionId }: { connectionId: string | null }) {
  const [pools, setPools] = useState<readonly PoolStatus[] | null>(null)
  const [url, changeUrl] = useUrlState()
  const [starting, setStarting] = useState(false)
  const connections = useOpenConnections() ?? []
  useStream('pools', (signal) => client.pools.watch(undefined, { signal }), setPools)
  useCommands([
    {
      id: 'workers.start',
      title: 'Start workers on this desktop',
      group: 'This screen',
      keys: 'n',
      run: () => setStarting(true),
    },
  ])
  const mine = pools?.filter(({ config }) => connectionId === null || config.connectionId === connectionId)
  const poolId = url.get('pool')
  const tab = tabs.find((candidate) => candidate === url.get('tab')) ?? 'messages'
  const start = (
    <Button
      look="primary"
      icon={<Play size={13} aria-hidden />}
      disabled={connections.length === 0}
      onClick={() => setStarting(true)}
    >
      Start workers
    </Button>
  )
  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      <section aria-label="Workers on this desktop" className="shrink-0 border-b border-line bg-sunken p-3">
        <div className="mb-2 flex items-center justify-between gap-3">
          <h2 className="font-semibold">
            On this desktop{' '}
            <span className="font-normal text-muted">
              Sluice runs the handlers for e-mail, SMS and HTTP calls itself.
            </span>
          </h2>
          {mine !== undefined && mine.length > 0 && start}
        </div>
        {mine === undefined && <Skeleton className="h-40 w-80 rounded-lg" />}
        {mine?.length === 0 && (
          <div className="flex items-center gap-4 rounded-lg border border-dashed border-line-strong bg-canvas p-4">
            <Users size={20} className="text-faint" aria-hidden />
            <p className="min-w-0 flex-1 text-muted">
              No worker runs here. Start some to empty a queue of e-mails, SMS or HTTP jobs; without a provider key
              messages are only rendered and shown below.
            </p>
            {start}
          </div>
        )}
        {mine !== undefined && mine.length > 0 && (
          <ul className="grid max-h-[42vh] grid-cols-[repeat(auto-fill,minmax(320px,1fr))] gap-3 overflow-y-auto">
            {mine.map((pool) => (
              <PoolCard
                key={pool.id}
                pool={pool}
                chosen={pool.id === poolId}
                onChoose={() => changeUrl({ pool: pool.id === poolId ? null : pool.id, tab: null })}
              />
            ))}
          </ul>
        )}
      </section>
      <Tabs
        label="About workers"
        value={tab}
        onChange={(next) => changeUrl({ tab: next === 'messages' ? null : next })}
        tabs={[
          { value: 'messages', label: poolId === null ? 'Last messages' : 'Last messages of the chosen pool' },
          { value: 'all', label: 'Everyone on these queues' },
        ]}
      >
        {tab === 'messages' ? (
          <Messages poolId={poolId} pools={mine ?? []} />
        ) : connections.length === 0 ? (
          <EmptyState
            icon={<Users size={20} />}
            title="No connection is open"
            action={<Button onClick={() => navigate(routes.section('profiles'))}>Choose a connection</Button>}
          />
        ) : (
          <OtherWorkers
            connections={connections.filter(({ profile }) => connectionId === null || profile.id === connectionId)}
          />
        )}
      </Tabs>
      {starting && (
        <StartPoolDialog connections={connections} connectionId={connectionId} onClose={() => setStarting(false)} />
      )}
    </div>
  )
}
