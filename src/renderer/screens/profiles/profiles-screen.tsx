import { KeyRound, MoreHorizontal, Plus, Server, ShieldCheck } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useUrlState } from '../../app/url-state.ts'
import { setArrival, useArrival } from '../../state/arrival.ts'
import { type Connection, useConnections } from '../../state/connections.ts'
import { showVaultDialog } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { useCommands } from '../../ui/commands.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FilterInput } from '../../ui/filter-input.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Notice } from '../../ui/notice.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { arrangeProfiles } from './arrange-profiles.ts'
import { endDrag, useDrag } from './drag.ts'
import { ExportProfilesDialog } from './export-profiles-dialog.tsx'
import { FolderList } from './folder-list.tsx'
import { HostKeysDialog } from './host-keys-dialog.tsx'
import { ImportProfilesDialog } from './import-profiles-dialog.tsx'
import { foldersOf, isFound, movedTo, stepGoal } from './place-order.model.ts'
import { ProfileDialog } from './profile-dialog.tsx'

/** All saved ways to reach a Redis: make, change, order, open, close, take elsewhere. */
export function ProfilesScreen() {
  const connections = useConnections()
  const [url, changeUrl] = useUrlState()
  const edited = url.get('edit')
  const [shown, setShown] = useState<'import' | 'export' | 'hostKeys' | null>(null)
  const add = () => changeUrl({ edit: 'new' })
  useCommands([
    { id: 'profiles.new', title: 'Add a connection', group: 'This screen', keys: 'n', keyOnly: true, run: add },
    { id: 'profiles.import', title: 'Import connections', group: 'This screen', run: () => setShown('import') },
    { id: 'profiles.export', title: 'Export connections', group: 'This screen', run: () => setShown('export') },
    {
      id: 'profiles.secrets',
      title: 'Passwords and keys: where they are kept',
      group: 'This screen',
      keywords: 'vault keychain passphrase',
      run: () => showVaultDialog('secrets'),
    },
    { id: 'profiles.hostKeys', title: 'Keys of SSH servers', group: 'This screen', run: () => setShown('hostKeys') },
  ])
  if (connections === undefined) return <SkeletonRows rows={4} rowHeight={56} />
  const profile = connections.find((connection) => connection.profile.id === edited)?.profile
  const close = () => setShown(null)
  return (
    <>
      {connections.length === 0 ? (
        <EmptyState
          icon={<Server size={20} />}
          title="Add the first Redis"
          action={
            <span className="flex gap-2">
              <AddButton onAdd={add} />
              <Button onClick={() => setShown('import')}>Import…</Button>
            </span>
          }
        >
          Paste its URL. Sluice looks for queues by itself and changes nothing until you ask it to.
        </EmptyState>
      ) : (
        <ProfileList connections={connections} focus={url.get('focus')} onAdd={add} onShow={setShown} />
      )}
      {(profile !== undefined || edited === 'new') && (
        <ProfileDialog
          key={edited}
          profile={profile}
          others={connections.map((connection) => connection.profile)}
          onClose={() => changeUrl({ edit: null })}
        />
      )}
      {shown === 'import' && <ImportProfilesDialog onClose={close} />}
      {shown === 'export' && <ExportProfilesDialog profiles={connections.map((one) => one.profile)} onClose={close} />}
      {shown === 'hostKeys' && <HostKeysDialog onClose={close} />}
    </>
  )
}

interface ProfileListProps {
  connections: readonly Connection[]
  focus: string | null
  onAdd(): void
  onShow(what: 'import' | 'export' | 'hostKeys'): void
}

