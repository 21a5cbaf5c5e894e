import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Profile, SecretName } from '../../../domain/profile.ts'
import { orpc } from '../../api/client.ts'
import { errorRemedy, errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { showVaultDialog, useVault } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { PemInput } from './pem-input.tsx'
import { isKey, secretLabel } from './remedy.model.ts'

interface SecretDialogProps {
  profile: Profile
  secret: SecretName
  /** Why it is asked for. */
  problem: string | null
  onClose(): void
}

/** Asks for a secret of a connection; it tries again at once with it. */
export function SecretDialog({ profile, secret, problem, onClose }: SecretDialogProps) {
  const [text, setText] = useState('')
  const vault = useVault(({ state }) => state)
  const mayKeep = profile.keepSecrets && vault?.kind !== 'this run only'
  const [keep, setKeep] = useState(true)
  const input = useRef<HTMLInputElement>(null)
  const enter = useMutation(
    orpc.profiles.enterSecrets.mutationOptions({
      meta: { quiet: true },
      onSuccess: () => {
        void queryClient.invalidateQueries({ queryKey: orpc.profiles.key() })
        onClose()
      },
    }),
  )
  const submit = () => {
    if (text !== '' && !enter.isPending)
      enter.mutate({ id: profile.id, secrets: { [secret]: text }, keep: mayKeep && keep })
  }
  const label = secretLabel(secret, profile)
  return (
    <Dialog
      open
      width={isKey(secret) ? 'normal' : 'narrow'}
      title={label}
      description={
        <>
          For <RedisText text={profile.name} className="font-medium text-ink" />. {problem}
        </>
      }
      onClose={onClose}
      initialFocus={isKey(secret) ? undefined : input}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={text === ''} busy={enter.isPending} onClick={submit}>
            Connect
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {isKey(secret) ? (
          <PemInput label={label} secret value={text} onChange={setText} />
        ) : (
          <Field label={label}>
            <Input ref={input} mono type="password" value={text} onChange={(event) => setText(event.target.value)} />
          </Field>
        )}
        <Checkbox checked={mayKeep && keep} disabled={!mayKeep} onChange={setKeep} label="Keep it">
          Keep it
        </Checkbox>
        <p className="text-xs text-faint">{keepWords(profile, vault?.kind, mayKeep && keep)}</p>
        {enter.isError && (
          <Notice
            tone="bad"
            live
            action={
              errorRemedy(enter.error)?.kind === 'vault' && (
                <Button size="small" onClick={() => showVaultDialog('unlock')}>
                  Unlock…
                </Button>
              )
            }
          >
            {errorSentence(enter.error)}
          </Notice>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

/** Where a secret goes that is typed now. */
function keepWords({ keepSecrets }: Profile, kind: string | undefined, keep: boolean): string {
  if (!keepSecrets) return 'This connection asks at each start; nothing is written to disk.'
  if (kind === 'this run only') return 'This computer has no keychain for it: it is forgotten when Sluice ends.'
  if (!keep) return 'It is forgotten when Sluice ends.'
  return kind === 'vault' ? 'It goes into the vault.' : 'It goes into the keychain of this computer.'
}
