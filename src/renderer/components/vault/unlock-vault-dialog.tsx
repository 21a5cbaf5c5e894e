import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { showVaultDialog } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'

/** Asks for the passphrase of the vault: once when Sluice starts, and where a secret is needed. */
export function UnlockVaultDialog({ onClose }: { onClose(): void }) {
  const [passphrase, setPassphrase] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const unlock = useMutation(
    orpc.vault.unlock.mutationOptions({
      meta: { quiet: true },
      onSuccess: onClose,
      onError: () => input.current?.select(),
    }),
  )
  const submit = () => {
    if (passphrase !== '' && !unlock.isPending) unlock.mutate({ passphrase })
  }
  return (
    <Dialog
      open
      width="narrow"
      title="Unlock the passwords"
      description="The passphrase opens the vault until Sluice ends. Connections that wait for it go on by themselves."
      onClose={onClose}
      initialFocus={input}
      footer={
        <>
          <Button look="ghost" className="mr-auto" onClick={() => showVaultDialog('secrets')}>
            Forgotten?
          </Button>
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" disabled={passphrase === ''} busy={unlock.isPending} onClick={submit}>
            Unlock
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label="Passphrase" error={unlock.isError ? errorSentence(unlock.error) : undefined}>
          <Input
            ref={input}
            mono
            type="password"
            value={passphrase}
            onChange={(event) => {
              setPassphrase(event.target.value)
              unlock.reset()
            }}
          />
        </Field>
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
