import { useMutation } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useRef, useState } from 'react'
import { environments, type Profile, profileColours } from '../../../domain/profile.ts'
import { client, orpc } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { queryClient } from '../../api/query-client.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import { profileFill } from '../../components/profile-colour.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { toast } from '../../ui/toast.tsx'
import { AddressInputs } from './address-inputs.tsx'
import { HintInputs } from './hint-inputs.tsx'
import { formProblems, type ProfileForm, startForm, toDraft } from './profile-form.model.ts'
import { TestSteps } from './test-steps.tsx'

interface ProfileDialogProps {
  /** Undefined makes a new one. */
  profile: Profile | undefined
  others: readonly Profile[]
  onClose(): void
}

const carefulness = {
  local: 'Nothing asks for a confirmation twice.',
  staging: 'Bulk actions ask first.',
  production: 'Opens read-only; writing needs an unlock.',
}

/** The form of a connection: live checks, a test, save, save and open. */
export function ProfileDialog({ profile, others, onClose }: ProfileDialogProps) {
  const [form, setForm] = useState(() => startForm(profile, others))
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const name = useRef<HTMLInputElement>(null)
  const problems = formProblems(form, others)
  const valid = Object.keys(problems).length === 0
  const test = useMutation({
    mutationFn: (draft: ProfileForm) => client.profiles.test(toDraft(draft)),
    meta: { quiet: true },
  })
  const save = useMutation(orpc.profiles.save.mutationOptions({ meta: { quiet: true } }))

  const change = (next: Partial<ProfileForm>) => {
    setForm((before) => ({ ...before, ...next }))
    test.reset()
  }
  /** Errors are shown once a field was left, so that nobody is scolded while typing. */
  const leave = (field: string) => setTouched((before) => new Set(before).add(field))
  const problem = (field: keyof typeof problems) => (touched.has(field) ? problems[field] : undefined)
  const submit = (thenOpen: boolean) => {
    setTouched(new Set(Object.keys(problems)))
    if (!valid) return
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
  return (
    <Dialog
      open
      title={profile === undefined ? 'Add a connection' : 'Edit the connection'}
      initialFocus={name}
      onClose={onClose}
      footer={
        <>
          <Button className="mr-auto" busy={test.isPending} disabled={!valid} onClick={() => test.mutate(form)}>
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
        <Field label="Name" error={problem('name')}>
          <Input
            ref={name}
            dir="auto"
            value={form.name}
            placeholder="prod-eu"
            onChange={(event) => change({ name: event.target.value })}
            onBlur={() => leave('name')}
            aria-invalid={problem('name') !== undefined}
          />
        </Field>
        <AddressInputs
          form={form}
          problems={problems}
          touched={touched}
          hasSecret={profile?.hasSecret === true}
          onChange={change}
          onLeave={leave}
        />
        <div className="mt-1 grid grid-cols-[1fr_auto] gap-4">
          <div className="flex flex-col items-start gap-1">
            <span className="text-sm font-medium text-muted">Environment</span>
            <Segmented
              label="Environment"
              value={form.environment}
              onChange={(environment) => change({ environment })}
              options={environments.map((value) => ({ value, label: <EnvironmentTag environment={value} /> }))}
            />
            <span className="min-h-4 text-xs text-faint">{carefulness[form.environment]}</span>
          </div>
          <fieldset className="flex flex-col gap-1">
            <legend className="mb-1 text-sm font-medium text-muted">Colour</legend>
            <div className="flex h-7 items-center gap-1.5">
              {profileColours.map((colour) => (
                <label key={colour} title={colour} className="relative flex size-5 items-center justify-center">
                  <input
                    type="radio"
                    name="colour"
                    aria-label={colour}
                    checked={form.colour === colour}
                    onChange={() => change({ colour })}
                    className="peer absolute inset-0 appearance-none rounded-full"
                  />
                  <span
                    className={classNames(
                      'pointer-events-none size-3.5 rounded-full ring-ink ring-offset-2 ring-offset-raised peer-checked:ring-[1.5px]',
                      profileFill[colour],
                    )}
                  />
                </label>
              ))}
            </div>
          </fieldset>
        </div>
        <Checkbox
          checked={form.readOnly}
          onChange={(readOnly) => change({ readOnly })}
          label="Never write to this Redis"
        >
          Never write to this Redis
        </Checkbox>
        <Checkbox
          checked={form.privateTargets}
          onChange={(privateTargets) => change({ privateTargets })}
          label="Workers may call addresses in private networks"
        >
          Workers may call addresses in private networks
        </Checkbox>
        <Field
          label="Room for removed jobs in this Redis, MB"
          hint="They are kept 7 days for Undo. 0: keep them on this computer instead."
          error={problem('trashLimitMb')}
          className="mt-1"
        >
          <Input
            inputMode="numeric"
            className="w-32!"
            value={form.trashLimitMb}
            onChange={(event) => change({ trashLimitMb: event.target.value })}
            onBlur={() => leave('trashLimitMb')}
          />
        </Field>
        <details className="group mt-2" open={form.hints.length > 0 || problem('trackedPrefix') !== undefined}>
          <summary className="flex list-none items-center gap-1 text-sm font-medium text-muted hover:text-ink">
            <ChevronRight size={12} className="group-open:rotate-90" aria-hidden /> What Sluice cannot find by itself
          </summary>
          <div className="mt-2 flex flex-col gap-1 pl-4">
            <Field
              label="Keys of tracked requests begin with"
              hint="Only if your request tracker uses other keys than local_request:"
              error={problem('trackedPrefix')}
            >
              <Input
                mono
                value={form.trackedPrefix}
                onChange={(event) => change({ trackedPrefix: event.target.value })}
                onBlur={() => leave('trackedPrefix')}
              />
            </Field>
            <HintInputs
              hints={form.hints}
              onChange={(hints) => change({ hints })}
              problem={problem('hints')}
              onLeave={() => leave('hints')}
            />
          </div>
        </details>
        <div className="mt-2" role="status">
          {test.isPending && <TestSteps pending />}
          {test.data !== undefined && <TestSteps result={test.data} />}
          {test.isError && <Notice tone="bad">{errorSentence(test.error)}</Notice>}
          {save.isError && <Notice tone="bad">{errorSentence(save.error)}</Notice>}
        </div>
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
