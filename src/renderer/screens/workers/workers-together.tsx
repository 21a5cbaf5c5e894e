import { Users } from 'lucide-react'
import type { PoolStatus } from '../../../domain/pool.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Messages } from './messages.tsx'
import { OtherWorkers } from './other-workers.tsx'

const tabs = ['messages', 'all'] as const

interface WorkersTogetherProps {
  pools: readonly PoolStatus[]
  /** Ids of pools of connections that are not shown. */
  elsewhere: ReadonlySet<string>
  connections: readonly Connection[]
  /** No connection is open at all. */
  none: boolean
}

/** What is beside the list while nothing of it is chosen: the last messages of all, and everyone else on the queues. */
export function WorkersTogether({ pools, elsewhere, connections, none }: WorkersTogetherProps) {
  const [url, changeUrl] = useUrlState()
  const tab = tabs.find((candidate) => candidate === url.get('tab')) ?? 'messages'
  return (
    <Tabs
      label="About workers"
      value={tab}
      onChange={(next) => changeUrl({ tab: next === 'messages' ? null : next })}
      tabs={[
        { value: 'messages', label: 'Last messages' },
        { value: 'all', label: 'Everyone on these queues' },
      ]}
    >
      {tab === 'messages' ? (
        <Messages poolId={null} pools={pools} elsewhere={elsewhere} />
      ) : none ? (
        <EmptyState
          icon={<Users size={20} />}
          title="No connection is open"
          action={<Button onClick={() => navigate(routes.section('profiles'))}>Choose a connection</Button>}
        />
      ) : (
        <OtherWorkers connections={connections} />
      )}
    </Tabs>
  )
}
