import { useMutation } from '@tanstack/react-query'
import { MoreHorizontal, Plus, Server } from 'lucide-react'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { queryClient } from '../../api/query-client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { useUrlState } from '../../app/url-state.ts'
import { ConnectionDot, connectionWords } from '../../components/connection-dot.tsx'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { profileFill } from '../../components/profile-colour.ts'
import { WriteAccess } from '../../components/write-access.tsx'
import { type Connection, isOpen, useConnections } from '../../state/connections.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { useCommands } from '../../ui/commands.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Menu } from '../../ui/menu.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { PermissionsDialog } from './permissions-dialog.tsx'
import { ProfileDialog } from './profile-dialog.tsx'

/** All saved ways to reach a Redis: make, change, open, close. */
export function ProfilesScreen() {
  const connections = useConnections()
  const [url, changeUrl] = useUrlState()
  const edited = url.get('edit')
  useCommands([
    {
      id: 'profiles.new',
      title: 'Add a connection',
      group: 'This screen',
      keys: 'n',
      keyOnly: true,
      run: () => changeUrl({ edit: 'new' }),
    },
  ])
  if (connections === undefined) return <SkeletonRows rows={4} rowHeight={56} />
  const profile = connections.find((connection) => connection.profile.id === edited)?.profile
  const add = (
    <Button look="primary" icon={<Plus size={14} aria-hidden />} onClick={() => changeUrl({ edit: 'new' })}>
      Add a connection
    </Button>
  )
  return (
    <>
      {connections.length === 0 ? (
        <EmptyState icon={<Server size={20} />} title="Add the first Redis" action={add}>
          Paste its URL. Sluice looks for queues by itself and changes nothing until you ask it to.
        </EmptyState>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex max-w-4xl flex-col gap-3 p-6">
            <div className="flex items-center justify-between">
              <p className="text-muted">Each connection is one Redis with its queues. Several can be open at once.</p>
              {add}
            </div>
            <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
              {connections.map((connection) => (
                <ProfileRow key={connection.profile.id} connection={connection} />
              ))}
            </ul>
          </div>
        </div>
      )}
      {(profile !== undefined || edited === 'new') && (
        <ProfileDialog
          key={edited}
          profile={profile}
          others={connections.map((connection) => connection.profile)}
          onClose={() => changeUrl({ edit: null })}
        />
      )}
    </>
  )
}

function ProfileRow({ connection }: { connection: Connection }) {
  const { profile, status } = connection
  const [removing, setRemoving] = useState(false)
  const [showingPermissions, setShowingPermissions] = useState(false)
  const open = useMutation(orpc.connections.open.mutationOptions())
  const close = useMutation(orpc.connections.close.mutationOptions())
  const remove = useMutation(
    orpc.profiles.remove.mutationOptions({
      onSuccess: () => {
        toast.info(`${profile.name} was removed. Nothing in its Redis was touched.`)
        return queryClient.invalidateQueries({ queryKey: orpc.profiles.key() })
      },
    }),
  )
  const input = { connectionId: profile.id }
  const builtIn = 'The private server belongs to Sluice.'
  return (
    <li className="relative flex items-center gap-3 py-2.5 pr-2 pl-4 hover:bg-hover">
      <span
        className={classNames('absolute inset-y-2 left-1 w-[3px] rounded-full', profileFill[profile.colour])}
        aria-hidden
      />
      <ConnectionDot status={status} />
      <div className="min-w-0 flex-1">
        <div className="flex items-center gap-2">
          <RedisText text={profile.name} truncate className="font-semibold" />
          <EnvironmentTag environment={profile.environment} />
          {profile.readOnly && <Badge>read-only</Badge>}
          {profile.builtIn && <Badge>private server</Badge>}
        </div>
        <div className="flex min-w-0 gap-3 text-sm text-muted">
          <RedisText text={profile.url} mono truncate />
          <span
            className={classNames('truncate', status.problem !== null && 'text-warn')}
            title={status.problem ?? undefined}
          >
            {status.problem ?? connectionWords(status)}
          </span>
        </div>
      </div>
      <WriteAccess connection={connection} />
      {isOpen(connection) ? (
        <>
          <Button onClick={() => navigate(routes.section('overview', profile.id))}>Queues</Button>
          <Button look="ghost" busy={close.isPending} onClick={() => close.mutate(input)}>
            Close
          </Button>
        </>
      ) : (
        <Button look="primary" busy={open.isPending} onClick={() => open.mutate(input)}>
          Open
        </Button>
      )}
      <Menu
        trigger={
          <Button
            look="ghost"
            aria-label={`More for ${profile.name}`}
            className="px-1!"
            icon={<MoreHorizontal size={14} aria-hidden />}
          />
        }
        entries={[
          {
            label: 'Edit…',
            unavailable: profile.builtIn ? builtIn : undefined,
            onChoose: () => navigate(routes.profile(profile.id)),
          },
          {
            label: 'Permissions…',
            unavailable: status.status === 'ready' ? undefined : 'Open the connection first.',
            onChoose: () => setShowingPermissions(true),
          },
          {
            label: 'Remove…',
            danger: true,
            unavailable: profile.builtIn ? builtIn : undefined,
            onChoose: () => setRemoving(true),
          },
        ]}
      />
      {showingPermissions && <PermissionsDialog profile={profile} onClose={() => setShowingPermissions(false)} />}
      <ConfirmDialog
        open={removing}
        destructive
        title={
          <>
            Remove <RedisText text={profile.name} />?
          </>
        }
        confirmLabel="Remove the connection"
        busy={remove.isPending}
        onCancel={() => setRemoving(false)}
        onConfirm={() => remove.mutate({ id: profile.id }, { onSettled: () => setRemoving(false) })}
      >
        Sluice forgets this address and its password. Nothing in the Redis itself is touched; its entries in the journal
        stay.
      </ConfirmDialog>
    </li>
  )
}
