import { useQuery } from '@tanstack/react-query'
import { Check, Copy, X } from 'lucide-react'
import type { Permissions } from '../../../domain/permission.ts'
import type { Profile } from '../../../domain/profile.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-text.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'

const roleWords = {
  viewer: ['Viewer', 'looks at queues and jobs'],
  operator: ['Operator', 'acts on jobs: retry, remove, move, edit'],
  admin: ['Admin', 'acts on whole queues, and runs workers'],
} as const

/** What the Redis user of a connection may do, and the line that makes a user of each role. */
export function PermissionsDialog({ profile, onClose }: { profile: Profile; onClose(): void }) {
  const { data, error, isPending, refetch, isFetching } = useQuery(
    orpc.connections.permissions.queryOptions({ input: { connectionId: profile.id }, gcTime: 0 }),
  )
  return (
    <Dialog
      open
      title={
        <>
          Permissions of <RedisText text={profile.name} />
        </>
      }
      description={
        data?.user != null ? (
          <>
            The Redis user is <RedisText text={data.user} className="font-medium text-ink" selectable />.
          </>
        ) : (
          'What the Redis user of this connection may do.'
        )
      }
      onClose={onClose}
      footer={
        <>
          <Button className="mr-auto" busy={isFetching} onClick={() => void refetch()}>
            Ask again
          </Button>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {error !== null ? (
        <Notice tone="bad" live>
          {errorSentence(error)}
        </Notice>
      ) : isPending ? (
        <SkeletonRows rows={6} />
      ) : (
        <div className="flex flex-col gap-3">
          {data.problem !== null && <Notice tone="warn">{data.problem}</Notice>}
          <ul className="flex flex-col gap-2">
            {data.roles.map((role) => (
              <RoleCard key={role.role} role={role} />
            ))}
          </ul>
          {data.lacks.length > 0 && (
            <section>
              <h3 className="mb-1 text-sm font-medium text-muted">What of Sluice does not work with this user</h3>
              <ul className="flex list-disc flex-col gap-0.5 pl-4 text-muted">
                {data.lacks.map((lack) => (
                  <li key={lack}>{lack}</li>
                ))}
              </ul>
            </section>
          )}
        </div>
      )}
    </Dialog>
  )
}

function RoleCard({ role: { role, able, missing, acl } }: { role: Permissions['roles'][number] }) {
  const [label, does] = roleWords[role]
  const copy = () =>
    void copyText(acl).then(
      () => toast.good(`Copied the line for ${label.toLowerCase()}s. Put a password in place of the word in it.`),
      (error: unknown) => toast.error(errorSentence(error)),
    )
  return (
    <li className="rounded-md border border-line">
      <div className="flex items-center gap-2 px-2.5 pt-1.5">
        {able ? (
          <Check size={14} className="shrink-0 text-good" aria-label="may do this" />
        ) : (
          <X size={14} className="shrink-0 text-bad" aria-label="may not do this" />
        )}
        <span className="font-medium">{label}</span>
        <span className="min-w-0 truncate text-muted">{does}</span>
      </div>
      {missing.length > 0 && (
        <p className="px-2.5 pl-8 text-sm text-warn">
          May not run <span className="font-mono">{missing.join(', ')}</span>
        </p>
      )}
      <div className="mt-1.5 flex items-start gap-1 border-t border-line bg-sunken px-2.5 py-1">
        <code className="min-w-0 flex-1 font-mono text-sm leading-5 wrap-anywhere" data-selectable="">
          {acl}
        </code>
        <IconButton
          label={`Copy the ACL line for ${label.toLowerCase()}s`}
          icon={<Copy size={13} aria-hidden />}
          onClick={copy}
        />
      </div>
    </li>
  )
}
