import { useMutation } from '@tanstack/react-query'
import { KeyRound, Lock, LockOpen } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { VaultState } from '../../../domain/vault.ts'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { showVaultDialog } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { PassphraseInputs } from './passphrase-inputs.tsx'
import { isPassphrase, whereKept } from './vault.model.ts'

const empty = { old: '', passphrase: '', again: '' }

/** What is kept where, and the vault: made, locked, opened with another passphrase, removed. */
export function SecretsDialog({ state, onClose }: { state: VaultState; onClose(): void }) {
  const [typed, setTyped] = useState(empty)
  const [removing, setRemoving] = useState(false)
  const put = (change: Partial<typeof empty>) => setTyped((before) => ({ ...before, ...change }))
  const told = (sentence: string) => ({
    meta: { quiet: true },
    onSuccess: () => {
      setTyped(empty)
      toast.good(sentence)
      void queryClient.invalidateQueries({ queryKey: orpc.profiles.key() })
    },
  })
  const make = useMutation(orpc.vault.make.mutationOptions(told('The vault is made and open.')))
  const change = useMutation(orpc.vault.change.mutationOptions(told('The vault has another passphrase.')))
  const lock = useMutation(orpc.vault.lock.mutationOptions(told('The vault is locked.')))
  const remove = useMutation(orpc.vault.remove.mutationOptions(told('The vault is removed.')))
  const able = isPassphrase(typed.passphrase, typed.again)
  const failed = [make, change, lock, remove].find(({ isError }) => isError)?.error
  const Icon = state.kind === 'keychain' ? KeyRound : state.locked ? Lock : LockOpen
  return (
    <Dialog
      open
      title="Passwords and keys"
      description="Secrets of connections never stand in plain text in a file, a log or an export."
      onClose={onClose}
      footer={
        <>
          {state.kind === 'vault' && (
            <Button look="ghost" className="mr-auto text-bad!" onClick={() => setRemoving(true)}>
              Remove the vault…
            </Button>
          )}
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="flex items-center gap-3 rounded-md border border-line bg-sunken px-3 py-2">
          <Icon size={16} className="shrink-0 text-muted" aria-hidden />
          <p role="status" className="min-w-0 flex-1">
            {whereKept(state)}
          </p>
          {state.kind === 'vault' &&
            (state.locked ? (
              <Button onClick={() => showVaultDialog('unlock')}>Unlock…</Button>
            ) : (
              <Button busy={lock.isPending} onClick={() => lock.mutate(undefined)}>
                Lock now
              </Button>
            ))}
        </div>
        {state.kind === 'this run only' && (
          <VaultForm
            title="Make a vault"
            submit="Make the vault"
            able={able}
            busy={make.isPending}
            onSubmit={() => make.mutate({ passphrase: typed.passphrase })}
          >
            <p className="mb-2 text-muted">
              A vault is a file on this computer that only its passphrase opens. Sluice asks for it once at each start.
              Passwords that are known now go into it. A passphrase that is forgotten cannot be recovered.
            </p>
            <PassphraseInputs label="Passphrase" passphrase={typed.passphrase} again={typed.again} onChange={put} />
          </VaultForm>
        )}
        {state.kind === 'vault' && (
          <VaultForm
            title="Change the passphrase"
            submit="Change it"
            able={able && typed.old !== ''}
            busy={change.isPending}
            onSubmit={() => change.mutate({ old: typed.old, passphrase: typed.passphrase })}
          >
            <Field label="Passphrase so far">
              <Input mono type="password" value={typed.old} onChange={(event) => put({ old: event.target.value })} />
            </Field>
            <PassphraseInputs label="New passphrase" passphrase={typed.passphrase} again={typed.again} onChange={put} />
          </VaultForm>
        )}
        <section>
          <h3 className="mb-1 text-sm font-medium text-muted">What is kept where</h3>
          <ul className="flex list-disc flex-col gap-0.5 pl-4 text-muted">
            <li>Addresses, user names, certificates and the paths of key files stand in the file of connections.</li>
            {state.kind === 'this run only' ? (
              <>
                <li>Passwords, passphrases and pasted keys are kept in memory until Sluice ends.</li>
                <li>Removed jobs can be kept for Undo in their Redis, but not on this computer.</li>
              </>
            ) : (
              <>
                <li>
                  Passwords, passphrases and pasted keys are kept{' '}
                  {state.kind === 'keychain' ? 'encrypted by the keychain' : 'in the vault'}, unless a connection asks
                  for them at each start.
                </li>
                <li>Removed jobs that are kept on this computer for Undo are encrypted in the same way.</li>
              </>
            )}
          </ul>
        </section>
        {failed != null && (
          <Notice tone="bad" live>
            {errorSentence(failed)}
          </Notice>
        )}
      </div>
      <ConfirmDialog
        open={removing}
        destructive
        title="Remove the vault?"
        confirmLabel="Remove the vault"
        typeToConfirm={state.locked ? 'remove' : undefined}
        busy={remove.isPending}
        onCancel={() => setRemoving(false)}
        onConfirm={() => remove.mutate(undefined, { onSettled: () => setRemoving(false) })}
      >
        {state.locked
          ? 'It is locked: every password and key in it is lost, and so are removed jobs that are kept on this computer for Undo. The connections stay, and ask for their passwords again.'
          : 'Its passwords go to the keychain where there is one; else they are known until Sluice ends, and asked for again after that.'}
      </ConfirmDialog>
    </Dialog>
  )
}

interface VaultFormProps {
  title: string
  submit: string
  able: boolean
  busy: boolean
  onSubmit(): void
  children: ReactNode
}

function VaultForm({ title, submit, able, busy, onSubmit, children }: VaultFormProps) {
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault()
        if (able && !busy) onSubmit()
      }}
    >
      <h3 className="mb-1 font-semibold">{title}</h3>
      {children}
      <div className="flex justify-end">
        <Button type="submit" disabled={!able} busy={busy}>
          {submit}
        </Button>
      </div>
    </form>
  )
}
