import { useQuery } from '@tanstack/react-query'
import { CircleHelp, PlugZap } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { parseQueueKey, type QueueRef, queueKey, type StateInfo } from '../../../domain/queue.ts'
import type { QueueSample } from '../../../domain/sample.ts'
import { orpc } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { whyNot } from '../../components/action-guard.model.ts'
import { type Connection, isOpen, useConnection } from '../../state/connections.ts'
import { useQueueSample } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCompact, formatCount } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { AddDialog } from './add-dialog.tsx'
import { QueueHeader } from './queue-header.tsx'
import { QueueState } from './queue-state.tsx'
import type { StateDialog } from './state-dialogs.tsx'

/** One queue: its jobs state by state, and what can be done with them. */
export function QueueScreen({ connectionId }: { connectionId: string | null }) {
  const [url] = useUrlState()
  const key = url.get('queue') ?? ''
  const queue = useMemo(() => parseQueueKey(key), [key])
  const connection = useConnection(connectionId)
  if (connection === undefined && connectionId !== null) return <SkeletonRows rows={16} />
  if (connection === undefined || queue === null) {
    return (
      <EmptyState
        icon={<CircleHelp size={20} />}
        title="No queue has this address"
        action={<Button onClick={() => navigate(routes.section('overview', connectionId))}>Show all queues</Button>}
      >
        Choose one from the list of queues, or press the keys of the palette and type its name.
      </EmptyState>
    )
  }
  if (!isOpen(connection)) {
    return (
      <EmptyState
        icon={<PlugZap size={20} />}
        title="This connection is closed"
        action={
          <Button look="primary" onClick={() => navigate(routes.profile(connection.profile.id))}>
            Show the connection
          </Button>
        }
      >
        Open it, and this queue is here again.
      </EmptyState>
    )
  }
  return <OpenQueue key={queueKey(queue)} connection={connection} queue={queue} />
}

function OpenQueue({ connection, queue }: { connection: Connection; queue: QueueRef }) {
  const connectionId = connection.profile.id
  const [url, changeUrl] = useUrlState()
  const { data: systems } = useQuery(orpc.app.systems.queryOptions({ staleTime: Number.POSITIVE_INFINITY }))
  const states = systems?.find(({ id }) => id === queue.system)?.states
  const sample = useQueueSample(connectionId, queueKey(queue))
  const [dialog, setDialog] = useState<StateDialog | null>(null)
  const [adding, setAdding] = useState(false)
  const entrance = states?.find(({ kind }) => kind === 'waiting')
  const addReason = whyNot(connection, entrance, 'add')
  const chosen = states?.find(({ id }) => id === url.get('state'))
  const first = chosen === undefined && states !== undefined ? firstState(states, sample) : undefined
  useEffect(() => {
    if (first !== undefined) changeUrl({ state: first.id })
  }, [first, changeUrl])
  const show = (id: string) => changeUrl({ state: id, job: null, q: null })
  const add = () => addReason === null && setAdding(true)
  useCommands([
    ...(states ?? []).slice(0, 9).map((state, place) => ({
      id: `queue.state.${state.id}`,
      title: `Show ${state.label}`,
      group: 'This queue',
      keys: String(place + 1),
      run: () => show(state.id),
    })),
    ...(addReason === null ? [{ id: 'queue.add', title: 'Add a job', group: 'This queue', keys: 'n', run: add }] : []),
  ])
  return (
    <>
      <QueueHeader
        connection={connection}
        queue={queue}
        info={chosen}
        entrance={entrance}
        onAdd={add}
        onDialog={setDialog}
      />
      {states === undefined || chosen === undefined ? (
        <SkeletonRows rows={16} />
      ) : (
        <Tabs
          label="States"
          value={chosen.id}
          onChange={show}
          tabs={states.map((state) => ({
            value: state.id,
            label: state.label,
            count: <StateCount count={sample?.states[state.id]} failed={state.kind === 'failed'} />,
          }))}
        >
          <QueueState
            key={chosen.id}
            connection={connection}
            queue={queue}
            info={chosen}
            dialog={dialog}
            onDialog={setDialog}
            onAdd={addReason === null ? add : null}
          />
        </Tabs>
      )}
      {adding && <AddDialog connectionId={connectionId} queue={queue} onClose={() => setAdding(false)} />}
    </>
  )
}

/** Room for five characters whatever the count, so that the tabs stand still. */
function StateCount({ count, failed }: { count: number | undefined; failed: boolean }) {
  const loud = failed && count !== undefined && count > 0
  return (
    <span
      className={loud ? 'inline-block min-w-9 font-medium text-bad' : 'inline-block min-w-9'}
      title={count === undefined ? undefined : formatCount(count)}
    >
      {count === undefined ? '' : formatCompact(count)}
    </span>
  )
}

/** The state to begin with: the waiting one, or where that is empty the first that holds a job. */
function firstState(states: readonly StateInfo[], sample: QueueSample | undefined): StateInfo | undefined {
  if (sample === undefined) return states[0]
  return states.find(({ id }) => (sample.states[id] ?? 0) > 0) ?? states[0]
}
