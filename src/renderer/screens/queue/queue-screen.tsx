import { useQuery } from '@tanstack/react-query'
import { CircleHelp, PlugZap } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { parseQueueKey, type QueueRef, queueKey, type StateInfo, type SystemInfo } from '../../../domain/queue.ts'
import type { QueueSample } from '../../../domain/sample.ts'
import { orpc } from '../../api/client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { whyNot } from '../../components/action-guard.model.ts'
import { useExpected } from '../../components/policy-breaches.ts'
import { type Connection, isOpen, useConnection } from '../../state/connections.ts'
import { useQueueSample } from '../../state/telemetry.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatCompact, formatCount } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { AddDialog } from './add-dialog.tsx'
import { FindDialog } from './find-dialog.tsx'
import { LivePanel } from './live-panel.tsx'
import { QueueHeader } from './queue-header.tsx'
import { QueueState } from './queue-state.tsx'
import { SchedulesPanel } from './schedules-panel.tsx'
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
  const system = systems?.find(({ id }) => id === queue.system)
  const sample = useQueueSample(connectionId, queueKey(queue))
  const readOnly = sample?.readOnly ?? null
  const states = useMemo(() => system?.states.map((state) => onlyRead(state, readOnly)), [system, readOnly])
  useExpected([connection])
  const [dialog, setDialog] = useState<StateDialog | null>(null)
  const [adding, setAdding] = useState(false)
  const [finding, setFinding] = useState(false)
  const entrance = states?.find(({ kind }) => kind === 'waiting')
  const addReason = whyNot(connection, entrance, 'add')
  const panels = system === undefined ? [] : panelsOf(system)
  const panel = panels.find(({ value }) => value === url.get('state'))
  const chosen = states?.find(({ id }) => id === url.get('state'))
  // While the address already names another queue, this one is about to leave the screen.
  const lost = chosen === undefined && panel === undefined && url.get('queue') === queueKey(queue)
  const first = lost && states !== undefined ? firstState(states, sample) : undefined
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
    ...panels.map(({ value, label }) => ({
      id: `queue.panel.${value}`,
      title: `Show ${label}`,
      group: 'This queue',
      run: () => show(value),
    })),
    ...(system?.finds
      ? [
          {
            id: 'queue.find',
            title: 'Find a job by its id',
            group: 'This queue',
            keys: 'f',
            run: () => setFinding(true),
          },
        ]
      : []),
    ...(addReason === null ? [{ id: 'queue.add', title: 'Add a job', group: 'This queue', keys: 'n', run: add }] : []),
  ])
  return (
    <>
      <QueueHeader
        connection={connection}
        queue={queue}
        states={states}
        info={chosen}
        entrance={entrance}
        onAdd={add}
        onFind={system?.finds ? () => setFinding(true) : null}
      />
      {states === undefined || system === undefined || lost ? (
        <SkeletonRows rows={16} />
      ) : (
        <Tabs
          label="States"
          value={chosen?.id ?? panel?.value ?? ''}
          onChange={show}
          tabs={[
            ...states.map((state) => ({
              value: state.id,
              label: state.label,
              ...(state.counted && {
                count: <StateCount count={sample?.states[state.id]} failed={state.kind === 'failed'} />,
              }),
            })),
            ...panels.map((each) => ({ ...each, pinned: true })),
          ]}
        >
          {chosen !== undefined && (
            <QueueState
              key={chosen.id}
              connection={connection}
              queue={queue}
              info={chosen}
              resets={system.resetsAttempts}
              live={system.live}
              dialog={dialog}
              onDialog={setDialog}
              onAdd={addReason === null ? add : null}
            />
          )}
          {panel?.value === 'live' && <LivePanel connectionId={connectionId} queue={queue} />}
          {panel?.value === 'schedules' && (
            <SchedulesPanel connection={connection} queue={queue} can={system.schedules} readOnly={readOnly} />
          )}
        </Tabs>
      )}
      {adding && system !== undefined && (
        <AddDialog connectionId={connectionId} queue={queue} adds={system.adds} onClose={() => setAdding(false)} />
      )}
      {finding && <FindDialog connectionId={connectionId} queue={queue} onClose={() => setFinding(false)} />}
    </>
  )
}

/** Room for five characters whatever the count, so that the tabs stand still. */
function StateCount({ count, failed }: { count: number | undefined; failed: boolean }) {
  const loud = failed && count !== undefined && count > 0
  return (
    <span
      className={loud ? 'inline-block min-w-7 font-medium text-bad' : 'inline-block min-w-7'}
      title={count === undefined ? undefined : formatCount(count)}
    >
      {count === undefined ? '' : formatCompact(count)}
    </span>
  )
}

/** What a queue has to show besides its states. */
function panelsOf(system: SystemInfo): { value: 'live' | 'schedules'; label: string }[] {
  return [
    ...(system.schedules.list ? [{ value: 'schedules' as const, label: 'Schedules' }] : []),
    ...(system.live ? [{ value: 'live' as const, label: 'Live' }] : []),
  ]
}

/** A state in which nothing can be done, for the reason that is given. */
function onlyRead(state: StateInfo, reason: string | null): StateInfo {
  if (reason === null) return state
  const blocked = Object.keys(state.actions).map((action) => [action, reason])
  return { ...state, actions: Object.fromEntries(blocked) as StateInfo['actions'] }
}

/** The state to begin with: the waiting one, or where that is empty the first that holds a job. */
function firstState(states: readonly StateInfo[], sample: QueueSample | undefined): StateInfo | undefined {
  if (sample === undefined) return states[0]
  return states.find(({ id }) => (sample.states[id] ?? 0) > 0) ?? states[0]
}
