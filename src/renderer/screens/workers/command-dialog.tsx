import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { WorkerCommandStatus } from '../../../domain/worker-command.ts'
import { workerCommandTemplates } from '../../../domain/worker-command-templates.ts'
import { client } from '../../api/client.ts'
import { errorSentence } from '../../api/error-text.ts'
import { EnvironmentTag } from '../../components/environment-tag.tsx'
import type { Connection } from '../../state/connections.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox } from '../../ui/checkbox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { focusFirstProblem } from '../../ui/focus-problem.ts'
import { Field } from '../../ui/input.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RedisText } from '../../ui/redis-text.tsx'
import { Select } from '../../ui/select.tsx'
import {
  type CommandForm,
  commandProblems,
  fromCommand,
  newCommandForm,
  restartFields,
  toCommand,
  withConfig,
} from './command-form.model.ts'
import { CommandInputs } from './command-inputs.tsx'
import { SixChannels } from './six-channels.tsx'

interface CommandDialogProps {
  connections: readonly Connection[]
  connectionId: string | null
  /** Undefined adds one. */
  command: WorkerCommandStatus | undefined
  onClose(): void
}

/** The form of a worker command: from a template or by hand. */
export function CommandDialog({ connections, connectionId, command, onClose }: CommandDialogProps) {
  const [form, setForm] = useState<CommandForm>(() =>
    command === undefined ? newCommandForm(connectionId ?? connections[0]?.profile.id ?? '') : fromCommand(command),
  )
  /** Kept once it is saved, so that another try to start it does not save it twice. */
  const savedId = useRef(command?.id ?? null)
  const [template, setTemplate] = useState<string | null>(null)
  const [tried, setTried] = useState(false)
  const [advanced, setAdvanced] = useState(false)
  const production =
    connections.find(({ profile }) => profile.id === form.connectionId)?.profile.environment === 'production'
  const work = useMutation({
    meta: { quiet: true },
    mutationFn: async ({ start }: { start: boolean }) => {
      const autostart = form.autostart && !production
      const { id } = await client.commands.save({ id: savedId.current, config: toCommand(form), autostart })
      savedId.current = id
      if (start) await client.commands.start({ id })
    },
    onSuccess: onClose,
  })
  const problems = commandProblems(form)
  const problem = (field: keyof CommandForm) => (tried ? problems[field] : undefined)
  const change = (next: Partial<CommandForm>) => setForm((before) => ({ ...before, ...next }))
  const submit = (start: boolean) => {
    setTried(true)
    const folded = [...restartFields, 'drainSeconds', 'memoryMb'] as const
    if (folded.some((field) => problems[field] !== undefined)) setAdvanced(true)
    if (Object.keys(problems).length > 0) return focusFirstProblem()
    if (!work.isPending) work.mutate({ start })
  }
  const chooseTemplate = (id: string) => {
    setTemplate(id)
    const chosen = workerCommandTemplates.find((one) => one.id === id)
    if (chosen === undefined) return
    const fresh = { ...newCommandForm(form.connectionId), folder: form.folder, queues: form.queues }
    setForm(withConfig({ ...fresh, name: chosen.label }, chosen.config))
  }
  const chosen = workerCommandTemplates.find(({ id }) => id === template)
  const rests = command === undefined || command.state === 'stopped' || command.state === 'failed'
  return (
    <Dialog
      open
      title={command === undefined ? 'Add a worker command' : 'Edit the worker command'}
      description={
        rests
          ? 'A program of yours that works on queues: Sluice starts it, watches it, and stops it gently.'
          : 'What runs goes on as it is until it is started again.'
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look={rests ? 'plain' : 'primary'} busy={work.isPending} onClick={() => submit(false)}>
            Save
          </Button>
          {rests && (
            <Button look="primary" busy={work.isPending} onClick={() => submit(true)}>
              Save and start
            </Button>
          )}
        </>
      }
    >
      <form
        className="flex flex-col gap-1"
        onSubmit={(event) => {
          event.preventDefault()
          submit(false)
        }}
      >
        <div className="grid grid-cols-2 gap-3">
          <Field label="Connection" error={problem('connectionId')} hint="whose queues it works on">
            <Select
              label="Connection"
              value={form.connectionId}
              onChange={(next) => change({ connectionId: next, queues: [] })}
              options={connections.map(({ profile }) => ({
                value: profile.id,
                label: (
                  <span className="flex items-center gap-2">
                    <RedisText text={profile.name} /> <EnvironmentTag environment={profile.environment} />
                  </span>
                ),
              }))}
            />
          </Field>
          {command === undefined && (
            <Field label="Template" hint="fills in the rest">
              <Select
                label="Template"
                placeholder="None: by hand"
                value={template}
                onChange={chooseTemplate}
                options={workerCommandTemplates.map(({ id, label }) => ({ value: id, label }))}
              />
            </Field>
          )}
        </div>
        {chosen?.hint !== undefined && <p className="-mt-1 mb-2 text-sm text-pretty text-muted">{chosen.hint}</p>}
        {chosen?.systems.includes('laravel') === true && (
          <SixChannels form={form} change={change} onAdded={onClose} onFolderWanted={() => setTried(true)} />
        )}
        <CommandInputs
          form={form}
          tried={tried}
          problem={problem}
          change={change}
          advanced={advanced}
          onAdvanced={setAdvanced}
        />
        <div className="mt-2 border-t border-line pt-3">
          <Checkbox
            checked={form.autostart && !production}
            disabled={production}
            onChange={(autostart) => change({ autostart })}
            label="Start with the app"
          >
            Start with the app
            {production && <span className="text-faint">: never on a production connection</span>}
          </Checkbox>
        </div>
        {work.isError && (
          <div className="mt-2">
            <Notice tone="bad" live>
              {errorSentence(work.error)}
            </Notice>
          </div>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
