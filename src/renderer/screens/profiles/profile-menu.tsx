import { useMutation } from '@tanstack/react-query'
import { MoreHorizontal } from 'lucide-react'
import { useState } from 'react'
import type { ConnectionStatus, Profile } from '../../../domain/profile.ts'
import { redisCliOf } from '../../../domain/redis-cli.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { navigate } from '../../app/hash-location.ts'
import { routes } from '../../app/routes.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { copyText } from '../../ui/copy-text.ts'
import { Menu } from '../../ui/menu.tsx'
import { plainVisible } from '../../ui/redis-text.model.ts'
import { RedisText } from '../../ui/redis-text.tsx'
import { toast } from '../../ui/toast.tsx'
import { PermissionsDialog } from './permissions-dialog.tsx'
import { copyName } from './place-order.model.ts'

/** What else can be done with a connection. */
export function ProfileMenu({ profile, status }: { profile: Profile; status: ConnectionStatus }) {
  const [asked, setAsked] = useState<'remove' | 'permissions' | null>(null)
  const changed = () => queryClient.invalidateQueries({ queryKey: orpc.profiles.key() })
  const duplicate = useMutation(orpc.profiles.duplicate.mutationOptions({ onSuccess: changed }))
  const remove = useMutation(
    orpc.profiles.remove.mutationOptions({
      onSuccess: () => {
        toast.info(
          <>
            <RedisText text={profile.name} /> was removed. Nothing in its Redis was touched.
          </>,
        )
        return changed()
      },
    }),
  )
  const copyLine = () => {
    try {
      void copyText(redisCliOf(profile)).then(
        () => toast.good('Copied as a redis-cli command, without any secret.'),
        (error: unknown) => toast.error(errorSentence(error)),
      )
    } catch (error) {
      toast.error(errorSentence(error))
    }
  }
  const copy = () => {
    const known = queryClient.getQueryData<Profile[]>(orpc.profiles.list.queryOptions().queryKey) ?? []
    duplicate.mutate({ id: profile.id, name: copyName(profile.name, new Set(known.map(({ name }) => name))) })
  }
  const builtIn = profile.builtIn ? 'The private server belongs to Sluice.' : undefined
  return (
    <>
      <Menu
        trigger={
          <Button
            look="ghost"
            aria-label={plainVisible(`More for ${profile.name}`)}
            className="px-1!"
            icon={<MoreHorizontal size={14} aria-hidden />}
          />
        }
        entries={[
          { label: 'Edit…', unavailable: builtIn, onChoose: () => navigate(routes.profile(profile.id)) },
          { label: 'Duplicate', unavailable: builtIn, onChoose: copy },
          { label: 'Copy as redis-cli', onChoose: copyLine },
          {
            label: 'Permissions…',
            unavailable: status.status === 'ready' ? undefined : 'Open the connection first.',
            onChoose: () => setAsked('permissions'),
          },
          'separator',
          { label: 'Remove…', danger: true, unavailable: builtIn, onChoose: () => setAsked('remove') },
        ]}
      />
      {asked === 'permissions' && <PermissionsDialog profile={profile} onClose={() => setAsked(null)} />}
      <ConfirmDialog
        open={asked === 'remove'}
        destructive
        title={
          <>
            Remove <RedisText text={profile.name} />?
          </>
        }
        confirmLabel="Remove the connection"
        busy={remove.isPending}
        onCancel={() => setAsked(null)}
        onConfirm={() => remove.mutate({ id: profile.id }, { onSettled: () => setAsked(null) })}
      >
        Sluice forgets this address and its passwords. Nothing in the Redis itself is touched; its entries in the
        journal stay.
      </ConfirmDialog>
    </>
  )
}
