import { useMutation } from '@tanstack/react-query'
import { KeyRound, RefreshCw, ShieldAlert, Vault } from 'lucide-react'
import { useState } from 'react'
import type { ConnectionStatus, Profile, Remedy } from '../../../domain/profile.ts'
import { orpc } from '../../api/client.ts'
import { showVaultDialog } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { HostKeyDialog } from './host-key-dialog.tsx'
import { remedyFor, remedyWords } from './remedy.model.ts'
import { SecretDialog } from './secret-dialog.tsx'

/** What can be done about a connection that Redis is away from: its remedy, and another try at once. */
export function RemedyButtons({ profile, status }: { profile: Profile; status: ConnectionStatus }) {
  // Kept while it is asked about: the status goes on changing below.
  const [asked, setAsked] = useState<Remedy | null>(null)
  const retry = useMutation(orpc.connections.retry.mutationOptions())
  if (status.status !== 'failed' && status.status !== 'reconnecting' && asked === null) return null
  const remedy = remedyFor(status, profile)
  const close = () => setAsked(null)
  const tryAgain = () => retry.mutate({ connectionId: profile.id })
  return (
    <span className="flex shrink-0 items-center gap-1.5">
      {remedy !== null && (
        <Button
          size="small"
          look={remedy.kind === 'hostKey' && remedy.before !== null ? 'danger' : 'plain'}
          icon={
            remedy.kind === 'vault' ? (
              <Vault size={12} aria-hidden />
            ) : remedy.kind === 'hostKey' ? (
              <ShieldAlert size={12} aria-hidden />
            ) : (
              <KeyRound size={12} aria-hidden />
            )
          }
          onClick={() => (remedy.kind === 'vault' ? showVaultDialog('unlock') : setAsked(remedy))}
        >
          {remedyWords(remedy)}
        </Button>
      )}
      <Button size="small" icon={<RefreshCw size={12} aria-hidden />} busy={retry.isPending} onClick={tryAgain}>
        Try again now
      </Button>
      {asked?.kind === 'secret' && (
        <SecretDialog profile={profile} secret={asked.secret} problem={status.problem} onClose={close} />
      )}
      {asked?.kind === 'hostKey' && (
        <HostKeyDialog
          hostKey={asked.key}
          before={asked.before}
          onClose={close}
          onTrusted={() => {
            close()
            tryAgain()
          }}
        />
      )}
    </span>
  )
}