function ProfileList({ connections, focus, onAdd, onShow }: ProfileListProps) {
  const [search, setSearch] = useState('')
  const [told, setTold] = useState('')
  const found = useMemo(
    () => connections.filter(({ profile, status }) => isFound(profile, status.servers, search)),
    [connections, search],
  )
  const byId = new Map(found.map((connection) => [connection.profile.id, connection]))
  const folders = foldersOf(found.map(({ profile }) => profile))
  useEffect(() => {
    if (focus !== null) document.getElementById(`profile-${focus}`)?.scrollIntoView({ block: 'center' })
  }, [focus])
  const onStep = useCallback((id: string, step: -1 | 1) => {
    const next = arrangeProfiles((profiles) => {
      const goal = stepGoal(profiles, id, step)
      return goal === null ? [...profiles] : movedTo(profiles, id, goal)
    })
    const at = next.findIndex((profile) => profile.id === id)
    const { name, folder } = next[at] ?? { name: '', folder: '' }
    setTold(plainVisible(`${name} is now ${at + 1} of ${next.length}${folder === '' ? '' : `, in ${folder}`}.`))
    // A row that went to another folder is drawn anew; the hand stays on its handle.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-grip="${CSS.escape(id)}"]`)?.focus())
  }, [])
  const drop = () => {
    const { id, goal } = useDrag.getState()
    if (id !== null && goal !== null) arrangeProfiles((profiles) => movedTo(profiles, id, goal))
    endDrag()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: rows are dropped here; their handles move them by keys
    <div
      className="min-h-0 flex-1 overflow-y-auto"
      onDrop={(event) => {
        if (useDrag.getState().id === null) return
        event.preventDefault()
        drop()
      }}
    >
      <div className="mx-auto flex max-w-5xl flex-col gap-3 p-6">
        <div className="flex items-center gap-2">
          <p className="min-w-0 flex-1 text-muted max-[1000px]:hidden">
            Each connection is one Redis with its queues. Several can be open at once.
          </p>
          <FilterInput label="Find a connection" value={search} onChange={setSearch} className="w-60" />
          <span className="flex-1 min-[1001px]:hidden" />
          <Menu
            trigger={<Button aria-label="More for connections" icon={<MoreHorizontal size={14} aria-hidden />} />}
            entries={[
              { label: 'Import…', onChoose: () => onShow('import') },
              { label: 'Export…', onChoose: () => onShow('export') },
              'separator',
              {
                label: 'Passwords and keys…',
                icon: <KeyRound size={13} aria-hidden />,
                onChoose: () => showVaultDialog('secrets'),
              },
              {
                label: 'Keys of SSH servers…',
                icon: <ShieldCheck size={13} aria-hidden />,
                onChoose: () => onShow('hostKeys'),
              },
            ]}
          />
          <AddButton onAdd={onAdd} />
        </div>
        <ArrivalNotice connections={connections} />
        <span role="status" className="sr-only">
          {told}
        </span>
        {folders.map(({ name, profiles }) => (
          <FolderList
            key={name}
            name={name}
            connections={profiles.flatMap(({ id }) => byId.get(id) ?? [])}
            focus={focus}
            movable={search === ''}
            onStep={onStep}
          />
        ))}
        {found.length === 0 && (
          <p className="py-8 text-center text-muted">
            No connection has <RedisText text={search} /> in its name, address, folder or environment.
          </p>
        )}
      </div>
    </div>
  )
}

function AddButton({ onAdd }: { onAdd(): void }) {
  return (
    <Button look="primary" icon={<Plus size={14} aria-hidden />} onClick={onAdd}>
      Add a connection
    </Button>
  )
}

/** A link led here, for its connection is not open. */
function ArrivalNotice({ connections }: { connections: readonly Connection[] }) {
  const link = useArrival((state) => state.link)
  const connection = connections.find(({ profile }) => profile.id === link?.connectionId)
  if (link === null || connection === undefined || connection.status.status !== 'closed') return null
  return (
    <Notice
      tone="info"
      live
      action={
        <Button size="small" look="ghost" onClick={() => setArrival(null)}>
          Dismiss
        </Button>
      }
    >
      A link leads to{' '}
      {link.queue !== null && (
        <>
          the queue <RedisText text={link.queue.name} className="font-medium wrap-anywhere" /> of{' '}
        </>
      )}
      <RedisText text={connection.profile.name} className="font-medium" />, which is not open. A link never connects by
      itself: open it if you expected this.
    </Notice>
  )
}
