import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Profile } from '../../../domain/profile.ts'
import { client, orpc } from '../../api/client.ts'
import { errorRemedy, errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { showVaultDialog } from '../../state/vault.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { focusFirstProblem } from '../../ui/focus-problem.ts'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { toast } from '../../ui/toast.tsx'
import { AddressInputs } from './address-inputs.tsx'
import { CareInputs } from './care-inputs.tsx'
import { FindingInputs } from './finding-inputs.tsx'
import { type FormParts, shownProblem } from './form-parts.ts'
import { formProblems } from './form-problems.model.ts'
import { LookInputs } from './look-inputs.tsx'
import { type ProfileForm, startForm, toDraft, withAddressLeft } from './profile-form.model.ts'
import { ServersInputs } from './servers-inputs.tsx'
import { SshInputs } from './ssh-inputs.tsx'
import { TestOutcome } from './test-outcome.tsx'
import { TestSteps } from './test-steps.tsx'
import { TlsInputs } from './tls-inputs.tsx'

interface ProfileDialogProps {
  /** Undefined makes a new one. */
  profile: Profile | undefined
  others: readonly Profile[]
  onClose(): void
}

/** The form of a connection: live checks, a test, save, save and open. */
export function ProfileDialog({ profile, others, onClose }: ProfileDialogProps) {
  const [form, setForm] = useState(() => startForm(profile, others))
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const name = useRef<HTMLInputElement>(null)
  const problems = formProblems(form, others)
  const valid = Object.keys(problems).length === 0
  const test = useMutation({
    mutationFn: (tested: ProfileForm) => client.profiles.test(toDraft(tested)),
    meta: { quiet: true },
  })
  const save = useMutation(orpc.profiles.save.mutationOptions({ meta: { quiet: true } }))
  const change = (next: Partial<ProfileForm>) => setForm((before) => ({ ...before, ...next }))
  const parts: FormParts = {
    form,
    onChange: (next) => {
      change(next)
      save.reset()
      // What was tested is no longer what the form says; the same address in plain form is.
      if (JSON.stringify(toDraft({ ...form, ...next })) !== JSON.stringify(toDraft(form))) test.reset()
    },
    problem: (field) => shownProblem(problems, touched, field),
    onLeave: (field) => setTouched((before) => new Set(before).add(field)),
  }
  /** Shows what is wrong, if anything is; true when nothing is. */
  const settle = () => {
    setTouched(new Set(Object.keys(problems)))
    if (!valid) focusFirstProblem()
    else setForm(withAddressLeft)
    return valid
  }
  const submit = (thenOpen: boolean) => {
    if (!settle()) return
    save.mutate(toDraft(form), {
      onSuccess: async (saved) => {
        await queryClient.invalidateQueries({ queryKey: orpc.profiles.key() })
        onClose()
        if (thenOpen)
          client.connections
            .open({ connectionId: saved.id })
            .catch((error: unknown) => toast.error(errorSentence(error)))
      },
    })
  }
  const tryOut = () => settle() && test.mutate(form)
  const locked = errorRemedy(save.error)?.kind === 'vault'
  return (
    <Dialog
      open
      title={profile === undefined ? 'Add a connection' : 'Edit the connection'}
      initialFocus={name}
      onClose={onClose}
      footer={
        <>
          <Button className="mr-auto" busy={test.isPending} onClick={tryOut}>
            Test the connection
          </Button>
          <Button look="ghost" onClick={onClose}>
            Cancel
          </Button>
          <Button busy={save.isPending} onClick={() => submit(false)}>
            Save
          </Button>
          <Button look="primary" busy={save.isPending} onClick={() => submit(true)}>
            Save and open
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-1"
        onSubmit={(event) => {
          event.preventDefault()
          submit(true)
        }}
      >
        <NameInputs parts={parts} others={others} name={name} />
        <AddressInputs {...parts} />
        <LookInputs {...parts} />
        <div className="mt-2 border-b border-line">
          <ServersInputs {...parts} />
          <TlsInputs {...parts} />
          <SshInputs {...parts} />
          <CareInputs {...parts} />
          <FindingInputs {...parts} />
        </div>
        <div className="mt-2 flex flex-col gap-2" role="status">
          {test.isPending && <TestSteps pending />}
          {test.data !== undefined && (
            <TestOutcome form={form} result={test.data} onSecret={change} onTestAgain={tryOut} />
          )}
          {test.isError && (
            <Notice tone="bad" live>
              {errorSentence(test.error)}
            </Notice>
          )}
          {save.isError && (
            <Notice
              tone="bad"
              live
              action={
                locked && (
                  <Button size="small" onClick={() => showVaultDialog('unlock')}>
                    Unlock…
                  </Button>
                )
              }
            >
              {errorSentence(save.error)}
            </Notice>
          )}
        </div>
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}

interface NameInputsProps {
  parts: FormParts
  others: readonly Profile[]
  name: React.RefObject<HTMLInputElement | null>
}

/** What it is called, and with which others it stands. */
function NameInputs({ parts: { form, onChange, problem, onLeave }, others, name }: NameInputsProps) {
  const folders = [...new Set(others.map(({ folder }) => folder))].filter((folder) => folder !== '')
  return (
    <div className="grid grid-cols-[1fr_180px] gap-x-3">
      <Field label="Name" error={problem('name')}>
        <Input
          ref={name}
          dir="auto"
          value={form.name}
          placeholder="prod-eu"
          onChange={(event) => onChange({ name: event.target.value })}
          onBlur={() => onLeave('name')}
        />
      </Field>
      <Field label="Folder" error={problem('folder')}>
        <Input
          dir="auto"
          list="profile-folders"
          value={form.folder}
          placeholder="none"
          onChange={(event) => onChange({ folder: event.target.value })}
          onBlur={() => onLeave('folder')}
        />
      </Field>
      <datalist id="profile-folders">
        {folders.map((folder) => (
          <option key={folder} value={folder} />
        ))}
      </datalist>
    </div>
  )
}
