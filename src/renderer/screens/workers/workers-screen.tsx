import { Play, Plus, SquareTerminal, Users } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { PoolConfig, PoolStatus, SavedPool } from '../../../domain/pool.ts'
import type { WorkerCommandStatus } from '../../../domain/worker-command.ts'
import { client } from '../../api/client.ts'
import { useStream } from '../../api/use-stream.ts'
import { useUrlState } from '../../app/url-state.ts'
import { useOpenConnections } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { formatCount } from '../../ui/format.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { CommandCard } from './command-card.tsx'
import { CommandDetails } from './command-details.tsx'
import { CommandDialog } from './command-dialog.tsx'
import { PoolCard } from './pool-card.tsx'
import { PoolDetails } from './pool-details.tsx'
import { SavedPools, useSavedPools } from './saved-pools.tsx'
import { StartPoolDialog } from './start-pool-dialog.tsx'
import { WorkersTogether } from './workers-together.tsx'

type Form =
  | { type: 'pool'; from?: PoolConfig; saved?: SavedPool; runs: boolean }
  | { type: 'command'; command?: WorkerCommandStatus }

/** The workers of this desktop, the commands that it looks after, and beside them what they do and everyone else. */
export function WorkersScreen({ connectionId }: { connectionId: string | null }) {
  const [pools, setPools] = useState<readonly PoolStatus[] | null>(null)
  const [commands, setCommands] = useState<readonly WorkerCommandStatus[] | null>(null)
  const [url, changeUrl] = useUrlState()
  const [form, setForm] = useState<Form | null>(null)
  const connections = useOpenConnections() ?? []
  const shown = connections.filter(({ profile }) => connectionId === null || profile.id === connectionId)
  const saved = useSavedPools(shown)
  useStream('pools', (signal) => client.pools.watch(undefined, { signal }), setPools)
  useStream('commands', (signal) => client.commands.watch(undefined, { signal }), setCommands)
  const startPool = () => setForm({ type: 'pool', runs: false })
  const addCommand = () => setForm({ type: 'command' })
  useCommands([
    { id: 'workers.start', title: 'Start workers on this desktop', group: 'This screen', keys: 'n', run: startPool },
    { id: 'workers.command', title: 'Add a worker command', group: 'This screen', keys: 'a', run: addCommand },
  ])
  const here = ({ config }: { config: { connectionId: string } }) =>
    connectionId === null || config.connectionId === connectionId
  const myPools = pools?.filter(here)
  const myCommands = commands?.filter(here)
  const elsewhere = new Set(pools?.filter((one) => !here(one)).map(({ id }) => id))
  const pool = myPools?.find(({ id }) => id === url.get('pool'))
  const command = myCommands?.find(({ id }) => id === url.get('command'))
  const choose = (chosen: { pool?: string; command?: string }) =>
    changeUrl({ pool: chosen.pool ?? null, command: chosen.command ?? null, tab: null, message: null })
  const editPool = (one: PoolStatus) => {
    const known = saved.find(({ id }) => id === one.savedId)
    const runs = one.state !== 'stopped' && one.state !== 'failed'
    setForm({ type: 'pool', from: known?.config ?? one.config, ...(known !== undefined && { saved: known }), runs })
  }
  const closed = connections.length === 0
  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-0 flex-1 flex-col @min-[880px]:flex-row">
        <div className="flex max-h-[46%] shrink-0 flex-col gap-4 overflow-y-auto border-b border-line bg-sunken p-3 @min-[880px]:max-h-none @min-[880px]:w-[clamp(348px,34%,440px)] @min-[880px]:border-r @min-[880px]:border-b-0">
          <Group
            label="Workers on this desktop"
            title="On this desktop"
            count={myPools?.length}
            action={
              <Button
                look={myPools?.length === 0 ? 'primary' : 'plain'}
                icon={<Play size={13} aria-hidden />}
                disabled={closed}
                onClick={startPool}
              >
                Start workers
              </Button>
            }
            empty={
              <>
                No worker runs here. Start some to empty a queue by a handler of Sluice (e-mail, SMS, HTTP calls, CSV
                imports, the local API) or by a file of your own.
              </>
            }
            icon={<Users size={18} className="mt-0.5 shrink-0 text-faint" aria-hidden />}
          >
            {myPools?.map((one) => (
              <PoolCard
                key={one.id}
                pool={one}
                chosen={one.id === pool?.id}
                named={connectionId === null}
                onChoose={() => choose(one.id === pool?.id ? {} : { pool: one.id })}
                onStarted={(id) => one.id === pool?.id && choose({ pool: id })}
                onEdit={() => editPool(one)}
              />
            ))}
          </Group>
          <SavedPools
            saved={saved}
            pools={myPools ?? []}
            onEdit={(one) => setForm({ type: 'pool', from: one.config, saved: one, runs: false })}
          />
          <Group
            label="Worker commands"
            title="Worker commands"
            count={myCommands?.length}
            action={
              <Button icon={<Plus size={13} aria-hidden />} disabled={closed} onClick={addCommand}>
                Add command
              </Button>
            }
            empty="Sluice can start and watch the workers of other libraries: queue:work, Sidekiq, rq, Celery, or any program."
            icon={<SquareTerminal size={18} className="mt-0.5 shrink-0 text-faint" aria-hidden />}
          >
            {myCommands?.map((one) => (
              <CommandCard
                key={one.id}
                command={one}
                chosen={one.id === command?.id}
                named={connectionId === null}
                onChoose={() => choose(one.id === command?.id ? {} : { command: one.id })}
                onEdit={() => setForm({ type: 'command', command: one })}
              />
            ))}
          </Group>
        </div>
        <div className="@container flex min-h-0 min-w-0 flex-1 flex-col">
          {pool !== undefined ? (
            <PoolDetails key={pool.id} pool={pool} onClose={() => choose({})} />
          ) : command !== undefined ? (
            <CommandDetails key={command.id} command={command} onClose={() => choose({})} />
          ) : (
            <WorkersTogether pools={myPools ?? []} elsewhere={elsewhere} connections={shown} none={closed} />
          )}
        </div>
      </div>
      {form?.type === 'pool' && (
        <StartPoolDialog
          connections={connections}
          connectionId={connectionId}
          from={form.from}
          saved={form.saved}
          runs={form.runs}
          onClose={() => setForm(null)}
        />
      )}
      {form?.type === 'command' && (
        <CommandDialog
          connections={connections}
          connectionId={connectionId}
          command={form.command}
          onClose={() => setForm(null)}
        />
      )}
    </div>
  )
}

interface GroupProps {
  label: string
  title: string
  /** Undefined while they are being read. */
  count: number | undefined
  action: ReactNode
  /** What they are for, while there are none. */
  empty: ReactNode
  icon: ReactNode
  children: ReactNode
}

/** A list of cards under its heading. */
function Group({ label, title, count, action, empty, icon, children }: GroupProps) {
  return (
    <section aria-label={label}>
      <div className="mb-2 flex items-center justify-between gap-3">
        <h2 className="font-semibold">
          {title}
          {count !== undefined && count > 0 && (
            <span className="ml-1.5 font-normal text-faint">{formatCount(count)}</span>
          )}
        </h2>
        {action}
      </div>
      {count === undefined && <Skeleton className="h-36 w-full rounded-lg" />}
      {count === 0 && (
        <div className="flex items-start gap-3 rounded-lg border border-dashed border-line-strong bg-canvas p-3">
          {icon}
          <p className="min-w-0 flex-1 text-pretty text-muted">{empty}</p>
        </div>
      )}
      {count !== undefined && count > 0 && (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(304px,100%),1fr))] gap-3">{children}</ul>
      )}
    </section>
  )
}
